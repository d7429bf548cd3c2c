"""Partial records into the catalogue: what a webhook says changes what it names.

What is absent stays, null clears, an unknown record is created, a deleted one revives.
The merged record is mapped like a polled one, so both ways lead to the same values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

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


def merge_record(
    store: Store,
    resource: str,
    record: dict[str, Any],
    *,
    observed_at: datetime,
    writer: Writer,
    mapping: ResourceMapping | None = None,
    allow_email_change: bool = True,
) -> Merge:
    """Merge what `record` names into the stored record of its id, in a transaction.

    allow_email_change: False for news nobody signed; an order we hold then keeps its
    e-mail address, which is what its status is asked with. Raises Refused for a record
    without a usable id (missing_id, invalid_id), and for an unknown product without a
    name (missing_name); nothing was written then. mapping: as mapping_of() told it in
    this transaction, where the caller needed it too.
    """
    mapping = mapping or mapping_of(store, resource)
    part = map_record(record, MappedResource(resource), mapping, known=True)
    if part.external_id is None or part.skipped:
        raise refusal(part)
    row = locked_row(store, resource, part.external_id)
    if row is not None and row.observed_at > observed_at:
        return Merge("stale", part.external_id)
    mapped = merged(row, part, mapping, resource)
    if isinstance(row, Order) and not allow_email_change:
        told = mapped.values.get("customer_email") or ""
        if told != row.customer_email:
            part = without_field(record, "customer_email", mapping, resource)
            mapped = merged(row, part, mapping, resource)
    if mapped.skipped or mapped.external_id is None:
        raise refusal(mapped)
    merge = write_merged(store, resource, row, mapped, mapping, observed_at, writer)
    # Of the event, not of what is stored: what was withheld, and values such as NaN
    # that are null once they are stored.
    known = {(issue.field, issue.code) for issue in merge.issues}
    merge.issues.extend(
        issue for issue in issues_in(0, part) if (issue.field, issue.code) not in known
    )
    return merge


def refusal(mapped: MappedRecord) -> Refused:
    issue = mapped.issues[-1]
    return Refused(issue.code, issue.detail)


def locked_row(store: Store, resource: str, external_id: str) -> Product | Order | None:
    """Return the stored record, locked; without one, no rival can create it either."""
    row = lock_row(store, resource, external_id)
    if row is None:
        lock_absent(store, resource, external_id)
        row = lock_row(store, resource, external_id)
    return row


def lock_row(store: Store, resource: str, external_id: str) -> Product | Order | None:
    model = model_of(resource)
    # Written out: the ORM takes longer to build this than the database to answer it.
    rows = model._base_manager.raw(
        f'SELECT * FROM "{model._meta.db_table}" '
        "WHERE store_id = %s AND external_id = %s FOR UPDATE",
        [store.pk, external_id],
    )
    return next(iter(rows), None)


def lock_absent(store: Store, resource: str, external_id: str) -> None:
    """Serialise those who would create the same record, until they commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"{resource}:{store.pk}:{external_id}"],
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


def write_merged(
    store: Store,
    resource: str,
    row: Product | Order | None,
    mapped: MappedRecord,
    mapping: ResourceMapping,
    observed_at: datetime,
    writer: Writer,
) -> Merge:
    model = model_of(resource)
    external_id = mapped.external_id or ""
    columns = columns_of(model, mapped)
    changes = changes_between(row, columns)
    issues = issues_in(0, mapped)
    raw_hash = digest(mapping_seed(mapping), mapped.raw)
    is_known = row is not None and row.deleted_at is None and not changes
    if row is not None and is_known and bytes(row.raw_hash) == raw_hash:
        # Still newer than every page requested before it.
        model.objects.filter(pk=row.pk).update(observed_at=observed_at)
        return Merge("unchanged", external_id, issues=issues)
    upsert.upsert(
        model,
        [
            columns
            | {
                "uid": uuid4(),
                "store_id": store.pk,
                "external_id": external_id,
                "raw": mapped.raw,
                "raw_hash": raw_hash,
                "observed_at": observed_at,
                "written_by_type": writer.type,
                "written_by_id": writer.id,
            }
        ],
    )
    if is_known:  # only what no field is read from; a later mapping may
        return Merge("unchanged", external_id, issues=issues)
    known = "revived" if row is not None and row.deleted_at else "updated"
    return Merge("created" if row is None else known, external_id, changes, issues)


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
    row = locked_row(store, resource, external_id)
    if row is not None and row.observed_at > observed_at:
        return Merge("stale", external_id)
    if row is None:
        if store.sync_runs.asking().filter(resource=resource).exists():
            leave_mark(store, resource, external_id, observed_at, writer)
        return Merge("unchanged", external_id)
    was_live = row.deleted_at is None
    row.observed_at = observed_at
    if was_live:
        row.deleted_at = row.updated_at = timezone.now()
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
        deleted_at=timezone.now(),
    )


def forget_products(store: Store, external_ids: Sequence[str]) -> None:
    """Remove products without a trace: never the store's own, only what we sent."""
    Product.objects.filter(store=store, external_id__in=external_ids).delete()
