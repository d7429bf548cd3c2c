"""What a write changes of a record, field by field: plain JSON, short when kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from commerce.mapping.money import money_text
from commerce.models import Order, Product

# Not values a merchant sent, or told beside them.
HIDDEN = frozenset({"content_hash", "warnings"})
VALUE_CHARACTERS = 300
TITLE_CHARACTERS = 200
_plain = DjangoJSONEncoder()


@dataclass(frozen=True)
class Change:
    """A record that was known before. fields: {column: [before, after]}, cut."""

    kind: str
    external_id: str
    title: str
    fields: dict[str, list[Any]]


def changes_between(
    row: Product | Order | None, columns: dict[str, Any]
) -> dict[str, list[Any]]:
    """Return {column: [before, after]} of what `columns` would change of `row`."""
    changes = {}
    for name, value in columns.items():
        before = getattr(row, name) if row is not None else None
        if name not in HIDDEN and before != value:
            changes[name] = [as_json(before), as_json(value)]
    return changes


def change_of(kind: str, row: Product | Order, columns: dict[str, Any]) -> Change:
    """Describe what `columns` change of a stored `row`.

    columns: mapped values, as catalog.columns_of returns them.
    """
    title = columns.get("name") or columns.get("order_number") or ""
    fields = {
        name: cut(before, after)
        for name, (before, after) in changes_between(row, columns).items()
    }
    return Change(kind, row.external_id, title[:TITLE_CHARACTERS], fields)


def cut(before: Any, after: Any) -> list[Any]:
    """Keep both values whole when they are short, else where they first differ."""
    texts = [as_text(before), as_text(after)]
    if max(map(len, texts)) <= VALUE_CHARACTERS:
        return [before, after]
    start = max(0, first_difference(*texts) - VALUE_CHARACTERS // 3)
    return [
        None if value is None else part_of(text, start)
        for value, text in zip((before, after), texts, strict=True)
    ]


def first_difference(one: str, other: str) -> int:
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


def part_of(text: str, start: int) -> str:
    part = text[start : start + VALUE_CHARACTERS]
    before = "…" if start and part else ""
    return before + part + ("…" if start + VALUE_CHARACTERS < len(text) else "")


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_json(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool | list | dict):
        return value
    if isinstance(value, Decimal):
        return money_text(value)
    return _plain.default(value)
