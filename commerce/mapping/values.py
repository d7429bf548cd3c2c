"""Readers of single values: text, ids, numbers, stock, addresses. Pure functions.

Each takes a JSON value and a list for remarks, returns the typed value (None when the
value is blank) and raises Unreadable when the field cannot hold it.
"""

import math
import re
from decimal import Decimal
from urllib.parse import urlsplit

from commerce.mapping.money import current_price, money_text
from commerce.mapping.notes import Note, Unreadable
from commerce.mapping.text import clean_text, one_line

__all__ = ["IN_STOCK", "OUT_OF_STOCK", "current_price", "money_text"]

IN_STOCK, OUT_OF_STOCK = "in_stock", "out_of_stock"
MAX_INTEGER = 2**31 - 1

# The specification's "Accepted stock_status values".
STOCK_WORDS = {
    **dict.fromkeys(("in_stock", "instock", "available", "true", "1"), IN_STOCK),
    **dict.fromkeys(
        ("out_of_stock", "outofstock", "unavailable", "false", "0"), OUT_OF_STOCK
    ),
}

_INTEGER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,15})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_COMMON_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?(?:[/?#][!-\[\]-~]*)?"
)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


def is_blank(value: object) -> bool:
    """Whether a value says nothing: null, blank text, an empty list or object."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, list | dict | tuple) and not value)


def scalar_text(value: object) -> str | None:
    """A text, a number or a boolean as text; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # str() of more than 4,300 digits raises.
        return str(value) if value.bit_length() < 10_000 else None
    if isinstance(value, float | Decimal) and math.isfinite(value):
        return number_text(value)
    return None


def number_text(value: float | Decimal) -> str:
    """42.0 as "42", 0.5 as "0.5", huge ones with an exponent. `value` is finite."""
    if -(10**15) < value < 10**15 and value == int(value):
        return str(int(value))
    return str(value)


def read_id(value: object, limit: int = 190) -> str | None:
    """A record's id as text: "42", 42 and 42.0 are the same. None when blank.

    Raises Unreadable (invalid_id) for nested values, booleans, fractions, control
    characters and more than `limit` characters.
    """
    if isinstance(value, str):
        text = value.strip()
        if len(text) <= limit and (text.isprintable() or not _CONTROL.search(text)):
            return text or None
    elif isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() < 3 * limit and len(str(value)) <= limit:
            return str(value)
    elif isinstance(value, float | Decimal) and _is_integral(value):
        # By the digits that were sent: 5.6e+16 is 56 and zeros, in jsonb too.
        text = str(int(Decimal(repr(value)) if isinstance(value, float) else value))
        if len(text) <= limit:
            return text
    raise Unreadable(
        "invalid_id",
        f"which is not an id; send a number or a text of at most {limit} characters",
    )


def read_text(value: object, limit: int, notes: list[Note]) -> str | None:
    """One line of text, cut to `limit` characters with a remark (too_long)."""
    text = _text_of(value)
    if len(text) > 4 * limit:  # no need to clean a megabyte
        text = text[: 4 * limit]
    return _cut(one_line(text), limit, notes) or None


def read_body(value: object, limit: int, notes: list[Note]) -> str | None:
    """Text of many lines, HTML kept, cut to `limit` characters with a remark."""
    return _cut(clean_text(_text_of(value)).strip(), limit, notes) or None


def read_person(value: object, limit: int, notes: list[Note]) -> str | None:
    """A name: a text, or an object with name, or with first_name and last_name."""
    if isinstance(value, dict):
        for keys in (("name",), ("full_name",), ("first_name", "last_name")):
            parts = [value[key] for key in keys if isinstance(value.get(key), str)]
            if name := " ".join(filter(None, map(str.strip, parts))):
                return read_text(name, limit, notes)
    return read_text(value, limit, notes)


def read_integer(value: object, notes: list[Note]) -> int | None:
    """A count. Fractions are rounded down, yet never to nothing: half a metre of
    cloth is still in stock. Raises Unreadable (invalid_number).
    """
    if isinstance(value, int) and not isinstance(value, bool):
        number: int | float | Decimal = value
    elif isinstance(value, float | Decimal) and math.isfinite(value):
        number = value
    elif isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        number = Decimal(value.strip())
    elif isinstance(value, str) and not value.strip():
        return None
    else:
        raise Unreadable(
            "invalid_number", "which is not a whole number; send a number such as 42"
        )
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        raise Unreadable(
            "invalid_number", "which is too large; counts stay below 2,147,483,648"
        )
    if number == int(number):
        return int(number)
    notes.append(Note("rounded", "which is not a whole number; it was rounded"))
    return math.floor(number) or 1


def read_stock(value: object, notes: list[Note]) -> str | None:
    """ "in_stock" or "out_of_stock"; unknown values are in stock, with a remark."""
    if isinstance(value, float | Decimal):
        word = number_text(value) if math.isfinite(value) else ""
    else:
        text = scalar_text(value)
        word = text.strip().casefold() if text is not None else ""
        if text is not None and not word:
            return None
    if known := STOCK_WORDS.get(word):
        return known
    notes.append(
        Note(
            "unknown_stock_status",
            "which is not a known stock status, so it counts as in stock; send in_stock"
            " or out_of_stock",
        )
    )
    return IN_STOCK


def read_url(value: object, limit: int = 2_000) -> str | None:
    """An http or https address, or a path such as "/product/x" (see links.py).

    Raises Unreadable (invalid_url) for other schemes, among them javascript: and data:.
    """
    text = value.strip() if isinstance(value, str) else None
    if text == "":
        return None
    if text is not None and len(text) <= limit and _is_web_address(text):
        address = text.replace(" ", "%20")
        if len(address) <= limit:
            return address
    raise Unreadable(
        "invalid_url",
        "which is not the address of a web page; send one that begins with https://",
    )


def read_absolute_url(value: object, limit: int = 2_000) -> str | None:
    """An absolute http or https address; one that begins with // becomes https."""
    text = read_url(value, limit)
    if text is not None and text.startswith("//"):
        return f"https:{text}"
    if text is not None and not _SCHEME.match(text):
        raise Unreadable(
            "invalid_url",
            "which is not a full address; send one that begins with https://",
        )
    return text


def read_slug(value: object, limit: int) -> str | None:
    """A slug without the slashes around it; too long ones lead nowhere, so none."""
    slug = one_line(_text_of(value)).strip("/ ")
    if len(slug) > limit:
        raise Unreadable("invalid_slug", f"which is longer than {limit} characters")
    return slug or None


def _text_of(value: object) -> str:
    text = None if isinstance(value, bool) else scalar_text(value)
    if text is None:
        raise Unreadable("invalid_text", "which is not a text")
    return text


def _cut(text: str, limit: int, notes: list[Note]) -> str:
    if len(text) <= limit:
        return text
    notes.append(Note("too_long", f"which was cut after {limit:,} characters"))
    return text[:limit].rstrip()


def _is_integral(value: float | Decimal) -> bool:
    return math.isfinite(value) and abs(float(value)) < 1e300 and value == int(value)


def _is_web_address(text: str) -> bool:
    """Whether a browser may follow it; control characters could hide a scheme."""
    if _COMMON_ADDRESS.fullmatch(text):
        return True
    if _CONTROL.search(text) or "\\" in text.partition("?")[0]:
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    if " " in parts.netloc or text.startswith("#") or _is_words(text):
        return False
    if parts.scheme:
        return parts.scheme in ("http", "https") and bool(host)
    return not _SCHEME.match(text) and (bool(host) or not text.startswith("//"))


def _is_words(text: str) -> bool:
    """Whether a text in place of an address is only words: "not available"."""
    return " " in text and not text.startswith(("/", "?")) and not _SCHEME.match(text)
