"""What other apps have to do after a webhook, queued by name when it is committed."""

from __future__ import annotations

from commerce.models import Store
from hiwelink.worker.queue import queue, queue_once


def follow(
    store: Store, *, products_changed: bool = False, runs_started: bool = False
) -> None:
    """Call it in the transaction that changed something."""
    if products_changed:
        queue_once("chatbot.tasks.index_store", store.pk)
    if runs_started:
        queue("commerce.tasks.queue_next", store.pk)
