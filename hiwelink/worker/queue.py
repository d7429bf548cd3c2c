"""The ways to put work on the queue."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.module_loading import import_string
from django_q.tasks import async_task
from redis import RedisError

from hiwelink import clock
from hiwelink.worker.models import WaitingTask

logger = logging.getLogger(__name__)

# A task that waited so long was lost with its broker or is far behind: queued again.
LOST_AFTER = timedelta(minutes=1)


def queue(task: Callable[..., Any] | str, *args: Any) -> None:
    """Queue `task(*args)` once the transaction around the call has committed.

    task: a function, or its dotted name where the caller may not import it.
    args: ids and plain values; payloads are pickled.
    """
    name = name_of(task)
    transaction.on_commit(lambda: send(name, *args))


def queue_once(task: Callable[..., Any] | str, *args: Any) -> None:
    """Queue `task(*args)` like `queue`, unless it waits on the queue already.

    For tasks that find their own work: one that has not begun will see everything
    that was committed before now, so a thousand changes need few of them.
    """
    name = name_of(task)
    transaction.on_commit(lambda: _queue_unless_waiting(name, args))


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


def run_waiting(name: str, *args: Any) -> Any:
    """Run a task of `queue_once`; what happens from now on is for the next one."""
    WaitingTask.objects.filter(key=key_of(name, args)).delete()
    return import_string(name)(*args)


def key_of(name: str, args: tuple[Any, ...]) -> str:
    return f"{name}{args}"


def _queue_unless_waiting(name: str, args: tuple[Any, ...]) -> None:
    now, key = clock.now(), key_of(name, args)
    table = WaitingTask._meta.db_table
    with connection.cursor() as cursor:
        # Looking first spares most callers a write.
        cursor.execute(
            f'SELECT 1 FROM "{table}" WHERE key = %s AND queued_at >= %s',
            [key, now - LOST_AFTER],
        )
        if cursor.fetchone() is not None:
            return
        cursor.execute(
            f'INSERT INTO "{table}" AS waiting (key, queued_at) VALUES (%s, %s) '
            "ON CONFLICT (key) DO UPDATE SET queued_at = EXCLUDED.queued_at "
            "WHERE waiting.queued_at < %s RETURNING 1",
            [key, now, now - LOST_AFTER],
        )
        is_new = cursor.fetchone() is not None
    if is_new:
        send("hiwelink.worker.queue.run_waiting", name, *args)
