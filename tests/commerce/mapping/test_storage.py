"""What was mapped, in a real PostgreSQL: every text and every jsonb is accepted."""

import json
from datetime import datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given

from commerce.mapping.engine import map_record
from tests.commerce.mapping.test_properties import RECORDS, RESOURCES, quick

CASTS = {
    str: "text",
    int: "integer",
    Decimal: "numeric(14, 4)",
    datetime: "timestamptz",
}


def stored(value):
    """The value as PostgreSQL gives it back."""
    with connection.cursor() as cursor:
        if cast := CASTS.get(type(value)):
            cursor.execute(f"SELECT %s::{cast}", [value])
        else:
            cursor.execute("SELECT %s::jsonb::text", [json.dumps(value)])
        [told] = cursor.fetchone()
    return told if cast else as_sent(told)


def as_sent(text):
    """JSON with every number a float: jsonb writes 1e16 as 10000000000000000."""
    return json.loads(text, parse_int=float)


@pytest.mark.django_db
@quick
@given(RECORDS, RESOURCES)
def test_postgresql_takes_whatever_was_mapped(record, resource):
    mapped = map_record(record, resource)
    assert stored(mapped.raw) == as_sent(json.dumps(mapped.raw))
    for name, value in mapped.values.items():
        plain = type(value) in CASTS
        assert stored(value) == (value if plain else as_sent(json.dumps(value))), name
    for issue in mapped.issues:
        assert stored(issue.detail) == issue.detail
