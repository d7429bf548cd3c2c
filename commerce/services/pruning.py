"""The history of syncs forgets: what old runs changed and complained of, then the runs.

Of each store and resource the last run stays, so that a store's page can always say how
it went; its details go all the same, since they repeat what a store sent, customers'
data among it.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from commerce.models import RecordChange, SeenRecord, SyncIssue, SyncRun

BATCH = 1_000
SLICE_SECONDS = 10.0


def prune_slice(*, slice_seconds: float = SLICE_SECONDS) -> tuple[int, bool]:
    """Remove what is too old for a while; return how many rows, and whether more is.

    A run that waits for its merchant's decision keeps what it needs for it.
    """
    ends_at = time.monotonic() + slice_seconds
    before = timezone.now() - timedelta(days=settings.SYNC_HISTORY_DAYS)
    removed = 0
    for rows in (
        RecordChange.objects.filter(run__finished_at__lt=before),
        SyncIssue.objects.filter(run__finished_at__lt=before),
        SeenRecord.objects.filter(run__in=old_runs(before)),
        old_runs(before),
    ):
        while gone := delete_some(rows):
            removed += gone
            if time.monotonic() >= ends_at:
                return removed, True
    return removed, False


def old_runs(before: datetime) -> QuerySet[SyncRun]:
    """Runs that ended before then and are neither the last of their kind nor waiting."""
    newer = SyncRun.objects.filter(
        store=OuterRef("store"),
        resource=OuterRef("resource"),
        is_pushed=OuterRef("is_pushed"),
        finished_at__isnull=False,
        id__gt=OuterRef("id"),
    )
    return SyncRun.objects.filter(
        Exists(newer), finished_at__lt=before, deletions_held=0
    )


def delete_some(rows: QuerySet[RecordChange | SyncIssue | SeenRecord | SyncRun]) -> int:
    """Delete up to BATCH rows in a transaction of their own; return how many."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if ids:
        rows.model._base_manager.filter(pk__in=ids).only("pk").delete()
    return len(ids)
