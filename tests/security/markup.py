"""Markup a store, a shopper or a merchant could send, and what none of it may become."""

from __future__ import annotations

from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

# Only what executes calls it; the browser test puts a function of this name in place.
CALL = "pwned()"
EVIL = "evil.example"
PRODUCT = 1234 * 1001  # what a template engine would make of {{1234*1001}}

HOSTILE = {
    "script": f"<script>{CALL}</script><script src=//{EVIL}/x.js></script>",
    "image": f"\"'><img src=//{EVIL}/i onerror={CALL}><x-hostile>",
    "svg": f"--></title></textarea></script><svg/onload={CALL}>",
    "attribute": f'x" onfocus="{CALL}" autofocus tabindex=1 onmouseover=\'{CALL}\' y="',
    "single quote": f"x' onfocus='{CALL}' autofocus tabindex=1 y='",
    "link": f"javascript:{CALL}//",
    "disguised link": f"\x01 JaVa\tScRiPt:{CALL}//",
    "data": f"data:text/html,<script>parent.{CALL}</script>",
    "anchor": f"<a href='javascript:{CALL}'>a</a><p hx-get='//{EVIL}/' hx-trigger=load>",
    "template": "{{1234*1001}}{% debug %}${1234*1001}<%=1234*1001%>{{settings.SECRET_KEY}}",
    "page": (
        f"<base href=//{EVIL}><meta http-equiv=refresh content=0;//{EVIL}>"
        f"<iframe srcdoc='<script>parent.{CALL}</script>'></iframe>"
    ),
    "style": f"<style>@import '//{EVIL}/s.css'</style><link rel=stylesheet href=//{EVIL}>",
    "direction": "\u202egpj.exe\u2066\u200f",
    "nul": f"a\x00b<scr\x00ipt>{CALL}</scr\x00ipt>",
}
# All at once, the ones that break out first; for fields of 300 characters and more.
EVERYTHING = "".join(HOSTILE[name] for name in ("image", "svg", "script", "template"))
FORMULAS = (
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
)

FORBIDDEN_TAGS = ("x-hostile", "base", "object", "embed", "applet", "style")
ADDRESSES = (
    "href",
    "src",
    "action",
    "formaction",
    "srcdoc",
    "data",
    "poster",
    "srcset",
)
LOADED = ("src", "srcset", "poster", "data")
INSIDE = {"", "http", "https", "mailto", "tel"}


def complaints_of(html: str) -> list[str]:
    """What in a page could act that we did not write; [] for a page that is safe."""
    tree = LexborHTMLParser(html)
    found = [f"<{tag}>" for tag in FORBIDDEN_TAGS if tree.css_first(tag)]
    if tree.css_first("meta[http-equiv]"):
        found.append("<meta http-equiv>")
    for script in tree.css("script"):
        data = script.attributes.get("type") == "application/json"
        if not data and not (script.attributes.get("src") or "").startswith("/"):
            found.append(f"inline {script.html[:80]}")
    for node in tree.css("*"):
        found += [f"{node.tag} {complaint}" for complaint in acting(node.attributes)]
    if str(PRODUCT) in html:
        found.append("a template was evaluated")
    return found


def acting(attributes: dict[str, str | None]) -> list[str]:
    """What is wrong with the attributes of one element."""
    found = []
    for name, value in attributes.items():
        told = f"{name}={value}"
        if name.startswith("on") or name in ("style", "srcdoc"):
            found.append(told)
        if name.startswith("hx-") and (value or "").startswith(f"//{EVIL}"):
            found.append(told)
        if name in ADDRESSES and scheme_of(value or "") not in INSIDE:
            found.append(told)
        if name in LOADED and (value or "").startswith(f"//{EVIL}"):
            found.append(told)
    return found


def scheme_of(url: str) -> str:
    """The scheme as a browser reads it: blanks and control characters are nothing."""
    kept = "".join(c for c in url if c > " ")
    try:
        return urlsplit(kept).scheme.lower()
    except ValueError:
        return ""
