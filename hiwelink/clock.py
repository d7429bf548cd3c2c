"""The clock that all machines share: the database's.

Leases, due times, heartbeats and what was seen first are written by one machine and read
by another, whose own clock may be minutes off: a worker in the future would take runs
from those that hold them, and its pages would overwrite newer news. Every new connection
therefore measures how far this machine's clock is from the database's, and `now` takes
that into account; a question to the database each time would cost more than what it is
asked for.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

MEASURE_SECONDS = 30.0
_offset = timedelta()
_measured_at = -MEASURE_SECONDS


def now() -> datetime:
    """The time on the shared clock, in UTC."""
    return shared(timezone.now())


def shared(moment: datetime) -> datetime:
    """What a moment of this machine's clock is on the shared one."""
    return moment + _offset


def measure(*, connection: Any, **_: Any) -> None:
    """Compare the clocks over a new connection, unless that was done a moment ago."""
    global _offset, _measured_at
    if time.monotonic() - _measured_at < MEASURE_SECONDS:
        return
    before = timezone.now()
    # Past Django: no log of queries, and nothing that counts or forbids them.
    row = connection.connection.execute("SELECT clock_timestamp()").fetchone()
    _offset = offset_between(before, row[0], timezone.now())
    _measured_at = time.monotonic()


def offset_between(before: datetime, theirs: datetime, after: datetime) -> timedelta:
    """How far behind theirs our clock is, as read before and after asking for theirs.

    None when ours may be right: two machines that agree are not set apart by the time
    an answer takes.
    """
    if before <= theirs <= after:
        return timedelta()
    return theirs - (before + (after - before) / 2)
