"""What the worker calls. Rules live in the services."""

from __future__ import annotations

import time

from hiwelink.logs import log_subject
from hiwelink.worker.queue import queue
from webhooks.services import pruning, sweeping

NOTHING_TO_DO = "nothing to do"
SLICE_SECONDS = 20.0
BATCH = 50


def process_due(delivery_id: int) -> str:
    """Apply a delivery whose request did not, or a slice of a large body."""
    delivery = sweeping.claim(delivery_id)
    if delivery is None:
        return NOTHING_TO_DO
    with log_subject(delivery=delivery.uid):
        is_unfinished = sweeping.take_up(delivery)
    if is_unfinished:
        queue(process_due, delivery_id)
    return f"{delivery} {delivery.status}"


def sweep() -> str:
    """Pick up what was left by killed processes, and remove what is too old."""
    ends_at = time.monotonic() + SLICE_SECONDS
    picked_up = 0
    while due := sweeping.due_deliveries(BATCH):
        if time.monotonic() >= ends_at:
            queue(sweep)
            break
        for delivery_id in due:
            delivery = sweeping.claim(delivery_id)
            if delivery is not None:
                sweeping.take_up(delivery)
                picked_up += 1
    pruned = pruning.prune_slice()
    return f"{picked_up} deliveries picked up, {pruned} removed"
