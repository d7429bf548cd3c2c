"""Bodies of many records: small ones within their request, large ones in slices.

A large body is a delivery with the place its next slice starts at. Each batch of
records is committed together with that place, so a killed worker costs one batch.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction
from django.utils import timezone

from commerce.models import Store
from webhooks.models import Delivery, DeliveryStatus
from webhooks.reading import Work
from webhooks.services.batches import Tally, apply_batch
from webhooks.services.processing import LEASE, mark, mark_failed

# A body with more than this is answered at once and applied in the background: a
# change takes some 3 ms.
INLINE_CHANGES = 100
INLINE_BYTES = 512 * 1024
BATCH = 50
SLICE_SECONDS = 20.0


def is_large(delivery: Delivery, work: Work) -> bool:
    return len(work.changes) > 1 and (
        len(work.changes) > INLINE_CHANGES or delivery.body_bytes > INLINE_BYTES
    )


def enqueue(delivery: Delivery, work: Work, started: float) -> None:
    """Leave a recorded body to the worker; the caller queues `process_due`."""
    elapsed = round((time.perf_counter() - started) * 1000)
    start_anew(delivery, len(work.changes), http_status=200, duration_ms=elapsed)


def start_anew(delivery: Delivery, records: int, **values: Any) -> None:
    """Have a body applied from its beginning."""
    values |= {
        "status": DeliveryStatus.QUEUED,
        "counts": {"records": records},
        "issues": [],
        "position": 0,
        "attempts": 0,
        "due_at": timezone.now(),
    }
    Delivery.objects.filter(pk=delivery.pk).update(**values)
    vars(delivery).update(values)


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
    changes = work.changes
    tally = Tally.of(delivery, len(changes))
    while delivery.position < len(changes):
        if time.perf_counter() - started >= slice_seconds:
            Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now())
            return True
        batch = changes[delivery.position : delivery.position + BATCH]
        try:
            with transaction.atomic():
                apply_batch(store, delivery, batch, tally)
                save_progress(delivery, delivery.position + len(batch), tally)
        except Exception:  # noqa: BLE001 -- logged and marked there
            mark_failed(delivery)
            return False
    mark(delivery, tally.outcome(), None, started)
    return False


def save_progress(delivery: Delivery, position: int, tally: Tally) -> None:
    values = {
        "position": position,
        "counts": tally.shown(),
        "issues": tally.issues,
        "due_at": timezone.now() + LEASE,
        "attempts": 1,
    }
    Delivery.objects.filter(pk=delivery.pk).update(**values)
    vars(delivery).update(values)
