"""Partial records into the catalogue: what a webhook says changes what it names.

What is absent stays, null clears, an unknown record is created, a deleted one revives.
The merged record is mapped like a polled one, so both ways lead to the same values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import JSONField

from commerce.mapping.engine import MappedRecord, ResourceMapping, map_record
from commerce.mapping.fields import Resource as MappedResource
from commerce.mapping.fields import fields_of
from commerce.models import Order, Product, Store
from commerce.services import upsert
from commerce.services.catalog import (
    RecordIssue,
    Writer,
    columns_of,
    digest,
    issues_in,
    mapping_of,
    mapping_seed,
    model_of,
)
from commerce.services.changes import changes_between
from hiwelink import clock


class Refused(ValueError):
    """The record cannot be stored; `code` and a sentence say why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Merge:
    """What became of one record.

    action: created, updated, unchanged, revived, deleted, or stale when something
    newer is stored. changes: {column: [before, after]}, plain JSON.
    """

    action: str
    external_id: str
    changes: dict[str, list[Any]] = field(default_factory=dict)
    issues: list[RecordIssue] = field(default_factory=list)


@dataclass(frozen=True)
class News:
    """A partial record: since when it holds, and who says so.

    allow_email_change: False for news nobody signed; an order we hold then keeps its
    e-mail address, which is what its status is asked with.
    """

    record: Any
    observed_at: datetime
    writer: Writer
    allow_email_change: bool = True


def merge_record(store: Store, resource: str, news: News) -> Merge:
    """Merge one partial record, in a transaction. Raises Refused; see merge_records."""
    (result,) = merge_records(store, resource, [news])
    if isinstance(result, Refused):
        raise result
    return result


def merge_records(
    store: Store,
    resource: str,
    news: Sequence[News],
    *,
    mapping: ResourceMapping | None = None,
) -> list[Merge | Refused]:
    """Merge partial records into the stored ones of their ids, in a transaction.

    As if one after the other, in a few statements for all. A record is refused, and
    costs no other, without a usable id (missing_id, invalid_id), and an unknown
    product without a name (missing_name). mapping: as mapping_of() told it in this
    transaction, where the caller needed it too.
    """
    mapping = mapping or mapping_of(store, resource)
    results: dict[int, Merge | Refused] = {}
    waiting: list[Part] = []
    for place, it in enumerate(news):
        known = map_record(it.record, MappedResource(resource), mapping, known=True)
        if known.external_id is None or known.skipped:
            results[place] = refusal(known)
        else:
            waiting.append(Part(place, known.external_id, it, known))
    while waiting:
        turn = {part.external_id: part for part in reversed(waiting)}
        merge_turn(store, resource, list(turn.values()), mapping, results)
        waiting = [part for part in waiting if part.place not in results]
    return [results[place] for place in range(len(news))]


@dataclass(frozen=True)
class Part:
    """News with an id; `place` is where its result belongs."""

    place: int
    external_id: str
    news: News
    mapped: MappedRecord


def merge_turn(
    store: Store,
    resource: str,
    parts: Sequence[Part],
    mapping: ResourceMapping,
    results: dict[int, Merge | Refused],
) -> None:
    """Merge news of distinct ids."""
    rows = locked_rows(store, resource, [part.external_id for part in parts])
    writes: list[upsert.Row] = []
    confirmed: list[tuple[int, datetime]] = []
    for part in parts:
        row = rows.get(part.external_id)
        if row is not None and row.observed_at > part.news.observed_at:
            results[part.place] = Merge("stale", part.external_id)
            continue
        mapped, told = merged_or_withheld(row, part, mapping, resource)
        if mapped.skipped or mapped.external_id is None:
            results[part.place] = refusal(mapped)
            continue
        others = written_by(store, part)
        merge, write = judge(row, mapped, told, mapping, resource, others)
        results[part.place] = merge
        if write is not None:
            writes.append(write)
        elif row is not None:
            confirmed.append((row.pk, part.news.observed_at))
    upsert.upsert(model_of(resource), writes)
    confirm(resource, confirmed)


def merged_or_withheld(
    row: Product | Order | None,
    part: Part,
    mapping: ResourceMapping,
    resource: str,
) -> tuple[MappedRecord, MappedRecord]:
    """Return the merged record, and the part of it that the news told."""
    mapped = merged(row, part.mapped, mapping, resource)
    if isinstance(row, Order) and not part.news.allow_email_change:
        email = mapped.values.get("customer_email") or ""
        if email != row.customer_email:
            told = without_field(part.news.record, "customer_email", mapping, resource)
            return merged(row, told, mapping, resource), told
    return mapped, part.mapped


def judge(
    row: Product | Order | None,
    mapped: MappedRecord,
    told: MappedRecord,
    mapping: ResourceMapping,
    resource: str,
    others: dict[str, Any],
) -> tuple[Merge, upsert.Row | None]:
    """Return what becomes of a record, and the row to write; None for none.

    others: the columns that tell of the news.
    """
    external_id = mapped.external_id or ""
    columns = columns_of(model_of(resource), mapped)
    changes = changes_between(row, columns.values)
    raw_hash = digest(mapping_seed(mapping), mapped.text)
    issues = issues_in(0, mapped)
    # Of the event, not of what is stored: what was withheld, and values such as NaN
    # that are null once they are stored.
    known = {(issue.field, issue.code) for issue in issues}
    issues += [i for i in issues_in(0, told) if (i.field, i.code) not in known]
    others |= {"raw_hash": raw_hash, "external_id": external_id}
    write = upsert.row_of(columns, mapped.text, **others)
    if row is None:
        return Merge("created", external_id, changes, issues), write
    if row.deleted_at is not None:
        return Merge("revived", external_id, changes, issues), write
    if changes:
        return Merge("updated", external_id, changes, issues), write
    # Perhaps something changed that no field is read from; a later mapping may.
    is_same = bytes(row.raw_hash) == raw_hash
    return Merge("unchanged", external_id, issues=issues), None if is_same else write


def written_by(store: Store, part: Part) -> dict[str, Any]:
    return {
        "store_id": store.pk,
        "observed_at": part.news.observed_at,
        "written_by_type": part.news.writer.type,
        "written_by_id": part.news.writer.id,
    }


def confirm(resource: str, confirmed: Sequence[tuple[int, datetime]]) -> None:
    """Note that rows still hold, so that no page requested before overwrites them."""
    if not confirmed:
        return
    keys, moments = zip(*confirmed, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model_of(resource)._meta.db_table}" AS stored'
            " SET observed_at = told.at"
            " FROM unnest(%s::bigint[], %s::timestamptz[]) AS told(id, at)"
            " WHERE stored.id = told.id",
            [list(keys), list(moments)],
        )


def refusal(mapped: MappedRecord) -> Refused:
    issue = mapped.issues[-1]
    return Refused(issue.code, issue.detail)


def locked_rows(
    store: Store, resource: str, external_ids: Sequence[str]
) -> dict[str, Product | Order]:
    """Return the stored records, locked; no rival can create one that is missing.

    In the order of their ids, as every writer goes, so that none waits in a circle.
    """
    rows = lock_rows(store, resource, external_ids)
    if absent := sorted({*external_ids} - {*rows}):
        lock_absent(store, resource, absent)
        rows |= lock_rows(store, resource, absent)
    return rows


def lock_rows(
    store: Store, resource: str, external_ids: Sequence[str]
) -> dict[str, Product | Order]:
    model = model_of(resource)
    names, readers, statement = locking(model)
    # Not prepared: a plan made while the table is empty would be kept, and read all rows
    # of the store for each id until there are statistics.
    with connection.cursor() as cursor:
        cursor.execute(statement, [sorted(external_ids), store.pk])
        found = cursor.fetchall()
    rows = {}
    for values in map(list, found):
        for place, read in readers:
            values[place] = read(values[place])
        row = model.from_db(connection.alias, names, values)
        rows[row.external_id] = row
    return rows


@cache
def locking(
    model: type[Product | Order],
) -> tuple[tuple[str, ...], list[tuple[int, Callable[[Any], Any]]], str]:
    """The columns, how to read those that come as text, and the statement.

    Written out, and kept: the ORM takes longer to build this and to wrap its rows than
    the database to answer it.
    """
    fields = model._meta.concrete_fields
    readers: list[tuple[int, Callable[[Any], Any]]] = [
        (place, json.loads)
        for place, field in enumerate(fields)
        if isinstance(field, JSONField)
    ]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    # One id after the other, for the reason upsert.stored() gives.
    statement = (
        "SELECT found.* FROM unnest(%s::text[]) AS wanted (id) CROSS JOIN LATERAL"
        f' (SELECT {columns} FROM "{model._meta.db_table}"'
        " WHERE store_id = %s AND external_id = wanted.id LIMIT 1 FOR UPDATE) AS found"
    )
    return tuple(field.attname for field in fields), readers, statement


def lock_absent(store: Store, resource: str, external_ids: Sequence[str]) -> None:
    """Serialise those who would create the same records, until they commit."""
    keys = [f"{resource}:{store.pk}:{external_id}" for external_id in external_ids]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0))"
            " FROM unnest(%s::text[]) AS key",
            [keys],
        )


def merged(
    row: Product | Order | None,
    part: MappedRecord,
    mapping: ResourceMapping,
    resource: str,
) -> MappedRecord:
    """Map the stored raw record with the new part laid over it.

    A field the part speaks of is taken from the part even when it names it otherwise
    than the stored record did: the stored record's keys for it are dropped first. Of an
    object the mapping reads parts of, the parts the news leaves out stay.
    """
    raw = dict(row.raw) if row is not None else {}
    news = dict(part.raw)
    for key in {source.goes_below for source in mapping.sources.values()}:
        if key in news and key in raw:
            news[key] = laid_over(raw[key], news[key])
    for name in part.sources:
        keys = keys_of(name, mapping, resource)
        if name == "name" and part.values.get(name) is None:
            # A product cannot be without a name: null leaves the one it has.
            news = {key: value for key, value in news.items() if key not in keys}
        elif name != "id":
            for key in keys:
                raw.pop(key, None)
    return map_record(raw | news, MappedResource(resource), mapping)


def laid_over(old: Any, new: Any) -> Any:
    """The parts of two objects, the new one's where both have one; else what is new."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    parts = {
        key: laid_over(old[key], part) if key in old else part
        for key, part in new.items()
    }
    return old | parts


def keys_of(name: str, mapping: ResourceMapping, resource: str) -> list[str]:
    """Return every top-level key of a record that field `name` may be read from."""
    source = mapping.sources.get(name)
    keys = []
    if source is not None:
        # What is put together of several keys keeps those the news does not name.
        whole = len(source.roots) == 1 or source.has_alternatives
        keys = [source.text, *(source.roots if whole else ())]
    if source is None or name in mapping.lenient:
        row = next(f for f in fields_of(MappedResource(resource)) if f.name == name)
        keys += [row.name, *row.aliases]
    return keys


def without_field(
    record: dict[str, Any], name: str, mapping: ResourceMapping, resource: str
) -> MappedRecord:
    dropped = set(keys_of(name, mapping, resource))
    kept = {key: value for key, value in record.items() if key not in dropped}
    part = map_record(kept, MappedResource(resource), mapping, known=True)
    part.add_issue(
        name,
        "unsigned_change",
        "The event was not signed, so the order keeps the e-mail address we hold. "
        "Sign your webhooks to change it.",
    )
    return part


def delete_record(
    store: Store,
    resource: str,
    external_id: str,
    *,
    observed_at: datetime,
    writer: Writer,
) -> Merge:
    """Mark a record deleted, in a transaction; what is unknown stays unknown.

    While a run reads the resource, even an unknown record leaves a mark: a page
    requested before this moment must not bring it to life.
    """
    row = locked_rows(store, resource, [external_id]).get(external_id)
    if row is not None and row.observed_at > observed_at:
        return Merge("stale", external_id)
    if row is None:
        if store.sync_runs.asking().filter(resource=resource).exists():
            leave_mark(store, resource, external_id, observed_at, writer)
        return Merge("unchanged", external_id)
    was_live = row.deleted_at is None
    row.observed_at = observed_at
    if was_live:
        row.deleted_at = row.updated_at = clock.now()
        row.written_by_type, row.written_by_id = writer.type, writer.id
    row.save(
        update_fields=[
            "observed_at",
            "deleted_at",
            "updated_at",
            "written_by_type",
            "written_by_id",
        ]
    )
    return Merge("deleted" if was_live else "unchanged", external_id)


def leave_mark(
    store: Store, resource: str, external_id: str, observed_at: datetime, writer: Writer
) -> None:
    model_of(resource).objects.create(
        store=store,
        external_id=external_id,
        raw_hash=b"",
        content_hash=b"",
        observed_at=observed_at,
        written_by_type=writer.type,
        written_by_id=writer.id,
        deleted_at=clock.now(),
    )


def forget_products(store: Store, external_ids: Sequence[str]) -> None:
    """Remove products without a trace: never the store's own, only what we sent."""
    Product.objects.filter(store=store, external_id__in=external_ids).delete()
