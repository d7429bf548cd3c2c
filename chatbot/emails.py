"""E-mail addresses in what a shopper writes: found, and taken out.

Only the order look-up needs them. No model, and no text kept for one, ever sees them.
"""

from __future__ import annotations

import re
import unicodedata

PLACEHOLDER = "[e-mail address]"
MAX_EMAIL = 320

_EDGE = "\"'`<>()[]{},;:!?.…*_~/\\|“”‘’«»"
# Anything glued to an @, and the careful "alice @ example.com".
_ADDRESS = re.compile(
    r"[^\s@<>()\[\]{},;:\"|\\]+@[^\s@<>()\[\]{},;:\"|\\]+"
    r"|[\w.+'-]+\s{0,2}@\s{0,2}[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}"
)


def take_out(text: str) -> tuple[str, list[str]]:
    """Return `text` with a placeholder for each address, and the addresses.

    Addresses are in lower case, in the order written, each once.
    """
    found: dict[str, None] = {}

    def replace(match: re.Match[str]) -> str:
        written = match[0]
        address = "".join(written.split()).strip(_EDGE)
        address = address.removeprefix("mailto").lstrip(":")
        local, _, domain = address.partition("@")
        if not local or not domain:
            return written if "@" not in written.strip(_EDGE) else PLACEHOLDER
        found[address[:MAX_EMAIL].lower()] = None
        ending = written[len(written.rstrip(_EDGE)) :]
        return PLACEHOLDER + ending

    # Full-width and look-alike forms of @ and letters become the plain ones.
    if "＠" in text or "﹫" in text:
        text = unicodedata.normalize("NFKC", text)
    return _ADDRESS.sub(replace, text), list(found)
