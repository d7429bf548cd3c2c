"""The records of a first page with their preview, and what products and orders share.

Source: Troubleshooting, "0 products are imported", and the field reference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from commerce.mapping.fields import Resource, fields_of
from commerce.mapping.text import shorten
from commerce.services.doctor.asking import Probe
from commerce.services.doctor.report import Check, failed, passed, warned

MAX_RECORD = 400  # characters of an offending record shown
ID_CODES = frozenset({"missing_id", "invalid_id", "not_an_object"})
PRICES = ("price", "regular_price", "sale_price")
FIELDS_OF_OWN_CHECKS = frozenset(
    {"id", "name", "stock_status", "created_at", "permalink", "slug", *PRICES}
)


@dataclass(frozen=True)
class Records:
    """The records of a page and their preview (commerce.mapping.preview)."""

    resource: Resource
    probe: Probe
    raw: Sequence[object]
    preview: dict[str, Any]

    @property
    def name(self) -> str:
        return self.resource.value

    @property
    def count(self) -> int:
        return len(self.raw)

    @property
    def shown(self) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self.preview["records"]
        return records

    def with_issue(self, fields: set[str] | None, codes: set[str] | None) -> list[int]:
        """Places of records with an issue of these fields and codes."""
        return [
            place
            for place, record in enumerate(self.shown)
            if any(
                (fields is None or issue["field"] in fields)
                and (codes is None or issue["code"] in codes)
                for issue in record["issues"]
            )
        ]

    def without(self, *names: str) -> list[int]:
        """Places of records in which none of these fields says anything."""
        return [
            place
            for place, record in enumerate(self.shown)
            if not any(record["values"].get(name) for name in names)
        ]

    def details(self, places: Sequence[int], fields: set[str]) -> str:
        """What is wrong in the first of these records, in the mapping's words."""
        told = [
            f"{self.label(place)}: {issue['detail']}"
            for place in places[:2]
            for issue in self.shown[place]["issues"]
            if issue["field"] in fields
        ]
        return " ".join(told[:3])

    def label(self, place: int) -> str:
        record_id = self.shown[place]["values"].get("id")
        return f'"{shorten(record_id, 40)}"' if record_id else f"Record {place + 1}"

    def example(self, place: int) -> str:
        """The offending record; of an order its keys only, customers are in it."""
        record = self.raw[place]
        if self.resource == Resource.ORDERS and isinstance(record, dict):
            return f"Its keys: {shorten(', '.join(map(str, record)), MAX_RECORD)}"
        text = json.dumps(record, ensure_ascii=False, default=str)
        return f"The first one: {shorten(text, MAX_RECORD)}"

    def share(self, places: Sequence[int]) -> str:
        return f"{len(places)} of {self.count} {self.name}"

    def suggestion(self, *names: str) -> str:
        """Which key of the store looks like a field that nothing filled; "" for none."""
        found = {
            row["field"]: row["key"]
            for row in self.preview["suggestions"]
            if not names or row["field"] in names
        }
        return f"Map it: {json.dumps(found, ensure_ascii=False)}." if found else ""

    def source(self, name: str) -> str:
        """The keys a field was read from, the most frequent first."""
        keys = Counter(
            record["sources"][name]
            for record in self.shown
            if name in record["sources"] and not record["skipped"]
        )
        return " and ".join(f'"{key}"' for key, _ in keys.most_common(3))


def check_every_record(records: Records) -> Iterator[Check]:
    """What products and orders share."""
    yield from ids(records)
    yield from duplicates(records)
    yield from values(records)
    yield from mapping(records)


def required(
    records: Records, code: str, field: str, places: Sequence[int]
) -> Iterator[Check]:
    """A field without which a record is skipped."""
    row = next(row for row in fields_of(records.resource) if row.name == field)
    article = "an" if field == "id" else "a"
    if places:
        keys = " or ".join(f'"{key}"' for key in (field, *row.aliases))
        title = f"{records.share(places)} have no {field} that can be read"
        evidence = f"They are skipped. {records.example(places[0])}"
        mend = f"Send {keys}, or map the field that holds it."
        mend = f"{mend} {records.suggestion(field)}".strip()
        judge = failed if len(places) * 2 > records.count else warned
        yield judge(code, title, evidence, mend, curl=records.probe.curl)
    else:
        title = f"All {records.name} have {article} {field}"
        evidence = (
            f"Read from {records.source(field)}." if records.source(field) else ""
        )
        yield passed(code, title, evidence, curl=records.probe.curl)


def ids(records: Records) -> Iterator[Check]:
    code = f"{records.name}_ids"
    yield from required(records, code, "id", records.with_issue(None, set(ID_CODES)))
    keys = records.source("id")
    if " and " in keys:
        yield warned(
            f"{records.name}_id_source",
            f"The ids of the {records.name} come from different keys",
            f"Read from {keys}.",
            "Send every id under the same key, or one record becomes two.",
            curl=records.probe.curl,
        )


def duplicates(records: Records) -> Iterator[Check]:
    counts = Counter(record["values"].get("id") for record in records.shown)
    twice = [key for key, count in counts.items() if key and count > 1]
    if twice:
        yield warned(
            f"{records.name}_duplicates",
            f"Some {records.name} share an id",
            f"More than once on page 1: {shorten(', '.join(twice[:3]), 200)}.",
            "Give each record an id of its own; of two with the same only the last is"
            " kept. Variants belong into the product's attributes.",
            curl=records.probe.curl,
        )


def values(records: Records) -> Iterator[Check]:
    """Whatever else could not be read as it was sent."""
    rest = {row.name for row in fields_of(records.resource)} - FIELDS_OF_OWN_CHECKS
    places = records.with_issue({*rest, ""}, None)
    places = [place for place in places if not records.shown[place]["skipped"]]
    if places:
        yield shared(
            records,
            f"{records.name}_values",
            places,
            bad="Some values of {share} were not read as sent",
            evidence=records.details(places, {*rest, ""}),
            mend="Send these values as the field reference describes them.",
        )


def mapping(records: Records) -> Iterator[Check]:
    """Keys of the store that look like fields nothing was read from."""
    near = [
        row
        for row in records.preview["suggestions"]
        if row["field"] not in FIELDS_OF_OWN_CHECKS
    ]
    if near:
        told = " ".join(row["detail"] for row in near[:4])
        found = {row["field"]: row["key"] for row in near[:8]}
        yield warned(
            f"{records.name}_mapping",
            f"Some keys of the {records.name} look like fields HiWelink misses",
            told,
            f"Add to the field mappings: {json.dumps(found, ensure_ascii=False)}",
            curl=records.probe.curl,
        )


def shared(
    records: Records,
    code: str,
    places: Sequence[int],
    *,
    bad: str,
    evidence: str,
    mend: str,
    good: str = "",
    tolerated: float = 0.0,
) -> Check:
    """A check of a share: a remark when more than `tolerated` of all are concerned."""
    share = records.share(places)
    if len(places) > tolerated * records.count:
        title = bad.format(share=share)
        return warned(code, title, evidence.strip(), mend, curl=records.probe.curl)
    note = f"Not so for {share}." if places else ""
    return passed(code, good, note, curl=records.probe.curl)


def example(records: Records, places: Sequence[int]) -> str:
    return records.example(places[0]) if places else ""
