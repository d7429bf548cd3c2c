"""Readers of lists: categories and tags, images, the items of an order; addresses."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from commerce.mapping.money import money_text, parse_money
from commerce.mapping.notes import Note, Unreadable
from commerce.mapping.text import (
    MAX_PART_BYTES,
    one_line,
    quoted,
    shorten,
    storable_part,
)
from commerce.mapping.values import (
    is_blank,
    read_absolute_url,
    read_id,
    read_integer,
    read_text,
    scalar_text,
)

MAX_ENTRIES = 200  # names of a list, items of an order
MAX_IMAGES = 100
MAX_ITEM_BYTES = 5_000  # of an item, beside its own fields

NAME_KEYS = ("name", "title", "label")
_IMAGE_KEYS = ("src", "url", "href", "image_url")
# Addresses may hold commas, so a list of them parts only where a new one begins.
# Possessive and from the start of a run of marks only: a megabyte of commas is linear.
_NEXT_ADDRESS = re.compile(r"(?<![\s,;|])[\s,;|]++(?=https?://|//)")

# Ours first, then what stores call them inside an order's lines.
_ITEM_KEYS = {
    "product_id": ("product_id", "productId"),
    "name": ("name", "product_name", "title"),
    "quantity": ("quantity", "qty"),
    "price": ("price", "unit_price"),
}


def read_list(value: object, limit: int, notes: list[Note]) -> list[str]:
    """Names from an array of texts, numbers or objects, or from CSV; no duplicates.

    limit: characters of one name. Entries that hold no name are left out with a remark.
    """
    entries = _entries(value, split=_split_csv)
    read = _Entries(notes, what="a text")
    for entry in entries:
        text = scalar_text(pick(entry, NAME_KEYS))
        read.add(shorten(one_line(text[: 4 * limit]), limit) if text else None, entry)
    return read.finish(MAX_ENTRIES)


def read_images(value: object, limit: int, notes: list[Note]) -> list[str]:
    """Absolute image addresses from an array of texts or objects, or from CSV."""
    read = _Entries(notes, what="a full http or https address", code="invalid_url")
    for entry in _entries(value, split=_NEXT_ADDRESS.split):
        try:
            read.add(read_absolute_url(pick(entry, _IMAGE_KEYS), limit), entry)
        except Unreadable:
            read.add(None, entry)
    return read.finish(MAX_IMAGES)


class _Entries:
    """Collects the readable entries of a list in order, and what it left out."""

    def __init__(
        self, notes: list[Note], *, what: str, code: str = "invalid_entry"
    ) -> None:
        self.notes, self.what, self.code = notes, what, code
        self.kept: dict[str, None] = {}
        self.lost: list[object] = []

    def add(self, text: str | None, entry: object) -> None:
        if text:
            self.kept[text] = None
        elif not is_blank(entry):
            self.lost.append(entry)

    def finish(self, most: int) -> list[str]:
        """Raises Unreadable when there were entries and none could be read."""
        kept = list(self.kept)
        if self.lost:
            reason = f"of which {quoted(self.lost[0])} is not {self.what}"
            if not kept:
                raise Unreadable(self.code, reason)
            self.notes.append(Note("invalid_entry", f"{reason}; it was left out"))
        if len(kept) > most:
            self.notes.append(Note("too_many", f"of which the first {most} were kept"))
        return kept[:most]


def read_items(value: object, notes: list[Note]) -> list[dict[str, Any]]:
    """An order's lines: product_id, name, quantity, price where told, other keys kept.

    price is a money text ("349.99"): the whole list is JSON that can be stored.
    """
    entries = _entries(value, split=None)
    first = [entry for entry in entries[:MAX_ENTRIES] if not is_blank(entry)]
    lost: list[object] = [entry for entry in first if not isinstance(entry, dict)]
    lines = [_read_item(entry, lost) for entry in first if isinstance(entry, dict)]
    if first and not lines:
        raise Unreadable("invalid_items", "which holds no objects")
    if lost:
        reason = f"of which {quoted(lost[0])} could not be read and was left out"
        notes.append(Note("invalid_entry", reason))
    if len(entries) > MAX_ENTRIES:
        notes.append(Note("too_many", f"of which the first {MAX_ENTRIES} were kept"))
    return lines


def read_address(value: object) -> dict[str, Any]:
    """An address as JSON that can be stored; a plain text becomes {"address": text}."""
    value = decoded(value)
    if isinstance(value, str):
        value = {"address": one_line(value[:2_000])}
    if not isinstance(value, dict):
        raise Unreadable("invalid_address", "which is not an object")
    stored: dict[str, Any] = storable_part(value)
    return stored


def _read_item(entry: Mapping[Any, Any], lost: list[object]) -> dict[str, Any]:
    """One line; values that cannot be read are appended to `lost`."""
    rest = {key: part for key, part in entry.items() if key not in _ITEM_KEYS}
    item: dict[str, Any] = {}
    for name, keys in _ITEM_KEYS.items():
        value = first_told(entry, keys)
        if value is None:
            continue
        try:
            item[name] = _ITEM_READERS[name](value)
        except Unreadable:
            lost.append(value)
    return {**storable_part(rest, MAX_ITEM_BYTES), **item}


def _quantity(value: object) -> int | float | None:
    """A whole number; weighed goods keep their fraction."""
    notes: list[Note] = []
    count = read_integer(value, notes)
    return float(scalar_text(value) or 0) if notes else count


def _item_price(value: object) -> str | None:
    money = parse_money(value)
    return money_text(money.amount) if money else None


_ITEM_READERS: dict[str, Callable[[object], Any]] = {
    "product_id": read_id,
    "name": lambda value: read_text(value, 500, []),
    "quantity": _quantity,
    "price": _item_price,
}


def _entries(
    value: object, *, split: Callable[[str], Iterable[str]] | None
) -> list[Any]:
    """The entries of an array in any of its disguises.

    A JSON text, an object whose keys are positions (what PHP makes of a filtered
    array), a text split by `split`, one object or number alone.
    """
    value = decoded(value)
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, dict):
        positions = all(str(key).isdecimal() for key in value)
        return list(value.values()) if positions else [value]
    if isinstance(value, str) and split is not None:
        text = value.strip()[:MAX_PART_BYTES]
        return [part for part in split(text) if part.strip()]
    if isinstance(value, str | bool):
        raise Unreadable("invalid_list", "which is not a list")
    return [value]


def decoded(value: object) -> object:
    """The array or object in a JSON text: some databases hand them out as text."""
    if isinstance(value, str) and len(value) <= MAX_PART_BYTES:
        text = value.strip()
        if text[:1] + text[-1:] in ("[]", "{}"):
            try:
                return json.loads(text)
            except (ValueError, RecursionError):
                return value
    return value


def _split_csv(text: str) -> list[str]:
    if '"' in text:
        try:
            return next(csv.reader([text.replace("\n", " ")], skipinitialspace=True))
        except (csv.Error, StopIteration):
            pass
    return text.split(",")


def pick(entry: object, keys: tuple[str, ...]) -> object:
    """The value of an object's first key that has one; other entries themselves."""
    return first_told(entry, keys) if isinstance(entry, dict) else entry


def first_told(entry: Mapping[Any, Any], keys: Iterable[str]) -> Any:
    for key in keys:
        if not is_blank(value := entry.get(key)):
            return value
    return None
