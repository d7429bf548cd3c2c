"""A store's live records as a file, a piece at a time: CSV or JSON.

Each piece is a query of its own that goes on after the last id: no transaction, and no
connection of the pool, is held while a slow reader takes what was sent; memory stays
flat. A record that changes meanwhile is in the file once, as it was before or after.

CSV is for spreadsheets: UTF-8 with a byte order mark, which they need to read it as
such; a column for each field of the specification in its order, then what HiWelink
adds; lists joined by " | ", objects as JSON. A text that a spreadsheet would take for a
formula gets an apostrophe before it, as OWASP advises ("CSV Injection"). JSON is for
programs: an array of the very objects the API shows, with nothing changed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.utils.encoders import JSONEncoder

from commerce import selectors
from commerce.api.outputs import OrderOutputSerializer, ProductOutputSerializer
from commerce.mapping.fields import Kind, fields_of
from commerce.mapping.fields import Resource as MappedResource
from commerce.models import Resource, Store

# Records of up to a megabyte each; some kilobytes as a rule.
CHUNK = 100
ADDED = {
    Resource.PRODUCTS: ("current_price", "url", "updated_at"),
    Resource.ORDERS: ("updated_at",),
}
LEFT_OUT_OF_CSV = ("raw", "warnings", "written_by")
# What begins a formula in Excel, LibreOffice or Google Sheets, also in full width.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# Written by us, so a leading minus is a number's.
NUMBERS = {Kind.MONEY, Kind.OPTIONAL_MONEY, Kind.AMOUNT, Kind.INTEGER}

Serializer = serializers.Serializer[Any]
_encode = JSONEncoder(ensure_ascii=False).encode


def export_csv(store: Store, resource: str, *, search: str = "") -> Iterator[bytes]:
    """Yield the file. search: as in the lists of products and orders."""
    serializer = serializer_of(resource)
    for name in LEFT_OUT_OF_CSV:
        serializer.fields.pop(name)
    names = column_names(resource)
    numbers = number_names(resource)
    yield "\ufeff".encode() + csv_lines([names])
    for records in chunks(store, resource, search, without_raw=True):
        shown = (serializer.to_representation(record) for record in records)
        yield csv_lines(
            [cell(row[name], is_number=name in numbers) for name in names]
            for row in shown
        )


def export_json(store: Store, resource: str, *, search: str = "") -> Iterator[bytes]:
    """Yield the file: one record a line, the whole an array."""
    serializer = serializer_of(resource)
    yield b"["
    before = "\n"
    for records in chunks(store, resource, search):
        lines = [_encode(serializer.to_representation(record)) for record in records]
        yield (before + ",\n".join(lines)).encode()
        before = ",\n"
    yield b"\n]\n"


EXPORTS: dict[str, Callable[..., Iterator[bytes]]] = {
    "csv": export_csv,
    "json": export_json,
}


def chunks(
    store: Store, resource: str, search: str, *, without_raw: bool = False
) -> Iterator[list[Any]]:
    """Yield the records in the order HiWelink first saw them, CHUNK at a time."""
    find = (
        selectors.products_of if resource == Resource.PRODUCTS else selectors.orders_of
    )
    found: QuerySet[Any] = find(store, search=search)
    if without_raw:
        found = found.defer("raw")
    last = 0
    while records := list(found.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = records[-1].pk
        if resource == Resource.ORDERS:
            records = selectors.with_item_names(store, records)
        for record in records:
            record.store = store
        if not connection.in_atomic_block:
            connection.close()
        yield records


def serializer_of(resource: str) -> Serializer:
    return (
        ProductOutputSerializer()
        if resource == Resource.PRODUCTS
        else OrderOutputSerializer()
    )


def column_names(resource: str) -> list[str]:
    told = [field.name for field in fields_of(MappedResource(resource))]
    return [*told, *ADDED[Resource(resource)]]


def number_names(resource: str) -> set[str]:
    told = fields_of(MappedResource(resource))
    return {"current_price"} | {f.name for f in told if f.kind in NUMBERS}


def csv_lines(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)  # CRLF and quotes as RFC 4180 has them
    return text.getvalue().encode()


def cell(value: Any, *, is_number: bool = False) -> str:
    """Return a value as a spreadsheet may take it: never as a formula."""
    if value is None:
        return ""
    if isinstance(value, list) and not any(isinstance(v, dict | list) for v in value):
        value = " | ".join(map(str, value))
    elif isinstance(value, dict | list):
        return _encode(value) if value else ""
    text = str(value)
    return f"'{text}" if not is_number and text.startswith(FORMULA) else text
