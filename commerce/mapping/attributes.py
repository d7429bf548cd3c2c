"""The reader of attributes: size, colour and the like, in whatever shape they come."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from commerce.mapping.lists import NAME_KEYS, decoded, first_told, pick
from commerce.mapping.notes import Note, Unreadable
from commerce.mapping.text import one_line, quoted
from commerce.mapping.values import is_blank, scalar_text

MAX_ATTRIBUTES = 200
MAX_OPTIONS = 100  # values of one attribute
MAX_NAME, MAX_OPTION = 100, 500  # characters of a name and of a value
MAX_LOOKED_AT = 1_000  # entries an absurd list is read up to

_ATTRIBUTE_NAMES = ("name", "key", "label", "title")
_ATTRIBUTE_VALUES = ("value", "values", "option", "options")
_PART_VALUES = ("value", "values", *NAME_KEYS)
# What a variant has beside its options: none of it tells size or colour.
_NOT_OPTIONS = re.compile(
    r"(^|_)(id|sku|ean|gtin|upc|barcode|price|prices|cost|total|stock|quantity|qty|"
    r"inventory|available|availability|image|images|photo|url|link|href|permalink|slug|"
    r"handle|position|created|updated|deleted|at|date|currency|tax|taxable|status|"
    r"description|visible|default|active|enabled)($|_)"
)
_CAMEL = re.compile("(?<=[a-z0-9])(?=[A-Z])")

Attributes = dict[str, list[str]]


def read_attributes(value: object, notes: list[Note]) -> Attributes:
    """Name -> texts, from an object or an array of names with values.

    Arrays may hold {name, value(s)/option(s)} objects, "Colour: Black" texts, or
    variants ({"id": 1, "size": "M", "price": 9}): of these the values of each key that
    is no id, price, stock, picture or address are collected.
    """
    value = decoded(value)
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
            told = first_told(part, _PART_VALUES) if isinstance(part, dict) else part
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
            name = scalar_text(first_told(entry, _ATTRIBUTE_NAMES)) or ""
            self.add(name, first_told(entry, _ATTRIBUTE_VALUES))
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
            elif not isinstance(part, list | dict):
                name = str(key)[:MAX_NAME]
                if not is_about_sale(name):
                    self.add(name, part)

    def add(self, name: str, value: object) -> None:
        """Append the texts of `value` to those of `name`."""
        name = one_line(name[: 4 * MAX_NAME])[:MAX_NAME]
        if is_blank(value):
            return
        parts = _as_list(value)
        texts = [text for part in parts[:MAX_LOOKED_AT] if (text := _option_text(part))]
        if not name or not texts:
            self.lost.append(value)
        elif name not in self.found and len(self.found) >= MAX_ATTRIBUTES:
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


def _is_pair(entry: Mapping[Any, Any]) -> bool:
    """Whether an object is one attribute: {"name": "Color", "value": "Black"}."""
    return any(key in entry for key in _ATTRIBUTE_NAMES) and any(
        key in entry for key in _ATTRIBUTE_VALUES
    )


def _as_list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else (value,)


def _option_text(part: object) -> str | None:
    text = scalar_text(pick(part, ("value", *NAME_KEYS, "option")))
    return one_line(text[: 4 * MAX_OPTION])[:MAX_OPTION] if text else None
