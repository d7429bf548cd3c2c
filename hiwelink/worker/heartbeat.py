"""When a worker last began a task: the only proof that the queue moves."""

from __future__ import annotations

import socket
import time
from datetime import datetime
from typing import Any

from django.utils import timezone

from hiwelink.worker.models import WorkerHeartbeat

BEAT_SECONDS = 5.0
_last_beat = 0.0


def beat() -> None:
    WorkerHeartbeat.objects.update_or_create(
        host=socket.gethostname(), defaults={"seen_at": timezone.now()}
    )


def note_task(**_: Any) -> None:
    """Beat when a task begins, at most every BEAT_SECONDS a process."""
    global _last_beat
    if time.monotonic() - _last_beat >= BEAT_SECONDS:
        _last_beat = time.monotonic()
        beat()


def last_seen(host: str | None = None) -> datetime | None:
    """Return when a worker was last seen, on `host` or anywhere; None for never."""
    beats = WorkerHeartbeat.objects.filter(**({"host": host} if host else {}))
    newest = beats.order_by("-seen_at").first()
    return newest.seen_at if newest else None
