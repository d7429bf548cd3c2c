"""Map stored records anew under their store's present mapping, a batch at a time.

The raw record is kept with every row, so nothing is asked of the store. A remapping
says nothing new about a record: `observed_at` stays, and so does all that was written
under the present mapping already.

When the mapping of the id changes, a row takes its new id and keeps its identity. The
new id may be taken: by a deleted row, or by the same record that a page has brought
under its new id meanwhile, and then the newer of the two stays; by a row that will move
itself, and then this one waits; by another record, and then this one stays as it was
under its old id: two records of one id are the store's to tell apart, and the next
complete sync counts it as gone, with its brake.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from commerce.mapping.engine import MappedRecord, ResourceMapping, map_record
from commerce.mapping.fields import Resource as MappedResource
from commerce.mapping.notes import Unreadable
from commerce.mapping.text import canonical
from commerce.mapping.values import read_id
from commerce.models import Order, Product, SeenRecord, Store
from commerce.services import upsert
from commerce.services.catalog import (
    Writer,
    columns_of,
    digest,
    mapping_of,
    mapping_seed,
    model_of,
)
from hiwelink import clock

BATCH = 50  # records of up to a megabyte, as in a page of a sync

Row = Product | Order
Pair = tuple[Row, MappedRecord]


@dataclass
class Rewritten:
    """What became of a batch. last: the id to go on after; "" when none was left."""

    last: str = ""
    looked_at: int = 0
    changed: int = 0
    renamed: int = 0  # or gone, because its new id's holder is the same and newer
    # Left as they were: without an id or a name now, or with an id that is taken.
    skipped: int = 0
    # Of these, those whose new id may yet become free.
    blocked: int = 0
    issues: Counter[str] = field(default_factory=Counter)


def rewrite_batch(
    store: Store, resource: str, *, after: str, writer: Writer
) -> Rewritten:
    """Rewrite up to BATCH live records whose id follows `after`.

    The caller holds the transaction.
    """
    mapping = mapping_of(store, resource)
    seed = mapping_seed(mapping)
    # In the order every writer of many rows takes them, so that two cannot deadlock.
    rows: list[Row] = list(
        model_of(resource)
        .objects.select_for_update()
        .filter(store=store, deleted_at__isnull=True, external_id__gt=after)
        .order_by("external_id")[:BATCH]
    )
    result = Rewritten(last=rows[-1].external_id if rows else "")
    ready: list[Pair] = []
    moving: list[Pair] = []
    for row in rows:
        # One that has moved since is met again under its new id.
        result.looked_at += row.written_by_id != writer.id
        if bytes(row.raw_hash) == digest(seed, canonical(row.raw)):
            continue  # written under this mapping already
        mapped = map_record(row.raw, MappedResource(resource), mapping)
        result.issues.update(issue.code for issue in mapped.issues)
        if mapped.skipped or mapped.external_id is None:
            result.skipped += 1
        elif mapped.external_id != row.external_id:
            moving.append((row, mapped))
        else:
            ready.append((row, mapped))
    moved = move(store, resource, moving, mapping, writer, result)
    write(resource, ready, seed, writer, result)
    write(resource, moved, seed, writer, result, have_moved=True)
    return result


def write(
    resource: str,
    pairs: list[Pair],
    seed: bytes,
    writer: Writer,
    result: Rewritten,
    *,
    have_moved: bool = False,
) -> None:
    """Write what the rows' records map to; who changed nothing is not the writer."""
    model = model_of(resource)
    fresh = []
    for row, mapped in pairs:
        columns = columns_of(model, mapped)
        is_same = not have_moved and bytes(row.content_hash) == columns.hash
        result.changed += not is_same
        told_by = Writer(row.written_by_type, row.written_by_id) if is_same else writer
        fresh.append(
            upsert.row_of(
                columns,
                mapped.text,
                store_id=row.store_id,
                external_id=mapped.external_id,
                raw_hash=digest(seed, mapped.text),
                observed_at=row.observed_at,
                written_by_type=told_by.type,
                written_by_id=told_by.id,
            )
        )
    upsert.upsert(model, fresh)


def move(
    store: Store,
    resource: str,
    moving: list[Pair],
    mapping: ResourceMapping,
    writer: Writer,
    result: Rewritten,
) -> list[Pair]:
    """Give rows their new ids where these are free; return the rows that have them."""
    if not moving:
        return []
    model = model_of(resource)
    wanted = [mapped.external_id for _, mapped in moving]
    holders: dict[str | None, Row] = {
        holder.external_id: holder
        for holder in model.objects.select_for_update()
        .filter(store=store, external_id__in=wanted)
        .order_by("external_id")
    }
    moved: dict[str | None, Pair] = {}
    superseded: list[int] = []
    for row, mapped in moving:
        new_id = mapped.external_id
        holder = holders.get(new_id)
        makes_way = holder is not None and (
            holder.deleted_at is not None or is_same_record(row, holder)
        )
        if new_id not in moved and (holder is None or makes_way):
            if holder is not None and holder.observed_at >= row.observed_at:
                superseded.append(row.pk)
                continue
            if holder is not None:
                holder.delete()
            moved[new_id] = row, mapped
        else:
            result.skipped += 1
            result.issues["duplicate_id"] += 1
            result.blocked += holder is not None and leaves(holder, resource, mapping)
    result.renamed += len(moved) + len(superseded)
    result.changed += len(superseded)
    mark_deleted(model, superseded, writer)
    rename(store, resource, list(moved.values()))
    return list(moved.values())


def is_same_record(row: Row, holder: Row) -> bool:
    """Whether both rows hold one record: a page brought it under the new id already.

    Told by what the row's id was read from: the keys that hold it hold it there too.
    """
    if row.raw == holder.raw:
        return True
    keys = [key for key, value in row.raw.items() if as_id(value) == row.external_id]
    return bool(keys) and all(
        as_id(holder.raw.get(key)) == row.external_id for key in keys
    )


def as_id(value: object) -> str | None:
    try:
        return read_id(value)
    except Unreadable:
        return None


def leaves(holder: Row, resource: str, mapping: ResourceMapping) -> bool:
    """Whether the present mapping gives the holder of an id another one."""
    new_id = map_record(holder.raw, MappedResource(resource), mapping).external_id
    return new_id is not None and new_id != holder.external_id


def mark_deleted(model: type[Row], pks: list[int], writer: Writer) -> None:
    now = clock.now()
    model.objects.filter(pk__in=pks).update(
        deleted_at=now,
        updated_at=now,
        written_by_type=writer.type,
        written_by_id=writer.id,
    )


def rename(store: Store, resource: str, moved: list[Pair]) -> None:
    """Change the ids of rows, and those that runs have met: a run must not take what
    it met under the old id for gone.
    """
    if not moved:
        return
    new_ids = {row.external_id: str(mapped.external_id) for row, mapped in moved}
    seen = SeenRecord.objects.filter(
        run__store=store, run__resource=resource, external_id__in=new_ids
    )
    SeenRecord.objects.bulk_create(
        [
            SeenRecord(run_id=run_id, external_id=new_ids[old])
            for run_id, old in seen.values_list("run_id", "external_id")
        ],
        ignore_conflicts=True,
    )
    table = model_of(resource)._meta.db_table
    values = ", ".join(["(%s::bigint, %s::varchar)"] * len(moved))
    pairs: list[Any] = []
    for row, mapped in moved:
        pairs += [row.pk, mapped.external_id]
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{table}" AS stored SET external_id = new.id, updated_at = %s '
            f"FROM (VALUES {values}) AS new (pk, id) WHERE stored.id = new.pk",
            [clock.now(), *pairs],
        )
