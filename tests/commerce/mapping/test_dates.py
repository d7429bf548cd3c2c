from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from commerce.mapping.dates import iso_text, read_date
from commerce.mapping.notes import Unreadable

MOMENT = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
MIDNIGHT = datetime(2024, 1, 15, tzinfo=UTC)

READ = [
    ("2024-01-15T10:30:00Z", MOMENT),
    ("2024-01-15T10:30:00+00:00", MOMENT),
    ("2024-01-15T10:30:00+00:00Z", MOMENT),  # the published FastAPI code, aware dates
    ("2024-01-15T10:30:00-00:00", MOMENT),
    ("2024-01-15T12:30:00+02:00", MOMENT),
    ("2024-01-15T12:30:00+02:00Z", MOMENT),
    ("2024-01-15T05:30:00-0500", MOMENT),
    ("2024-01-15T05:30:00-05", MOMENT),
    ("2024-01-15T16:00:00+05:30", MOMENT),
    ("2024-01-15T10:30:00", MOMENT),
    ("2024-01-15T10:30", MOMENT),
    ("2024-01-15 10:30:00", MOMENT),
    ("2024-01-15 10:30:00Z", MOMENT),
    ("2024-01-15 10:30:00 UTC", MOMENT),
    ("2024-01-15 12:30:00 +0200", MOMENT),
    ("20240115T103000Z", MOMENT),
    ("2024/01/15 10:30:00", MOMENT),
    ("2024/01/15T12:30+02:00", MOMENT),
    ("2024/01/15", MIDNIGHT),
    ("  2024-01-15T10:30:00Z\n", MOMENT),
    ("2024-01-15t10:30:00z", MOMENT),
    ("2024-01-15T10:30:00.5Z", MOMENT + timedelta(milliseconds=500)),
    ("2024-01-15T10:30:00.000Z", MOMENT),
    ("2024-01-15T10:30:00,250Z", MOMENT + timedelta(milliseconds=250)),
    ("2024-01-15T10:30:00.123456Z", MOMENT + timedelta(microseconds=123456)),
    ("2024-01-15T10:30:00.123456789Z", MOMENT + timedelta(microseconds=123456)),
    ("2024-01-15", MIDNIGHT),
    ("20240115", MIDNIGHT),
    (20240115, MIDNIGHT),
    (1705314600, MOMENT),
    (1705314600.5, MOMENT + timedelta(milliseconds=500)),
    (1705314600000, MOMENT),
    (1705314600250, MOMENT + timedelta(milliseconds=250)),
    ("1705314600", MOMENT),
    ("1705314600000", MOMENT),
    ("1705314600.0", MOMENT),
    (Decimal(1705314600), MOMENT),
    ("Mon, 15 Jan 2024 10:30:00 GMT", MOMENT),
    ("Mon, 15 Jan 2024 12:30:00 +0200", MOMENT),
    ("15 Jan 2024 10:30 GMT", MOMENT),
    ("Mon, 15 Jan 2024 05:30:00 EST", MOMENT),
]

REFUSED = [
    "yesterday", "15/01/2024", "01/15/2024 10:30", "2024-13-01", "2024-02-30", "2024/01-15",
    "2024-01-15T25:00:00Z", "2024-01-15T10:30:00+99:00", "2024-01-15T10:30:00 CEST",
    "Mon, 15 Jan 2024 12:30:00 CEST", "Mon, 99 Jan 2024 10:30:00 GMT", "0001-01-01",
    "9999-12-31T23:59:59Z", "1899-12-31", "9" * 20, "1" * 5000, "NaN", "\ud800",
    "2024-01-15T10:30:00Z\x00", "٢٠٢٤-٠١-١٥",
    True, False, 10**30, 10**5000, -(10**17), 1e300, float("nan"), float("inf"),
    Decimal("NaN"), Decimal("sNaN"), Decimal("1E+999999"), {}, ["2024-01-15"],
    {"date": "2024-01-15"},
]  # fmt: skip


@pytest.mark.parametrize(("value", "moment"), READ)
def test_a_date_is_read_as_utc(value, moment):
    read = read_date(value)
    assert read == moment
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
def test_what_is_no_date_is_refused(value):
    with pytest.raises(Unreadable) as error:
        read_date(value)
    assert error.value.note.code == "invalid_date"


@pytest.mark.parametrize(
    "value", ["", "  ", "0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00Z"]
)
def test_blank_texts_and_zero_dates_are_none(value):
    assert read_date(value) is None


def test_the_apis_show_dates_with_a_z():
    assert iso_text(MOMENT) == "2024-01-15T10:30:00Z"
    assert read_date(iso_text(MOMENT)) == MOMENT
