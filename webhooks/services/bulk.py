"""Large bulk bodies: answered once stored, applied in slices, watched as sync runs.

A large body is a delivery with the place its next slice starts at, and a run of each
resource it holds. Each batch of records is committed together with both, so a killed
worker costs one batch. A small body needs no run: it is applied within its request.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from commerce.models import Store, SyncRun
from commerce.services import pushed
from hiwelink import clock
from webhooks.models import Delivery, DeliveryStatus
from webhooks.reading import RESOURCES, Change, Work
from webhooks.rows import update_delivery
from webhooks.services.applying import ISSUES_SHOWN, Outcome
from webhooks.services.batches import Tally, apply_batch, outcome_of
from webhooks.services.processing import LEASE, mark, mark_failed

# A change takes about a millisecond.
INLINE_CHANGES = 100
INLINE_BYTES = 512 * 1024
BATCH = 50
SLICE_SECONDS = 20.0
CANCELLED = "The sync run was cancelled; what it had stored is kept."


def is_large(delivery: Delivery, work: Work) -> bool:
    return len(work.changes) > 1 and (
        len(work.changes) > INLINE_CHANGES or delivery.body_bytes > INLINE_BYTES
    )


@transaction.atomic
def enqueue(store: Store, delivery: Delivery, work: Work, **values: Any) -> None:
    """Leave a recorded body to the worker, from its beginning.

    values: what else to write into the row. The caller queues `process_due`.
    """
    runs = [
        pushed.start_pushed(store, resource, batches=math.ceil(len(part) / BATCH))
        for resource, part in parts_of(work)
    ]
    values |= {
        "status": DeliveryStatus.QUEUED,
        "counts": {"records": len(work.changes)},
        "issues": [],
        "sync_runs": [str(run.uid) for run in runs],
        "position": 0,
        "attempts": 0,
        "due_at": clock.now(),
    }
    update_delivery(delivery, **values)


def parts_of(work: Work) -> list[tuple[str, list[Change]]]:
    """The changes by resource, products first; their order within one stays."""
    parts = [
        (resource, [change for change in work.changes if change.resource == resource])
        for resource in RESOURCES
    ]
    return [(resource, part) for resource, part in parts if part]


def batches_of(work: Work, position: int) -> list[Sequence[Change]]:
    """The batches that follow `position`, a number of changes; none mixes resources."""
    batches: list[Sequence[Change]] = []
    place = 0
    for _, part in parts_of(work):
        for start in range(0, len(part), BATCH):
            if place >= position:
                batches.append(part[start : start + BATCH])
            place += len(part[start : start + BATCH])
    return batches


def apply_slice(
    store: Store,
    delivery: Delivery,
    work: Work,
    *,
    slice_seconds: float = SLICE_SECONDS,
) -> bool:
    """Apply batches of a claimed body for a while; True when some are left.

    A batch that fails is marked, and tried again later.
    """
    started = time.perf_counter()
    runs = runs_of(delivery)
    try:
        for batch in batches_of(work, delivery.position):
            if time.perf_counter() - started >= slice_seconds:
                update_delivery(delivery, due_at=clock.now())
                return True
            with transaction.atomic():
                tally = apply_batch(store, delivery, batch)
                save_progress(delivery, tally, runs.get(batch[0].resource))
    except pushed.Ended:
        stop(delivery, started)
        return False
    except Exception:  # noqa: BLE001 -- logged and marked there
        mark_failed(delivery)
        if delivery.due_at is None:
            give_up(delivery)
        return False
    finish(delivery, runs, started)
    return False


def runs_of(delivery: Delivery) -> dict[str, SyncRun]:
    runs = SyncRun.objects.filter(uid__in=delivery.sync_runs, is_pushed=True)
    return {run.resource: run for run in runs}


def save_progress(delivery: Delivery, tally: Tally, run: SyncRun | None) -> None:
    """Note a batch where it can be watched. Raises Ended."""
    counts = dict(delivery.counts)
    for name, count in tally.counts.items():
        if name != "records":  # told from the start
            counts[name] = counts.get(name, 0) + count
    values: dict[str, Any] = {
        "position": delivery.position + tally.counts["records"],
        "counts": counts,
        "issues": [*delivery.issues, *tally.shown_issues()][:ISSUES_SHOWN],
        "due_at": clock.now() + LEASE,
        "attempts": 1,
    }
    if run is not None:
        revived = tally.counts["revived"]
        run_counts = tally.counts | {
            "records_read": tally.counts["records"],
            "created": tally.counts["created"] + revived,
            "unchanged": tally.counts["unchanged"] + tally.counts["stale"],
        }
        pushed.note_batch(run, run_counts, [issue for _, issue in tally.issues])
    update_delivery(delivery, **values)


def finish(delivery: Delivery, runs: dict[str, SyncRun], started: float) -> None:
    for run in runs.values():
        pushed.finish_pushed(run)
    mark(delivery, outcome_of(delivery.counts, delivery.issues), None, started)


def stop(delivery: Delivery, started: float) -> None:
    """End a body whose run the merchant cancelled, with the runs beside it."""
    for run in runs_of(delivery).values():
        pushed.finish_pushed(run, error=("cancelled", CANCELLED))
    outcome = Outcome(
        DeliveryStatus.UNCHANGED,
        counts=delivery.counts,
        issues=delivery.issues,
        code="cancelled",
        detail=CANCELLED,
    )
    mark(delivery, outcome, None, started)


def give_up(delivery: Delivery) -> None:
    """Close the runs of a body that is not tried again by itself."""
    error = (delivery.error_code, delivery.error_detail)
    for run in runs_of(delivery).values():
        pushed.finish_pushed(run, error=error)
