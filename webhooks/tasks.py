"""What the worker calls. Rules live in the services."""

from __future__ import annotations

from hiwelink.worker.queue import queue
from webhooks.services import pruning, sweeping

NOTHING_TO_DO = "nothing to do"
PICKED_UP = 500  # deliveries a sweep


def process_due(delivery_id: int) -> str:
    """Apply a delivery whose request did not, or a slice of a large body."""
    delivery = sweeping.claim(delivery_id)
    if delivery is None:
        return NOTHING_TO_DO
    if sweeping.take_up(delivery):
        queue(process_due, delivery_id)
    return f"{delivery} {delivery.status}"


def sweep() -> str:
    """Pick up what was left by killed processes, and remove what is too old."""
    due = sweeping.due_deliveries(PICKED_UP)
    for delivery_id in due:
        queue(process_due, delivery_id)
    pruned = pruning.prune_slice()
    return f"{len(due)} deliveries picked up, {pruned} removed"
