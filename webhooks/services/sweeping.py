"""Deliveries that no request will finish: left over, failed, large, or replayed."""

from __future__ import annotations

import time

from django.db.models import F

from hiwelink import clock
from webhooks.models import Delivery
from webhooks.reading import Refusal
from webhooks.services import bulk
from webhooks.services.processing import (
    LEASE,
    MAX_ATTEMPTS,
    mark_failed,
    mark_refused,
    process_delivery,
    work_of,
)

INTERRUPTED = (
    f"Applying this was interrupted {MAX_ATTEMPTS} times, so it was stopped. Replay it; "
    "if it stops here again, ask us with this delivery's id."
)


def due_deliveries(limit: int) -> list[int]:
    """The primary keys of those whose time has come, the longest due first."""
    due = Delivery.objects.filter(due_at__lte=clock.now()).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:limit])


def claim(delivery_id: int) -> Delivery | None:
    """Take a delivery whose time has come; None when another worker was faster."""
    now = clock.now()
    taken = Delivery.objects.filter(pk=delivery_id, due_at__lte=now).update(
        due_at=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    return Delivery.objects.select_related("store").get(pk=delivery_id)


def take_up(delivery: Delivery) -> bool:
    """Apply a claimed delivery, or a slice of it; True when more is left.

    What goes wrong is marked and tried again later; a delivery that keeps killing its
    worker is given up, instead of being redelivered for ever.
    """
    started = time.perf_counter()
    if delivery.attempts > MAX_ATTEMPTS:
        mark_failed(delivery, code="interrupted", detail=INTERRUPTED, is_final=True)
        bulk.give_up(delivery)
        return False
    try:
        work = work_of(delivery)
    except Refusal as refusal:
        mark_refused(delivery, refusal, None, started)
        return False
    if bulk.is_large(delivery, work):
        return bulk.apply_slice(delivery.store, delivery, work)
    try:
        process_delivery(
            delivery.store, delivery, work, started=started, answering=False
        )
    except Exception:  # noqa: BLE001 -- logged and marked already
        return False
    return False
