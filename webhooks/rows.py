"""Rows of deliveries, written with statements that are built once, for many at a time.

The ORM builds a statement anew each time, which takes longer than the database needs
to execute it; each request writes its row twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection

from commerce.services.upsert import encode_row
from hiwelink.prepared import prepared_cursor
from webhooks.models import Delivery

_TABLE = Delivery._meta.db_table
_NAMES = tuple(
    field.attname for field in Delivery._meta.concrete_fields if not field.primary_key
)


def insert_deliveries(
    deliveries: Sequence[Delivery], *, wait_for_disk: bool = True
) -> list[bool]:
    """Insert new rows; False for each whose `dedup_key` another one has already.

    wait_for_disk: whether the commit returns only when it would survive a crash of the
    database. A later commit that waits covers it too.
    """
    rows = [
        {name: value for name, value in vars(delivery).items() if name in _NAMES}
        for delivery in deliveries
    ]
    with prepared_cursor() as cursor:
        cursor.execute(_insertion(wait_for_disk), [as_json(rows)])
        keys = dict(cursor.fetchall())
    for delivery in deliveries:
        delivery.pk = keys.get(delivery.uid)
        delivery._state.adding = delivery.pk is None
    return [delivery.uid in keys for delivery in deliveries]


def update_delivery(delivery: Delivery, **values: Any) -> None:
    """Set these columns, in the row and in `delivery`."""
    update_deliveries([(delivery, values)])


def update_deliveries(
    changes: Sequence[tuple[Delivery, dict[str, Any]]],
) -> None:
    """Set the same columns of several rows."""
    if not changes:
        return
    rows = [{"id": delivery.pk} | values for delivery, values in changes]
    with prepared_cursor() as cursor:
        statement = _update(tuple(rows[0]))
        cursor.execute(statement, [as_json(rows), [row["id"] for row in rows]])
    for delivery, values in changes:
        vars(delivery).update(values)


def as_json(rows: Sequence[dict[str, Any]]) -> str:
    return f"[{','.join(map(encode_row, rows))}]"


@cache
def _insertion(wait_for_disk: bool) -> str:
    columns = ", ".join(f'"{name}"' for name in _NAMES)
    # In the same statement, which is a round trip less.
    setting = "" if wait_for_disk else ", set_config('synchronous_commit', 'off', true)"
    return (
        f'INSERT INTO "{_TABLE}" ({columns}) SELECT {columns} '
        f"FROM {_given(_NAMES)}{setting} "
        "ON CONFLICT (store_id, dedup_key) WHERE dedup_key IS NOT NULL "
        "DO NOTHING RETURNING uid, id"
    )


@cache
def _update(names: tuple[str, ...]) -> str:
    sets = ", ".join(f'"{name}" = given."{name}"' for name in names if name != "id")
    return (
        f'UPDATE "{_TABLE}" AS stored SET {sets} FROM {_given(names)} '
        # The ids once more, for PostgreSQL cannot see how many the text holds, and
        # reads the whole table where there are hundreds.
        "WHERE stored.id = given.id AND stored.id = ANY(%s::bigint[])"
    )


def _given(names: Sequence[str]) -> str:
    """The rows as one JSON text: a parameter for each value took most of the time."""
    types = {field.attname: field for field in Delivery._meta.concrete_fields}
    columns = ", ".join(f'"{name}" {types[name].db_type(connection)}' for name in names)
    return f"json_to_recordset(%s) AS given({columns})"
