"""The ways to put work on the queue."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from hiwelink.worker.models import WaitingTask

# A task that waited so long was lost with its broker or is far behind: queued again.
LOST_AFTER = timedelta(minutes=1)


def queue(task: Callable[..., Any] | str, *args: Any) -> None:
    """Queue `task(*args)` once the transaction around the call has committed.

    task: a function, or its dotted name where the caller may not import it.
    args: ids and plain values; payloads are pickled.
    """
    name = name_of(task)
    transaction.on_commit(lambda: async_task(name, *args))


def queue_once(task: Callable[..., Any] | str, *args: Any) -> None:
    """Queue `task(*args)` like `queue`, unless it waits on the queue already.

    For tasks that find their own work: one that has not begun will see everything
    that was committed before now, so a thousand changes need few of them.
    """
    name = name_of(task)
    transaction.on_commit(lambda: _queue_unless_waiting(name, args))


def name_of(task: Callable[..., Any] | str) -> str:
    return task if isinstance(task, str) else f"{task.__module__}.{task.__name__}"


def run_waiting(name: str, *args: Any) -> Any:
    """Run a task of `queue_once`; what happens from now on is for the next one."""
    WaitingTask.objects.filter(key=key_of(name, args)).delete()
    return import_string(name)(*args)


def key_of(name: str, args: tuple[Any, ...]) -> str:
    return f"{name}{args}"


def _queue_unless_waiting(name: str, args: tuple[Any, ...]) -> None:
    now, key = timezone.now(), key_of(name, args)
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
        async_task("hiwelink.worker.queue.run_waiting", name, *args)
