"""When a store is polled next: its interval, spread out, and longer while it fails."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile

from django.db import transaction

from commerce.models import (
    ACTIVE,
    Resource,
    RunStatus,
    Store,
    StoreStatus,
    Trigger,
)
from hiwelink import clock

# A store comes up to this share of its interval later, each its own part of it, so
# that stores connected together drift apart.
SPREAD = 0.05
# A store that fails is asked half as often each time, and once a day at least.
MOST_DOUBLINGS = 6
LONGEST_BACK_OFF = timedelta(days=1)
# Polls a sweep starts at most, or a tenth of those due: what waits after hours without
# a worker comes in the order it fell due, and leaves room for syncs started by hand.
STARTS_A_SWEEP = 25
# A worker that dies while it starts a poll leaves it due again after this long.
CLAIMED_FOR = timedelta(minutes=2)


def plan_next_sync(store: Store, *, failures: int = 0) -> None:
    """Set when a connected store is polled next, counted from now.

    failures: scheduled polls in a row that failed, see polls_failed. What the database
    says of interval and connection counts, not what the caller read of it earlier.
    """
    with transaction.atomic():
        current = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
        store.next_sync_at = next_poll_at(current, failures=failures)
        Store.objects.filter(pk=store.pk).update(next_sync_at=store.next_sync_at)


def next_poll_at(store: Store, *, failures: int = 0) -> datetime | None:
    """Return the time of the next poll, None for a store that is not polled."""
    if not store.sync_interval_minutes or not store.is_connected or store.deleting_at:
        return None
    interval = timedelta(minutes=store.sync_interval_minutes)
    delay = min(
        interval * 2 ** min(failures, MOST_DOUBLINGS), max(interval, LONGEST_BACK_OFF)
    )
    own_part: float = store.uid.int % 997 / 997
    at: datetime = clock.now() + delay * (1 + SPREAD * own_part)
    return at


def polls_failed(store: Store) -> int:
    """Return how many scheduled polls in a row failed, of the worse resource.

    A run started by hand, by a webhook or by reconnecting ends the row.
    """
    return max(scheduled_failures(store, resource) for resource in Resource.values)


def scheduled_failures(store: Store, resource: str) -> int:
    ended = (
        store.sync_runs.filter(
            resource=resource, is_pushed=False, created_at__gte=store.connected_at
        )
        .exclude(status__in=[*ACTIVE, RunStatus.CANCELLED])
        .order_by("-id")
        .values_list("status", "trigger")[: MOST_DOUBLINGS + 1]
    )
    failed = (RunStatus.FAILED, Trigger.SCHEDULED)
    return len(list(takewhile(lambda run: run == failed, ended)))


def claim_due_stores() -> list[Store]:
    """Return the stores this sweep polls, the longest due first.

    Claiming moves `next_sync_at`, and only the one that moved it has the store: of two
    sweeps at once each store goes to one.
    """
    now = clock.now()
    due = Store.objects.filter(
        status=StoreStatus.CONNECTED, deleting_at__isnull=True, next_sync_at__lte=now
    )
    most = max(STARTS_A_SWEEP, due.count() // 10)
    return [
        store
        for store in due.order_by("next_sync_at", "id")[:most]
        if due.filter(pk=store.pk, next_sync_at=store.next_sync_at).update(
            next_sync_at=now + CLAIMED_FOR
        )
    ]
