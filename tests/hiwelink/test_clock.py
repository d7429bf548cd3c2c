"""One clock for all machines: this one's, or as far off it as it is off the database's."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from hiwelink import clock

NOON = datetime.fromisoformat("2026-11-25T12:00:00+00:00")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("theirs", [NOON, NOON + SECOND, NOON + 2 * SECOND])
def test_clocks_that_may_agree_are_not_set_apart(theirs):
    assert clock.offset_between(NOON, theirs, NOON + 2 * SECOND) == timedelta()


@pytest.mark.parametrize("minutes", [-10, 10])
def test_clocks_that_do_not_are(minutes):
    theirs = NOON + timedelta(minutes=minutes)
    after = NOON + 2 * SECOND
    offset = clock.offset_between(NOON, theirs, after)
    assert offset == timedelta(minutes=minutes) - SECOND


@pytest.mark.django_db
def test_it_is_compared_over_a_connection_and_not_over_each(monkeypatch):
    monkeypatch.setattr(clock, "_measured_at", -clock.MEASURE_SECONDS)
    monkeypatch.setattr(clock, "_offset", timedelta(hours=1))
    assert clock.now() - timezone.now() > timedelta(minutes=59)
    clock.measure(connection=connection)
    assert abs(clock.now() - timezone.now()) < timedelta(minutes=1)
    monkeypatch.setattr(clock, "_offset", timedelta(hours=1))
    clock.measure(connection=connection)
    assert clock.now() - timezone.now() > timedelta(minutes=59)
