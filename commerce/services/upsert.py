"""One INSERT ... ON CONFLICT for a page of records, the newer observation winning.

Django's bulk_create has no WHERE on the update, and without it a page requested before
a webhook would overwrite what the webhook said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection

from commerce.models import Order, Product
from commerce.models.catalog import CatalogRecord
from hiwelink import clock
from hiwelink.prepared import prepared_cursor

PART_CHARACTERS = 2_000_000  # of one statement
Defaults = dict[str, Callable[[], Any]]
BOOKKEEPING = frozenset(
    {"id", "store"} | {field.name for field in CatalogRecord._meta.get_fields()}
)


@cache
def value_columns(model: type[Product | Order]) -> Defaults:
    """Return {column: its empty value} for every column that holds a mapped value."""
    columns: Defaults = {}
    for field in model._meta.concrete_fields:
        if field.name in BOOKKEEPING:
            continue
        columns[field.name] = (lambda: None) if field.null else field.get_default
    return columns


class Stored(NamedTuple):
    """What of a stored row decides whether it is written again."""

    pk: int
    raw_hash: bytes
    content_hash: bytes
    observed_at: datetime
    deleted_at: datetime | None


def stored(
    model: type[Product | Order], store_id: int, external_ids: list[str]
) -> dict[str, Stored]:
    """Return {external_id: Stored} of those of the ids that a store has.

    One id after the other: for a list of ids PostgreSQL reads all rows of the store
    until it has statistics of them, which the first sync of a store is too early for.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT found.* FROM unnest(%s::text[]) AS wanted (id) CROSS JOIN LATERAL (
                SELECT external_id, id, raw_hash, content_hash, observed_at, deleted_at
                FROM "{model._meta.db_table}"
                WHERE store_id = %s AND external_id = wanted.id LIMIT 1
            ) AS found
            """,
            [external_ids, store_id],
        )
        return {row[0]: Stored(*row[1:]) for row in cursor.fetchall()}


class Columns(NamedTuple):
    """The mapped values of a record. text: as canonical JSON; hash: of the text."""

    values: dict[str, Any]
    text: str
    hash: bytes


class Row(NamedTuple):
    """A record as it is written. text: a JSON object of the columns in `names`."""

    external_id: str
    columns: Columns
    names: tuple[str, ...]
    text: str


def row_of(columns: Columns, raw_text: str, **others: Any) -> Row:
    """Return the row of mapped values and a raw record, both of them JSON already.

    others: the columns but uid, created_at, updated_at and deleted_at that are left.
    """
    others["content_hash"] = columns.hash
    names = (*columns.values, "raw", *others)
    text = f'{columns.text[:-1]},"raw":{raw_text},{encode_row(others)[1:]}'
    return Row(others["external_id"], columns, names, text)


def upsert(model: type[Product | Order], rows: list[Row]) -> dict[str, bool]:
    """Write `rows` and return {external_id: was inserted}; refused rows are absent.

    rows: all of one store, with distinct external ids. A row is refused when what is
    stored was observed later than it.
    """
    if not rows:
        return {}
    now = clock.now()
    # One order for all writers, so that two pages cannot deadlock.
    rows = sorted(rows, key=attrgetter("external_id"))
    written: dict[str, bool] = {}
    with prepared_cursor() as cursor:
        for part in _parts(rows):
            cursor.execute(statement(model, rows[0].names), [now, now, part])
            written |= cursor.fetchall()
    return written


def _parts(rows: list[Row]) -> Iterator[str]:
    """Yield the rows as JSON lists of bounded size."""
    texts: list[str] = []
    size = 0
    for row in rows:
        if texts and size + len(row.text) > PART_CHARACTERS:
            yield f"[{','.join(texts)}]"
            texts, size = [], 0
        texts.append(row.text)
        size += len(row.text)
    yield f"[{','.join(texts)}]"


def _plain(value: object) -> str:
    """A value JSON has no form for, as PostgreSQL reads it from text."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    return value.isoformat() if isinstance(value, datetime) else str(value)


encode_row: Callable[[Any], str] = json.JSONEncoder(
    default=_plain,
    ensure_ascii=False,
    allow_nan=False,
    sort_keys=True,
    separators=(",", ":"),
).encode


@cache
def statement(model: type[Product | Order], names: tuple[str, ...]) -> str:
    """The rows as one JSON text: a parameter for each value took most of the time."""
    table = model._meta.db_table
    types = {field.attname: field for field in model._meta.concrete_fields}
    columns = ", ".join(f'"{name}"' for name in names)
    given = ", ".join(f'"{name}" {types[name].db_type(connection)}' for name in names)
    kept = {"store_id", "external_id", "created_by_id"}
    sets = [f'"{name}" = EXCLUDED."{name}"' for name in names if name not in kept]
    return f"""
        INSERT INTO "{table}" AS stored ({columns}, uid, created_at, updated_at)
        SELECT {columns}, gen_random_uuid(), %s, %s
        FROM jsonb_to_recordset(%s) AS given({given})
        ON CONFLICT (store_id, external_id) DO UPDATE SET
            {", ".join(sets)},
            deleted_at = NULL,
            updated_at = CASE
                WHEN stored.content_hash = EXCLUDED.content_hash
                    AND stored.deleted_at IS NULL
                THEN stored.updated_at ELSE EXCLUDED.updated_at END
        WHERE stored.observed_at <= EXCLUDED.observed_at
        RETURNING external_id, (xmax = 0)
    """
