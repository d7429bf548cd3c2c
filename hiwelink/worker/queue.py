"""The one way to put work on the queue."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django_q.tasks import async_task


def queue(task: Callable[..., Any] | str, *args: Any) -> None:
    """Queue `task(*args)` once the transaction around the call has committed.

    task: a function, or its dotted name where the caller may not import it.
    args: ids and plain values; payloads are pickled.
    """
    name = task if isinstance(task, str) else f"{task.__module__}.{task.__name__}"
    transaction.on_commit(lambda: async_task(name, *args))
