"""When each worker last began a task: the only proof that its queue moves."""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime, timedelta
from typing import Any

from hiwelink import clock
from hiwelink.worker.models import WorkerHeartbeat

# In the environment of a cluster: the name of the `manage.py worker` it belongs to.
NAME = "HIWELINK_WORKER"
BEAT_SECONDS = 5.0
FORGOTTEN_AFTER = timedelta(days=1)
_last_beat = 0.0


def new_name() -> str:
    """A name for this process, if it is a worker: several may share a machine."""
    return f"{socket.gethostname()}/{os.getpid()}"


def beat() -> None:
    """Note that this worker is alive, and forget those that have long been gone."""
    now = clock.now()
    _, is_new = WorkerHeartbeat.objects.update_or_create(
        host=os.environ.get(NAME) or socket.gethostname(), defaults={"seen_at": now}
    )
    if is_new:
        gone = WorkerHeartbeat.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER)
        gone.delete()


def note_task(**_: Any) -> None:
    """Beat when a task begins, at most every BEAT_SECONDS a process."""
    global _last_beat
    if time.monotonic() - _last_beat >= BEAT_SECONDS:
        _last_beat = time.monotonic()
        beat()


def last_seen(name: str | None = None) -> datetime | None:
    """Return when the worker `name`, or any, was last seen; None for never."""
    beats = WorkerHeartbeat.objects.filter(**({"host": name} if name else {}))
    newest = beats.order_by("-seen_at").first()
    return newest.seen_at if newest else None
