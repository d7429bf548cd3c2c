"""Deliveries applied once more: after a mapping was mended, or after our mistake.

A replay counts as of the delivery's arrival, so that it never overwrites newer news.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from commerce.models import Order, Product
from webhooks.models import Delivery, DeliveryStatus
from webhooks.reading import Refusal
from webhooks.services import bulk
from webhooks.services.processing import mark_refused, process_delivery, work_of

UNFINISHED = (DeliveryStatus.RECEIVED, DeliveryStatus.QUEUED)
MOST_AT_ONCE = 10_000


class NotReplayable(Exception):
    """The body is not there, or it could not be understood the first time either."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True)
class Estimate:
    """What replaying a choice of deliveries would do.

    total: how many were chosen. replayable: how many of them are applied again, all at
    most MOST_AT_ONCE. stale: of these, how many change nothing because the record has
    newer news. by_event: {event: replayable ones}, the most frequent first.
    """

    total: int
    replayable: int
    stale: int
    by_event: dict[str, int]


def replay(delivery: Delivery) -> bool:
    """Apply a delivery again now; True when it is large and left to the worker.

    What became of it is in the row. The caller queues `process_due` then. Raises
    NotReplayable.
    """
    check_replayable(delivery)
    started = time.perf_counter()
    try:
        work = work_of(delivery)
    except Refusal as refusal:
        mark_refused(delivery, refusal, None, started)
        return False
    if bulk.is_large(delivery, work):
        bulk.enqueue(delivery.store, delivery, work)
        return True
    with suppress(Exception):  # it is logged, and marked in the row
        process_delivery(
            delivery.store, delivery, work, started=started, answering=False
        )
    return False


def check_replayable(delivery: Delivery) -> None:
    if delivery.status in UNFINISHED:
        raise NotReplayable("The delivery is being applied. Wait until it is done.")
    if delivery.status == DeliveryStatus.DUPLICATE:
        raise NotReplayable(
            "The delivery repeats another one. Replay that one: its details name it."
        )
    if not delivery.is_replayable:
        raise NotReplayable(
            "The delivery was refused before it was stored, or its body is no longer "
            "kept whole. Send it again from the store."
        )


def replayable(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return deliveries.filter(is_replayable=True, due_at__isnull=True).exclude(
        status__in=[*UNFINISHED, DeliveryStatus.DUPLICATE]
    )


def estimate(deliveries: QuerySet[Delivery]) -> Estimate:
    """Say what `replay_all` would do with these, without doing it."""
    total = deliveries.count()
    chosen = replayable(deliveries)
    rows = chosen.order_by().values_list("event").annotate(n=Count("pk"))
    by_event = dict(sorted(rows, key=lambda row: (-row[1], row[0])))
    newer: Callable[..., Exists] = lambda model: Exists(
        model.objects.filter(
            store=OuterRef("store"),
            external_id=OuterRef("external_id"),
            observed_at__gt=OuterRef("received_at"),
        )
    )
    stale = chosen.exclude(external_id="").filter(
        Q(newer(Product), endpoint="products") | Q(newer(Order), endpoint="orders")
    )
    return Estimate(
        total=total,
        replayable=min(sum(by_event.values()), MOST_AT_ONCE),
        stale=stale.count(),
        by_event=by_event,
    )


def replay_all(deliveries: QuerySet[Delivery]) -> int:
    """Leave the replayable ones to the worker, the oldest first; return how many.

    The caller queues `webhooks.tasks.sweep`.
    """
    chosen = replayable(deliveries).order_by("received_at")
    ids = list(chosen.values_list("pk", flat=True)[:MOST_AT_ONCE])
    return Delivery.objects.filter(pk__in=ids).update(
        due_at=F("received_at"), attempts=0, position=0
    )
