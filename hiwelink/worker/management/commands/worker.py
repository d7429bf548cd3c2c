"""manage.py worker: a qcluster that is restarted when it stops moving."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from hiwelink.worker.heartbeat import last_seen
from hiwelink.worker.queue import queue

CHECK_SECONDS = 15.0
# Longer than every worker may be busy with a slice; then the cluster hangs.
SILENCE_SECONDS = 150.0
RESTART_PAUSE_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Run the background worker (a django-q cluster). It is restarted when it dies "
        "or hangs; SIGTERM lets running tasks finish."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        while not self.stop.is_set():
            cluster = start_cluster()
            try:
                self.watch(cluster)
            finally:
                end_cluster(cluster, gently=self.stop.is_set())
            self.stop.wait(RESTART_PAUSE_SECONDS)

    def watch(self, cluster: subprocess.Popen[bytes]) -> None:
        """Return when the cluster has ended, hangs, or shall be stopped."""
        started = time.time()
        next_check = 0.0
        while not self.stop.is_set() and cluster.poll() is None:
            if time.monotonic() >= next_check:
                next_check = time.monotonic() + CHECK_SECONDS
                if self.is_silent(started):
                    self.stderr.write("The cluster executes no task: restarting it.")
                    return
            self.stop.wait(0.5)

    def is_silent(self, started: float) -> bool:
        """Queue a task, and tell whether none was begun for too long."""
        try:
            queue("commerce.tasks.sweep")
            seen = last_seen()
        except DatabaseError:
            return False  # without a database nobody can say
        finally:
            connection.close()
        newest = max(started, seen.timestamp() if seen else 0.0)
        return time.time() - newest > SILENCE_SECONDS


def start_cluster() -> subprocess.Popen[bytes]:
    """Start qcluster as the leader of a process group of its own."""
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"],
        start_new_session=True,
    )


def end_cluster(cluster: subprocess.Popen[bytes], *, gently: bool) -> None:
    """End the cluster with all its processes, which outlive a killed parent."""
    if gently and cluster.poll() is None:
        cluster.terminate()
        with suppress(subprocess.TimeoutExpired):
            cluster.wait(timeout=settings.WORKER_GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(cluster.pid, signal.SIGKILL)
    cluster.wait()
