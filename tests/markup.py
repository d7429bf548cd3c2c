"""What can be clicked on a page, and what a browser loads for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import combinations, product
from urllib.parse import urlencode, urljoin, urlsplit

WORDS = ("mug", "p-77", "nothing has this")
CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)""")
LOADED = {"stylesheet", "icon", "preload", "modulepreload", "manifest"}


@dataclass
class Form:
    """A form that asks: the values its choices have, and which of them are typed."""

    choices: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """What a page's markup names: parts a browser loads, forms, links to itself."""

    def __init__(self, path: str, markup: str) -> None:
        super().__init__()
        self.path = path
        self.parts: set[str] = set()
        self.forms: list[Form] = []
        self.queries: set[str] = set()
        self._form: Form | None = None
        self._choice = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in pairs}
        if tag == "link" and LOADED & set(at.get("rel", "").split()):
            self.parts.add(urljoin(self.path, at["href"]))
        elif tag in {"script", "img", "iframe"} and at.get("src"):
            self.parts.add(urljoin(self.path, at["src"]))
        elif tag == "use" and at.get("href"):
            self.parts.add(urljoin(self.path, at["href"].partition("#")[0]))
        elif tag == "a":
            self._link(at.get("href", ""))
        elif tag == "form":
            here = urlsplit(urljoin(self.path, at.get("action", ""))).path
            asks = at.get("method", "get") == "get" and here == urlsplit(self.path).path
            self._form = Form() if asks else None
            self.forms += [self._form] if self._form else []
        elif self._form and at.get("name"):
            self._field(self._form, tag, at)
        elif tag == "option" and self._form and self._choice and at.get("value"):
            self._form.choices[self._choice].append(at["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            self._choice = ""

    def _link(self, href: str) -> None:
        target = urlsplit(urljoin(self.path, href))
        if target.query and target.path == urlsplit(self.path).path:
            self.queries.add(target.query)

    def _field(self, form: Form, tag: str, at: dict[str, str]) -> None:
        if tag == "select":
            self._choice = at["name"]
            form.choices[self._choice] = []
        elif at.get("type") == "date":
            form.dates.append(at["name"])
        elif at.get("type", "text") in {"text", "search"}:
            form.typed.append(at["name"])

    def clicks(self, *, combined: bool) -> list[str]:
        """Addresses of this page that its links and forms lead to, and the last pages.

        combined: every choice with every other; else one choice at a time.
        """
        asked = set(self.queries)
        if any("page=" in query for query in asked):
            asked.add("page=1000000")
        for form in self.forms:
            options = [
                [(name, value) for value in values]
                for name, values in form.choices.items()
            ]
            options += [[(name, word) for word in WORDS] for name in form.typed]
            today = datetime.now(UTC).date().isoformat()
            options += [[(name, today)] for name in form.dates]
            for count in (1, 2) if combined else (1,):
                for some in combinations(options, count):
                    asked |= {urlencode(pick) for pick in product(*some)}
            asked |= {
                urlencode([pick, ("page", 1_000_000)])
                for some in options
                for pick in some[:3]
            }
        where = urlsplit(self.path).path
        return [f"{where}?{query}" for query in sorted(asked)]


def weight(path: str, load: Callable[[str], tuple[int, str]]) -> dict[str, int]:
    """Return {address: bytes} of all that a first visit to `path` loads from us.

    load: returns the bytes on the wire of an address, and its text. Pictures of stores
    are their own; frames count, as the page shows them.
    """
    found: dict[str, int] = {}
    waiting = [path]
    while waiting:
        address = waiting.pop()
        if address in found or urlsplit(address).netloc:
            continue
        found[address], text = load(address)
        waiting += parts_of(address, text)
    return found


def parts_of(address: str, text: str) -> Iterator[str]:
    if address.endswith(".css"):
        yield from (urljoin(address, found) for found in CSS_URL.findall(text))
    elif "<html" in text[:200]:
        yield from Page(address, text).parts
