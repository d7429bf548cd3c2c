"""Which key of the store a field nothing filled was probably meant to be read from."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import Any, NamedTuple

from commerce.mapping.engine import MappedRecord, reader_of
from commerce.mapping.fields import Field, Kind, Resource, fields_of
from commerce.mapping.notes import Note, Unreadable
from commerce.mapping.text import quoted
from commerce.mapping.values import is_blank

MIN_SCORE = 0.6  # one shared word of two and one: "retail price" and "price" score 0.67
MAX_CANDIDATES = 300
MAX_KEY = 80
MAX_PARTS = 50  # of one object

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Words that tell nothing: everything in a product is the product's.
_FILLERS = frozenset(
    {"product", "prod", "item", "order", "the", "of", "on", "my", "is", "has", "value"}
)
_SYNONYMS = {
    "img": "image", "pic": "image", "picture": "image", "photo": "image",
    "thumb": "image", "thumbnail": "image", "qty": "quantity", "count": "quantity",
    "desc": "description", "descr": "description", "cat": "category",
    "dept": "category", "department": "category", "collection": "category",
    "mail": "email", "cust": "customer", "buyer": "customer", "client": "customer",
    "num": "number", "pricing": "price", "no": "number", "nr": "number", "uri": "url",
}  # fmt: skip
# Names stores use beside the specification's aliases. They are guessed, never read.
_HINTS = {
    "name": ("headline", "label"),
    "price": ("cost", "amount", "unit price"),
    "regular_price": ("msrp", "rrp", "compare at price", "compare price", "was price",
                      "old price", "full price"),
    "sale_price": ("special price", "promo price", "offer price", "reduced price"),
    "sku": ("article number", "part number", "number", "mpn"),
    "description": ("details", "content", "text", "html"),
    "short_description": ("teaser", "subtitle", "intro"),
    "stock_status": ("in stock", "available", "stock state"),
    "stock_quantity": ("hand", "units", "level", "available quantity"),
    "categories": ("type", "group", "breadcrumb"),
    "tags": ("keywords", "topics"),
    "images": ("media", "pictures"),
    "attributes": ("properties", "specs", "specifications", "features", "variants"),
    "permalink": ("canonical url", "page", "website"),
    "slug": ("path", "seo name"),
    "currency": ("currency code",),
    "order_number": ("reference", "ref", "invoice number"),
    "status": ("stage",),
    "total": ("sum", "amount", "total price"),
    "items": ("lines", "positions", "cart", "basket", "articles"),
    "created_at": ("created", "placed", "ordered", "timestamp", "time"),
    "subtotal": ("sub total", "net total"),
    "tax": ("vat", "taxes"),
    "shipping": ("shipping cost", "delivery cost", "freight"),
    "shipping_address": ("delivery address", "ship to"),
    "billing_address": ("invoice address", "bill to"),
    "payment_method": ("payment", "paid with", "gateway"),
}  # fmt: skip


class Candidate(NamedTuple):
    """A key or path no field was read from, and a value it has."""

    path: str
    words: frozenset[str]
    value: Any


def suggest(
    records: Sequence[dict[str, Any]],
    mapped: Sequence[MappedRecord],
    resource: Resource,
    unused: Sequence[str],
) -> list[dict[str, str]]:
    """{field, key, detail} for fields that no record filled, best matches first.

    unused: the store's keys to choose from. Parts of objects, unused or unreadable,
    are candidates too ("pricing.amount"). Each key is suggested once, each field once,
    and only where the key's value can be read as that field's.
    """
    filled = {
        name
        for one in mapped
        for name, value in one.values.items()
        if value is not None
    }
    wanting = [row for row in fields_of(resource) if row.name not in filled]
    unread = {
        one.sources[issue.field]
        for one in mapped
        for issue in one.issues
        if issue.field in one.sources and issue.field not in one.values
    }
    candidates = list(_candidates(records, unused, unread))[:MAX_CANDIDATES]
    matches = sorted(_matches(wanting, candidates), key=lambda match: -match[0])
    fields: set[str] = set()
    paths: set[str] = set()
    found = []
    for _, row, candidate in matches:
        if row.name not in fields and candidate.path not in paths:
            fields.add(row.name)
            paths.add(candidate.path)
            found.append(_suggestion(row.name, candidate.path))
    return found


def _suggestion(name: str, path: str) -> dict[str, str]:
    detail = (
        f"Nothing was found for {quoted(name)}; {quoted(path, 2 * MAX_KEY)} looks like"
        f" it. Map {quoted(name)} to {quoted(path, 2 * MAX_KEY)}."
    )
    return {"field": name, "key": path, "detail": detail}


def _matches(
    wanting: Iterable[Field], candidates: Sequence[Candidate]
) -> Iterator[tuple[float, Field, Candidate]]:
    for row in wanting:
        targets = _targets(row)
        for candidate in candidates:
            score = max(_overlap(candidate.words, target) for target in targets)
            if score >= MIN_SCORE and _is_readable(row, candidate.value):
                yield score, row, candidate


def _candidates(
    records: Sequence[dict[str, Any]], unused: Sequence[str], unread: set[str]
) -> Iterator[Candidate]:
    for key in [*unused, *sorted(unread)]:
        if len(key) > MAX_KEY:
            continue
        value = next((r[key] for r in records if not is_blank(r.get(key))), None)
        if value is None:
            continue
        if key not in unread:
            yield Candidate(key, _words(key), value)
        if _IDENTIFIER.fullmatch(key):
            yield from _parts(key, value)


def _parts(key: str, value: object) -> Iterator[Candidate]:
    """What lies one level below a key: "pricing.amount", "variants[0].price"."""
    path = key
    if isinstance(value, list) and value:
        path, value = f"{key}[0]", value[0]
    if not isinstance(value, dict):
        return
    for name, part in list(value.items())[:MAX_PARTS]:
        if _IDENTIFIER.fullmatch(name) and len(name) <= MAX_KEY and not is_blank(part):
            yield Candidate(f"{path}.{name}", _words(f"{key} {name}"), part)


def _is_readable(row: Field, value: object) -> bool:
    if isinstance(value, bool) and row.kind != Kind.STOCK:
        return False
    if row.kind == Kind.SLUG and (not isinstance(value, str) or " " in value.strip()):
        return False
    notes: list[Note] = []
    try:
        read = reader_of(row)(value, notes)
    except Unreadable:
        return False
    return bool(read or read == 0) and all(n.code == "too_long" for n in notes)


@cache
def _targets(row: Field) -> tuple[frozenset[str], ...]:
    names = (row.name, *row.aliases, *_HINTS.get(row.name, ()))
    return tuple(words for name in names if (words := _words(name)))


@lru_cache(4096)
def _words(key: str) -> frozenset[str]:
    """ "productTitles" -> {"title"}: lower case, singular, synonyms joined."""
    words = map(_singular, map(str.lower, _WORD.findall(key)))
    telling = frozenset(_SYNONYMS.get(word, word) for word in words)
    return telling - _FILLERS or telling


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss")
    return word[:-1] if plural else word


def _overlap(words: frozenset[str], target: frozenset[str]) -> float:
    """Twice what both share over what both have: 1 when they say the same."""
    shared = sum(any(_is_same(word, other) for other in target) for word in words)
    return 2 * min(shared, len(target)) / (len(words) + len(target)) if words else 0.0


@lru_cache(8192)
def _is_same(word: str, other: str) -> bool:
    """Equal but for a slip: "desciption"."""
    if word == other:
        return True
    if min(len(word), len(other)) < 5 or abs(len(word) - len(other)) > 2:
        return False
    return word[0] == other[0] and SequenceMatcher(None, word, other).ratio() >= 0.8
