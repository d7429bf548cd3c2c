"""Readers of lists and objects: categories, images, attributes, items, addresses."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
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

MAX_ENTRIES = 200  # of a list, items of an order, attributes of a product
MAX_IMAGES = 100
MAX_LOOKED_AT = 1_000  # entries an absurd list of attributes is read up to
MAX_OPTIONS = 100  # values of one attribute
MAX_NAME, MAX_OPTION = 100, 500  # characters of an attribute's name and of a value

_NAME_KEYS = ("name", "title", "label")
_IMAGE_KEYS = ("src", "url", "href", "image_url")
_ATTRIBUTE_NAMES = ("name", "key", "label", "title")
_ATTRIBUTE_VALUES = ("value", "values", "option", "options")
_PART_VALUES = ("value", "values", *_NAME_KEYS)
# What a variant has beside its options: none of it tells size or colour.
_NOT_OPTIONS = re.compile(
    r"(^|_)(id|sku|ean|gtin|upc|barcode|price|prices|cost|total|stock|quantity|qty|"
    r"inventory|available|availability|image|images|photo|url|link|href|permalink|slug|"
    r"handle|position|created|updated|deleted|at|date|currency|tax|taxable|status|"
    r"description|visible|default|active|enabled)($|_)"
)
_CAMEL = re.compile("(?<=[a-z0-9])(?=[A-Z])")
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

Attributes = dict[str, list[str]]


def read_list(value: object, limit: int, notes: list[Note]) -> list[str]:
    """Names from an array of texts, numbers or objects, or from CSV; no duplicates.

    limit: characters of one name. Entries that hold no name are left out with a remark.
    """
    entries = _entries(value, split=_split_csv)
    read = _Entries(notes, what="a text")
    for entry in entries:
        text = scalar_text(_pick(entry, _NAME_KEYS))
        read.add(shorten(one_line(text[: 4 * limit]), limit) if text else None, entry)
    return read.finish(MAX_ENTRIES)


def read_images(value: object, limit: int, notes: list[Note]) -> list[str]:
    """Absolute image addresses from an array of texts or objects, or from CSV."""
    read = _Entries(notes, what="a full http or https address", code="invalid_url")
    for entry in _entries(value, split=_NEXT_ADDRESS.split):
        try:
            read.add(read_absolute_url(_pick(entry, _IMAGE_KEYS), limit), entry)
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
            self.notes.append(Note(self.code, f"{reason}; it was left out"))
        if len(kept) > most:
            self.notes.append(Note("too_many", f"of which the first {most} were kept"))
        return kept[:most]


def read_attributes(value: object, notes: list[Note]) -> Attributes:
    """Name -> texts, from an object or an array of names with values.

    Arrays may hold {name, value(s)/option(s)} objects, "Colour: Black" texts, or
    variants ({"id": 1, "size": "M", "price": 9}): of these the values of each key that
    is no id, price, stock, picture or address are collected.
    """
    value = _decoded(value)
    if isinstance(value, dict) and all(str(key).isdecimal() for key in value):
        value = list(value.values())
    gathered = _Attributes()
    if isinstance(value, dict) and not _is_pair(value):
        gathered.add_object(value)
    else:
        gathered.add_entries(_as_list(value))
    if gathered.lost:
        reason = "which holds no names with values"
        if not gathered.found:
            advice = 'send an object such as {"color": "Black"}'
            raise Unreadable("invalid_attributes", f"{reason}; {advice}")
        reason = f"of which {quoted(gathered.lost[0])} is not a name with values"
        notes.append(Note("invalid_entry", f"{reason}; it was left out"))
    if gathered.cut:
        reason = "of which some names or values were left out or cut"
        notes.append(Note("too_many", reason))
    return gathered.found


class _Attributes:
    """Collects names and values, and what could not be read as such."""

    def __init__(self) -> None:
        self.found: Attributes = {}
        self.lost: list[object] = []
        self.cut = False

    def add_object(self, value: Mapping[Any, Any], *, prefix: str = "") -> None:
        self.cut = self.cut or len(value) > MAX_LOOKED_AT
        for key, part in islice(value.items(), MAX_LOOKED_AT):
            name = f"{prefix} {key}".strip()
            told = _first(part, _PART_VALUES) if isinstance(part, dict) else part
            if told is not None and not isinstance(told, dict):
                self.add(name, told)
            elif isinstance(part, dict) and not prefix:
                self.add_object(part, prefix=name)  # "size width": one level down
            elif not is_blank(part):
                self.lost.append(part)

    def add_entries(self, entries: Sequence[object]) -> None:
        self.cut = self.cut or len(entries) > MAX_LOOKED_AT
        for entry in entries[:MAX_LOOKED_AT]:
            self.add_entry(entry)

    def add_entry(self, entry: object) -> None:
        if isinstance(entry, dict) and _is_pair(entry):
            name = scalar_text(_first(entry, _ATTRIBUTE_NAMES)) or ""
            self.add(name, _first(entry, _ATTRIBUTE_VALUES))
        elif isinstance(entry, dict):
            self._add_variant(entry)
        elif isinstance(entry, str) and ":" in entry:
            name, _, text = entry.partition(":")
            self.add(name, text)
        elif not is_blank(entry):
            self.lost.append(entry)

    def _add_variant(self, variant: Mapping[Any, Any]) -> None:
        for key, part in islice(variant.items(), MAX_OPTIONS):
            if key in ("attributes", "options"):
                if isinstance(part, dict):
                    self.add_object(part)
                for pair in part if isinstance(part, list) else ():
                    if isinstance(pair, dict) and _is_pair(pair):
                        self.add_entry(pair)
            elif key in _ATTRIBUTE_NAMES:
                self.add("variant", part)
            elif not isinstance(part, list | dict) and not is_about_sale(
                str(key)[:MAX_NAME]
            ):
                self.add(str(key), part)

    def add(self, name: str, value: object) -> None:
        """Append the texts of `value` to those of `name`."""
        name = one_line(name[: 4 * MAX_NAME])[:MAX_NAME]
        if is_blank(value):
            return
        parts = _as_list(value)
        texts = [text for part in parts[:MAX_LOOKED_AT] if (text := _option_text(part))]
        if not name or not texts:
            self.lost.append(value)
        elif name not in self.found and len(self.found) >= MAX_ENTRIES:
            self.cut = True
        else:
            known = self.found.setdefault(name, [])
            texts = list(dict.fromkeys((*known, *texts)))
            self.cut = self.cut or len(texts) > MAX_OPTIONS
            known[:] = texts[:MAX_OPTIONS]


@lru_cache(4096)
def is_about_sale(key: str) -> bool:
    """Whether a variant's key tells of ids, prices or stock rather than of options."""
    return bool(_NOT_OPTIONS.search(_CAMEL.sub("_", key).lower()))


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
        notes.append(Note("invalid_items", reason))
    if len(entries) > MAX_ENTRIES:
        notes.append(Note("too_many", f"of which the first {MAX_ENTRIES} were kept"))
    return lines


def read_address(value: object) -> dict[str, Any]:
    """An address as JSON that can be stored; a plain text becomes {"address": text}."""
    value = _decoded(value)
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
        value = _first(entry, keys)
        if value is None:
            continue
        try:
            item[name] = _ITEM_READERS[name](value)
        except Unreadable:
            lost.append(value)
    return {**storable_part(rest), **item}


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
    value = _decoded(value)
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


def _decoded(value: object) -> object:
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


def _pick(entry: object, keys: tuple[str, ...]) -> object:
    """The value of an object's first key that has one; other entries themselves."""
    return _first(entry, keys) if isinstance(entry, dict) else entry


def _first(entry: Mapping[Any, Any], keys: Iterable[str]) -> Any:
    for key in keys:
        if not is_blank(value := entry.get(key)):
            return value
    return None


def _is_pair(entry: Mapping[Any, Any]) -> bool:
    """Whether an object is one attribute: {"name": "Color", "value": "Black"}."""
    return any(key in entry for key in _ATTRIBUTE_NAMES) and any(
        key in entry for key in _ATTRIBUTE_VALUES
    )


def _as_list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else (value,)


def _option_text(part: object) -> str | None:
    text = scalar_text(_pick(part, ("value", *_NAME_KEYS, "option")))
    return one_line(text[: 4 * MAX_OPTION])[:MAX_OPTION] if text else None
