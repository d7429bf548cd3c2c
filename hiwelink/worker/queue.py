"""The way to put work on the queue."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django_q.tasks import async_task
from redis import RedisError

logger = logging.getLogger(__name__)


def queue(task: Callable[..., Any] | str, *args: Any) -> None:
    """Queue `task(*args)` once the transaction around the call has committed.

    task: a function, or its dotted name where the caller may not import it.
    args: ids and plain values; payloads are pickled.
    """
    name = name_of(task)
    transaction.on_commit(lambda: send(name, *args))


def send(name: str, *args: Any) -> None:
    """Put `name(*args)` on the queue, or leave it to the sweepers when Redis is away.

    What asked for it is committed, and they find all work by its rows: whoever waits
    for an answer is not told of a failure that there was none of.
    """
    try:
        async_task(name, *args)
    except RedisError as error:
        logger.warning("%s could not be queued and waits for a sweep: %s", name, error)


def name_of(task: Callable[..., Any] | str) -> str:
    return task if isinstance(task, str) else f"{task.__module__}.{task.__name__}"
