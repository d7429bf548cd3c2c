"""The one way into the catalogue: polling, webhooks, bulk and remapping write here.

Each record is mapped, hashed and upserted. Nothing older ever overwrites newer: a row
carries `observed_at`, the time the store was asked for (or sent) what it holds, and
the database refuses a write that was observed earlier (promise N4).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from commerce.mapping.engine import MappedRecord, ResourceMapping, map_record
from commerce.mapping.fields import Resource as MappedResource
from commerce.mapping.mappings import FieldMappings
from commerce.models import ChangeKind, Order, Product, Resource, Store
from commerce.services import upsert
from commerce.services.changes import Change, change_of
from commerce.services.upsert import Columns, Row, Stored, row_of

# Raised when the same raw record would map to other values than before, so that the
# next poll rewrites rows whose raw record did not change.
MAPPER_VERSION = 1
RECORD_SHOWN_BYTES = 4_000
MAPPING_LOCK = "SELECT pg_advisory_xact_lock{}(hashtextextended(%s, 0))"


@dataclass(frozen=True)
class Writer:
    """Who writes: a sync run, a webhook delivery, or a remapping."""

    type: str
    id: UUID | None = None


@dataclass
class RecordIssue:
    """One thing wrong with one record; `is_skip` when the record was not stored."""

    position: int
    code: str
    field: str
    detail: str
    external_id: str
    is_skip: bool
    record: Any


@dataclass
class WriteResult:
    """What became of a batch of records. The counts add up to the records given."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    issues: list[RecordIssue] = field(default_factory=list)
    # The id of every record, of skipped ones too; None where none could be read.
    ids: list[str | None] = field(default_factory=list)
    # External ids whose content changed.
    changed: list[str] = field(default_factory=list)
    # What changed of records known before, as far as it was asked for.
    changes: list[Change] = field(default_factory=list)
    id_sources: set[str] = field(default_factory=set)


def model_of(resource: str) -> type[Product | Order]:
    return Product if resource == Resource.PRODUCTS else Order


@transaction.atomic(savepoint=False)
def save_records(
    store: Store,
    resource: str,
    records: Sequence[object],
    *,
    observed_at: datetime,
    writer: Writer,
    keep_changes: int = 0,
) -> WriteResult:
    """Upsert whole records as a page or a bulk body gives them.

    observed_at: when the page was requested, or the body arrived.
    keep_changes: of how many records to tell what changed, in `changes`.
    A record is unchanged when its raw form hashes to what is stored, and also when it
    is older than what is stored. Of two records with one id the later one counts.
    """
    result = WriteResult()
    kind = MappedResource(resource)
    mapping = mapping_of(store, resource)
    batch: dict[str, MappedRecord] = {}
    for position, record in enumerate(records):
        mapped = map_record(record, kind, mapping)
        result.skipped += mapped.skipped
        result.issues += issues_in(position, mapped)
        result.ids.append(mapped.external_id)
        if mapped.external_id is None or mapped.skipped:
            continue
        result.id_sources.add(mapped.sources["id"])
        if mapped.external_id in batch:
            result.unchanged += 1
            result.issues.append(duplicate(position, mapped))
        batch[mapped.external_id] = mapped
    fresh, stored = pick_fresh(store, resource, batch, observed_at, writer, mapping)
    result.unchanged += len(batch) - len(fresh)
    known = [stored[row.external_id] for row in fresh if row.external_id in stored]
    before = rows_before(resource, known[:keep_changes])
    count_written(model_of(resource), fresh, stored, before, result)
    return result


def pick_fresh(
    store: Store,
    resource: str,
    batch: dict[str, MappedRecord],
    observed_at: datetime,
    writer: Writer,
    mapping: ResourceMapping,
) -> tuple[list[Row], dict[str, Stored]]:
    """Return the rows that differ from the stored ones, and those."""
    model = model_of(resource)
    seed = mapping_seed(mapping)
    stored = upsert.stored(model, store.pk, list(batch))
    fresh: list[Row] = []
    for external_id, mapped in batch.items():
        raw_hash = digest(seed, mapped.text)
        row = stored.get(external_id)
        if row is not None and (
            row.observed_at > observed_at
            or (row.raw_hash == raw_hash and row.deleted_at is None)
        ):
            continue
        fresh.append(
            row_of(
                columns_of(model, mapped),
                mapped.text,
                store_id=store.pk,
                external_id=external_id,
                raw_hash=raw_hash,
                observed_at=observed_at,
                written_by_type=writer.type,
                written_by_id=writer.id,
                created_by_id=writer.id,
            )
        )
    return fresh, stored


def rows_before(resource: str, known: list[Stored]) -> dict[str, Product | Order]:
    """Return these rows as they are before the write; nothing is asked for none."""
    if not known:
        return {}
    rows = model_of(resource).objects.filter(pk__in=[row.pk for row in known])
    return {row.external_id: row for row in rows.defer("raw")}


def count_written(
    model: type[Product | Order],
    fresh: list[Row],
    stored: dict[str, Stored],
    before: dict[str, Product | Order],
    result: WriteResult,
) -> None:
    """Upsert `fresh` and tell created, updated and unchanged apart.

    A row whose raw record changed while its values did not is written, to keep the
    raw record true, but counts as unchanged: nothing a shopper can see is new.
    """
    inserted = upsert.upsert(model, fresh)
    for row in fresh:
        external_id = row.external_id
        known = stored.get(external_id)
        if external_id not in inserted:
            result.unchanged += 1  # somebody newer was faster
            continue
        revived = known is not None and known.deleted_at is not None
        if not (inserted[external_id] or revived) and (
            known is not None and known.content_hash == row.columns.hash
        ):
            result.unchanged += 1
            continue
        result.changed.append(external_id)
        is_new = inserted[external_id] or revived
        result.created += is_new
        result.updated += not is_new
        if external_id in before:
            kind = ChangeKind.REVIVED if revived else ChangeKind.UPDATED
            result.changes.append(
                change_of(kind, before[external_id], row.columns.values)
            )


def columns_of(model: type[Product | Order], mapped: MappedRecord) -> Columns:
    """Return the mapped values as the model's columns, absent ones at their default."""
    columns: dict[str, Any] = {}
    for name, default in upsert.value_columns(model).items():
        source = "created_at" if name == "placed_at" else name
        value = mapped.values.get(source)
        columns[name] = default() if value is None else value
    columns["warnings"] = [
        {"field": issue.field, "code": issue.code, "detail": issue.detail}
        for issue in mapped.issues
    ]
    text = upsert.encode_row(columns)
    return Columns(columns, text, digest(b"", text))


def mapping_of(store: Store, resource: str) -> ResourceMapping:
    """Return the store's mapping as it is now and stays until the transaction ends.

    Read anew, for `store` may have been loaded before the mapping was changed.
    """
    with connection.cursor() as cursor:
        # In one go, yet two statements: the second sees what was committed while the
        # first waited for the lock.
        cursor.execute(
            f"{MAPPING_LOCK.format('_shared')};"
            f"SELECT field_mappings::text FROM {Store._meta.db_table} WHERE id = %s",
            [f"mapping:{store.pk}", store.pk],
        )
        cursor.nextset()
        (text,) = cursor.fetchone() or ("{}",)
    return parse_mappings(text).for_resource(MappedResource(resource))


@lru_cache(maxsize=256)
def parse_mappings(text: str) -> FieldMappings:
    """A mapping prepares what it needs once; a sync asks for it with every page."""
    return FieldMappings.parse(json.loads(text))


def lock_mapping(store: Store, *, to_change: bool = False) -> None:
    """Keep the store's mapping as it is, or to ourselves, until the transaction ends.

    Whoever writes records holds it, shared; whoever changes the mapping holds it
    alone. To be taken before the rows of the store and its records.
    """
    statement = MAPPING_LOCK.format("" if to_change else "_shared")
    with connection.cursor() as cursor:
        cursor.execute(statement, [f"mapping:{store.pk}"])


def mapping_seed(mapping: ResourceMapping) -> bytes:
    """Return what, beside the record, decides about its values."""
    sources = sorted((name, source.text) for name, source in mapping.sources.items())
    return repr((MAPPER_VERSION, sources, sorted(mapping.lenient))).encode()


def digest(seed: bytes, text: str) -> bytes:
    """Return 16 bytes that tell two canonical texts apart, and two seeds."""
    return hashlib.blake2b(seed + text.encode(), digest_size=16).digest()


def issues_in(position: int, mapped: MappedRecord) -> list[RecordIssue]:
    """Return what was wrong with one record, as a run or a delivery lists it."""
    return [
        RecordIssue(
            position=position,
            code=issue.code,
            field=issue.field,
            detail=issue.detail,
            external_id=mapped.external_id or "",
            is_skip=mapped.skipped,
            record=bounded(mapped.raw),
        )
        for issue in mapped.issues
    ]


def duplicate(position: int, mapped: MappedRecord) -> RecordIssue:
    return RecordIssue(
        position=position,
        code="duplicate_id",
        field="id",
        detail=(
            f"The id {mapped.external_id!r} appears more than once; the last record "
            "with it was kept. Give every record an id of its own."
        ),
        external_id=mapped.external_id or "",
        is_skip=False,
        record=bounded(mapped.raw),
    )


def bounded(raw: object) -> object:
    """Return the record, or its beginning as text when it is too long to show."""
    text = json.dumps(raw, ensure_ascii=False)
    if len(text) <= RECORD_SHOWN_BYTES:
        return raw
    return text[:RECORD_SHOWN_BYTES] + "…"
