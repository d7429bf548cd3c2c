"""Rows of deliveries, written with statements that are built once.

The ORM builds a statement anew each time, which takes longer than the database needs
to execute it; each request writes its row twice.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connection

from webhooks.models import Delivery

_TABLE = Delivery._meta.db_table
_FIELDS = {
    field.attname: field
    for field in Delivery._meta.concrete_fields
    if not field.primary_key
}


def insert_delivery(delivery: Delivery) -> bool:
    """Insert a new row; False when another one has its `dedup_key` already."""
    given = vars(delivery)
    values = [
        field.get_db_prep_save(given[name], connection)
        for name, field in _FIELDS.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_insertion(), values)
        row = cursor.fetchone()
    if row is None:
        return False
    delivery.pk = row[0]
    delivery._state.adding = False
    return True


def update_delivery(delivery: Delivery, **values: Any) -> None:
    """Set these columns, in the row and in `delivery`."""
    names = tuple(values)
    given = [
        _FIELDS[name].get_db_prep_save(value, connection)
        for name, value in values.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_update(names), [*given, delivery.pk])
    vars(delivery).update(values)


@cache
def _insertion() -> str:
    columns = ", ".join(f'"{name}"' for name in _FIELDS)
    places = ", ".join(["%s"] * len(_FIELDS))
    return (
        f'INSERT INTO "{_TABLE}" ({columns}) VALUES ({places}) '
        "ON CONFLICT (store_id, dedup_key) WHERE dedup_key IS NOT NULL "
        "DO NOTHING RETURNING id"
    )


@cache
def _update(names: tuple[str, ...]) -> str:
    sets = ", ".join(f'"{name}" = %s' for name in names)
    return f'UPDATE "{_TABLE}" SET {sets} WHERE id = %s'
