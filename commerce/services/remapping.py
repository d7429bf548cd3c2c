"""A changed mapping re-maps what is stored, in the background.

The marker (Remap) is written with the mapping. Any worker may lease it for a slice;
each batch's rows, counts and cursor are committed together under the lease, so a killed
worker costs one batch. The mapping is locked, shared, before the rows are (catalog.py):
no page or webhook can write under the old mapping behind the remapping's back.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from commerce.models import Order, Product, Remap, Resource, Store
from commerce.services.catalog import Writer, lock_mapping
from commerce.services.rewriting import Rewritten, rewrite_batch
from hiwelink import clock

# Short, so that polls and the index are not kept waiting by a large catalogue.
SLICE_SECONDS = 5.0
# Longer than any batch takes; renewed with each.
LEASE = timedelta(seconds=settings.SYNC_LEASE_SECONDS)
# A remapping nobody claimed for this long has lost its place in the queue.
REQUEUE_AFTER = timedelta(seconds=30)
MAX_ATTEMPTS = 5
# How often rows that wait for another's id are looked at again.
MAX_PASSES = 10

PROGRESS = [
    "done",
    "changed",
    "skipped",
    "issue_counts",
    "cursor",
    "lease_token",
    "lease_until",
    "attempts",
    "finished_at",
]


class LeaseLost(Exception):
    """The mapping was changed again, or another worker holds the remapping now."""


def request_remap(store: Store) -> Remap:
    """Begin, or begin anew, to remap the store's records; the caller queues a slice.

    To be called in the transaction that changes the mapping, under its lock.
    """
    total = sum(
        model.objects.filter(store=store, deleted_at__isnull=True).count()
        for model in (Product, Order)
    )
    remap, _ = Remap.objects.update_or_create(
        store=store,
        defaults={
            "uid": uuid.uuid4(),
            "total": total,
            "done": 0,
            "changed": 0,
            "skipped": 0,
            "issue_counts": {},
            "error_code": "",
            "cursor": {},
            "lease_token": None,
            "lease_until": None,
            "attempts": 0,
            "started_at": clock.now(),
            "finished_at": None,
        },
    )
    return remap


def claim_remap(store_id: int) -> Remap | None:
    """Lease the store's remapping for a slice; None when there is nothing to do."""
    token, now = uuid.uuid4(), clock.now()
    claimed = waiting().filter(store_id=store_id)
    if not claimed.update(
        lease_token=token, lease_until=now + LEASE, attempts=F("attempts") + 1
    ):
        return None
    return (
        Remap.objects.filter(store_id=store_id, lease_token=token)
        .select_related("store")
        .first()
    )


def run_slice(remap: Remap, *, slice_seconds: float = SLICE_SECONDS) -> bool:
    """Remap batches until all is done or time is up; True when more is to do."""
    if remap.attempts > MAX_ATTEMPTS:
        abandon(remap)
        return False
    ends_at = time.monotonic() + slice_seconds
    try:
        while True:
            remap_batch(remap)
            if not remap.is_active:
                return False
            if time.monotonic() >= ends_at:
                return bool(held(remap).update(lease_token=None, lease_until=None))
    except LeaseLost:
        return False


@transaction.atomic
def remap_batch(remap: Remap) -> None:
    """Remap the next records and commit how far it is. Raises LeaseLost."""
    lock_mapping(remap.store)
    if not held(remap).select_for_update().exists():
        raise LeaseLost
    cursor = {"resource": Resource.PRODUCTS, "after": "", "pass": 1} | remap.cursor
    batch = rewrite_batch(
        remap.store,
        cursor["resource"],
        after=cursor["after"],
        writer=Writer("remap", remap.uid),
    )
    count(remap, batch, cursor["resource"], is_first=cursor["pass"] == 1)
    cursor["after"] = batch.last
    cursor["renamed"] = cursor.get("renamed", 0) + batch.renamed
    cursor["blocked"] = cursor.get("blocked", 0) + batch.blocked
    if not batch.last:
        cursor = next_pass(cursor)
    remap.cursor = cursor
    remap.attempts = 0
    remap.lease_until = clock.now() + LEASE
    if not cursor:
        remap.finished_at = clock.now()
        remap.lease_token = remap.lease_until = None
    remap.save(update_fields=PROGRESS)


def count(remap: Remap, batch: Rewritten, resource: str, *, is_first: bool) -> None:
    """Add a batch to the counts; what waited for an id was counted as skipped before."""
    remap.changed += batch.changed
    if is_first:
        # What arrives meanwhile is looked at too, but is not in the total.
        remap.done = min(remap.done + batch.looked_at, remap.total)
        remap.skipped += batch.skipped
        add(remap.issue_counts, resource, batch.issues)
    else:
        remap.skipped = max(remap.skipped - batch.renamed, 0)
        add(remap.issue_counts, resource, {"duplicate_id": -batch.renamed})


def add(
    counts: dict[str, dict[str, int]], resource: str, more: Mapping[str, int]
) -> None:
    both = Counter(counts.get(resource, {}))
    both.update(more)
    counts[resource] = {code: number for code, number in both.items() if number > 0}
    if not counts[resource]:
        del counts[resource]


def next_pass(cursor: dict[str, object]) -> dict[str, object]:
    """Where to go on at the end of a resource; {} at the end of all.

    Rows that wait for an id another row has are tried again while ids become free.
    """
    number = int(str(cursor["pass"]))
    if cursor["renamed"] and cursor["blocked"] and number < MAX_PASSES:
        return {"resource": cursor["resource"], "after": "", "pass": number + 1}
    if cursor["resource"] == Resource.PRODUCTS:
        return {"resource": Resource.ORDERS, "after": "", "pass": 1}
    return {}


def abandon(remap: Remap) -> None:
    """Give up what keeps killing its workers, instead of trying for ever."""
    held(remap).update(
        finished_at=clock.now(),
        error_code="interrupted",
        lease_token=None,
        lease_until=None,
    )


def held(remap: Remap) -> QuerySet[Remap]:
    return Remap.objects.filter(
        pk=remap.pk, lease_token=remap.lease_token, finished_at__isnull=True
    )


def waiting() -> QuerySet[Remap]:
    """Unfinished remappings nobody works on."""
    return Remap.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lte=clock.now()),
        finished_at__isnull=True,
        store__deleting_at__isnull=True,
    )


def lost_remaps() -> list[int]:
    """The primary keys of stores whose remapping may have lost its message."""
    settled = clock.now() - REQUEUE_AFTER
    lost = waiting().filter(Q(lease_until__isnull=False) | Q(started_at__lte=settled))
    return list(lost.values_list("store_id", flat=True))
