"""A run is leased by one worker at a time, which keeps it by renewing the lease.

A worker that is gone lets it run out; whoever finds it so takes the run over.
"""

from __future__ import annotations

import time
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from commerce.models import RunStatus, SyncRun
from hiwelink import clock

# Longer than one attempt at a page (30 s); renewed before each, and between them.
LEASE = timedelta(seconds=settings.SYNC_LEASE_SECONDS)
RENEW_SECONDS = settings.SYNC_LEASE_SECONDS / 4


class LeaseLost(Exception):
    """The run was cancelled, or another worker holds it now."""


def renew_lease(run: SyncRun) -> None:
    """Keep the run while a slow page is waited for. Raises LeaseLost."""
    renewed = held(run).update(lease_until=clock.now() + LEASE)
    if not renewed:
        raise LeaseLost


def sleep_under_lease(run: SyncRun, seconds: float) -> None:
    """Wait before a request, keeping the lease. Raises LeaseLost.

    The connector sleeps here before every attempt, so a cancelled run ends here too.
    """
    until = time.monotonic() + seconds
    while True:
        renew_lease(run)
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, RENEW_SECONDS))


def held(run: SyncRun) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(
        pk=run.pk, lease_token=run.lease_token, status=RunStatus.RUNNING
    )


def lock(run: SyncRun) -> None:
    """Take the run's row for the page about to be written. Raises LeaseLost.

    The commit need not wait for the disk: should the database itself go down in the
    half second after it, the page is lost with its checkpoint, and read again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'off', true)"
            f" FROM {SyncRun._meta.db_table}"
            " WHERE id = %s AND lease_token = %s AND status = %s FOR UPDATE",
            [run.pk, run.lease_token, RunStatus.RUNNING],
        )
        if not cursor.rowcount:
            raise LeaseLost


def release(run: SyncRun) -> None:
    held(run).update(lease_until=None, lease_token=None)
