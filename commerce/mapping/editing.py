"""A mapping as an editor shows it, one line a field: the split form of any mapping."""

import json
from collections.abc import Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from commerce.mapping.fields import Field, Resource, fields_of

# Fields a flat mapping may mean for the other resource (mappings.ResourceMapping).
_LENIENT = {
    Resource.PRODUCTS: frozenset({"currency"}),
    Resource.ORDERS: frozenset({"id", "currency"}),
}

Split = dict[str, dict[str, str]]


def as_split(raw: object) -> Split:
    """{"products": {field: source}, "orders": {...}} of a checked mapping.

    What a flat mapping only tries, "id" and "currency", becomes a path that goes on
    to the field's own name and aliases, which means the same.
    """
    split: Split = {resource.value: {} for resource in Resource}
    if not isinstance(raw, dict):
        return split
    is_split = any(resource in raw for resource in Resource)
    for resource in Resource:
        part = (raw.get(resource) or {}) if is_split else raw
        for row in fields_of(resource):
            text = part.get(row.name) if isinstance(part, dict) else None
            if isinstance(text, str):
                lenient = not is_split and row.name in _LENIENT[resource]
                split[resource][row.name] = _or_else(text, row) if lenient else text
    return split


def without_blanks(split: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """What is stored of an edited mapping: nothing where nothing was entered."""
    filled = {
        resource: {name: text.strip() for name, text in part.items() if text.strip()}
        for resource, part in split.items()
    }
    return {resource: part for resource, part in filled.items() if part}


def _or_else(text: str, row: Field) -> str:
    try:
        jmespath.compile(text)
        first = text if text.replace("_", "").isalnum() else f"({text})"
    except (JMESPathError, ValueError, TypeError, LookupError, RecursionError):
        first = json.dumps(text)
    names = [name for name in (row.name, *row.aliases) if name != text]
    return " || ".join([first, *names])
