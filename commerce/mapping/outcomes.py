"""A preview told field by field, beside the store's own keys: what a page shows.

preview.py is the engine; this only counts and puts into words what it answered.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from commerce.mapping.engine import SKIP_REASONS, WARNINGS
from commerce.mapping.fields import Field, Resource, fields_of
from commerce.mapping.mappings import ResourceMapping
from commerce.mapping.text import clean_text, one_line, quoted, shorten

SHOWN = 160  # characters of a value
MAX_KEYS = 200  # of the store, listed and offered
MAX_PARTS = 30  # of one object, offered as paths
MAX_DETAILS = 2  # sentences told of one field

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class FieldOutcome:
    """One field of HiWelink. row: its line in the specification's table.

    how: "mapping", "name" (its own), "alias", "derived" (from another field's key) or ""
    when no record tells it. key: where it was read from, most often or in the chosen
    record. filled: in how many records it has a value. value: what the chosen record
    becomes, as text; example: of the first record that tells one, where it does not.
    """

    row: Field
    how: str = ""
    key: str = ""
    filled: int = 0
    value: str = ""
    example: str = ""
    details: list[str] = field(default_factory=list)
    is_wrong: bool = False


@dataclass
class StoreKey:
    """A key of the store's records. value: the chosen record's, else an example."""

    key: str
    value: str
    fields: list[str]


def field_outcomes(
    made: Mapping[str, Any], resource: Resource, mapping: ResourceMapping, chosen: int
) -> list[FieldOutcome]:
    """Every field in the tables' order. made: what preview() answered."""
    records = made["records"]
    return [
        _outcome(row, records, mapping, records[chosen] if records else None)
        for row in fields_of(resource)
    ]


def _outcome(
    row: Field,
    records: Sequence[Mapping[str, Any]],
    mapping: ResourceMapping,
    chosen: Mapping[str, Any] | None,
) -> FieldOutcome:
    outcome = FieldOutcome(row)
    keys: Counter[str] = Counter()
    for record in records:
        issues = [issue for issue in record["issues"] if issue["field"] == row.name]
        for issue in issues:
            if issue["detail"] not in outcome.details[:MAX_DETAILS]:
                outcome.details.append(issue["detail"])
            outcome.is_wrong |= issue["code"] not in WARNINGS
        text = told(record["values"].get(row.name))
        if text:
            outcome.filled += 1
            outcome.example = outcome.example or text
        if record is chosen:
            outcome.value = text
        if text and row.name in record["sources"]:
            keys[record["sources"][row.name]] += 1
    if row.name == "id" and (shared := _shared(records)):
        outcome.is_wrong = True
        outcome.details.insert(
            0,
            f"{shared} of these records have an id that another one has too. Only one"
            " of each can be kept: map the id to what tells them apart.",
        )
    del outcome.details[MAX_DETAILS:]
    if keys:
        here = chosen["sources"].get(row.name, "") if chosen else ""
        outcome.key = str(here) if here in keys else keys.most_common(1)[0][0]
        outcome.how = _how(row, outcome.key, mapping)
    return outcome


def _shared(records: Sequence[Mapping[str, Any]]) -> int:
    """How many records have an id that is not theirs alone."""
    ids = Counter(record["values"].get("id") for record in records)
    return sum(count for id_, count in ids.items() if id_ and count > 1)


def _how(row: Field, key: str, mapping: ResourceMapping) -> str:
    source = mapping.sources.get(row.name)
    if source is not None and source.text == key:
        return "mapping"
    if key == row.name:
        return "name"
    return "alias" if key in row.aliases else "derived"


def store_keys(
    records: Sequence[object],
    made: Mapping[str, Any],
    mapping: ResourceMapping,
    chosen: int,
) -> list[StoreKey]:
    """The keys of the records, the chosen one's first, and which fields read them."""
    examples: dict[str, Any] = {}
    for record in [*records[chosen : chosen + 1], *records]:
        if not isinstance(record, dict):
            continue
        for key, value in record.items():
            if len(examples) < MAX_KEYS or key in examples:
                examples.setdefault(str(key), value)
    used: dict[str, set[str]] = {}
    for record, one in zip(records, made["records"], strict=True):
        for name, key in one["sources"].items():
            source = mapping.sources.get(name)
            keys = [key]
            if source is not None and source.text == key and isinstance(record, dict):
                keys += source.keys_in(record)
            for each in keys:
                used.setdefault(each, set()).add(name)
    return [
        StoreKey(clean_text(key), told(value), sorted(used.get(key, ())))
        for key, value in examples.items()
    ]


def offered_paths(records: Sequence[object]) -> list[str]:
    """Keys, and paths one level below them, a merchant may map a field to."""
    paths: dict[str, None] = {}
    for record in records:
        if not isinstance(record, dict):
            continue
        for key, value in record.items():
            paths[str(key)] = None
            for path in _parts(str(key), value):
                paths[path] = None
    return [clean_text(path) for path in islice(paths, MAX_KEYS)]


def _parts(key: str, value: object) -> list[str]:
    if not _IDENTIFIER.fullmatch(key):
        return []
    if isinstance(value, list) and value and isinstance(value[0], dict):
        path, value = f"{key}[0]", value[0]
    else:
        path = key
    names = islice(value, MAX_PARTS) if isinstance(value, dict) else ()
    return [f"{path}.{name}" for name in names if _IDENTIFIER.fullmatch(str(name))]


def problems(made: Mapping[str, Any]) -> dict[str, int]:
    """{code: how many records}, the reasons why records are skipped first."""
    counts: Counter[str] = Counter()
    for record in made["records"]:
        counts.update({issue["code"] for issue in record["issues"]})
    return dict(
        sorted(counts.items(), key=lambda item: (item[0] not in SKIP_REASONS, -item[1]))
    )


def told(value: object) -> str:
    """A value as a short line of text; "" when it says nothing."""
    return shorten(one_line(_told(value)[: 4 * SHOWN]), SHOWN)


def _told(value: object) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        parts = islice(value.items(), MAX_PARTS)
        return "; ".join(f"{key}: {_inner(part)}" for key, part in parts)
    if isinstance(value, list | tuple):
        return ", ".join(_inner(part) for part in value[:MAX_PARTS])
    return quoted(value)


def _inner(value: object) -> str:
    """A part of a list or object: texts as they are, deeper things in short."""
    if isinstance(value, str):
        return value[: 2 * SHOWN]
    if isinstance(value, list) and not any(isinstance(p, dict | list) for p in value):
        return ", ".join(_inner(part) for part in value[:MAX_PARTS])
    if isinstance(value, dict):
        parts = (f"{k}: {_inner(v)}" for k, v in islice(value.items(), MAX_PARTS))
        return "{" + ", ".join(parts) + "}"
    return quoted(value)
