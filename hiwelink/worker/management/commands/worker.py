"""manage.py worker: a qcluster and an indexer, restarted when they stop moving."""

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

from hiwelink import clock
from hiwelink.worker import heartbeat
from hiwelink.worker.queue import queue

# A sync that lost its worker is found soon after its lease has ended.
CHECK_SECONDS = settings.SYNC_LEASE_SECONDS / 3
RESTART_PAUSE_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Run the background work: a django-q cluster, and beside it the indexer of the "
        "search. Each is restarted when it dies or hangs; SIGTERM lets running tasks "
        "finish."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stop = threading.Event()
        self.name = os.environ[heartbeat.NAME] = heartbeat.new_name()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        indexer = threading.Thread(target=self.keep_indexer)
        indexer.start()
        while not self.stop.is_set():
            cluster = start("qcluster")
            try:
                self.watch(cluster)
            finally:
                end(cluster, gently=self.stop.is_set())
            self.stop.wait(RESTART_PAUSE_SECONDS)
        indexer.join()

    def keep_indexer(self) -> None:
        """Run the indexer, which ends by itself when it hangs."""
        while not self.stop.is_set():
            indexer = start("indexer")
            while not self.stop.is_set() and indexer.poll() is None:
                self.stop.wait(0.5)
            end(indexer, gently=True)
            self.stop.wait(RESTART_PAUSE_SECONDS)

    def watch(self, cluster: subprocess.Popen[bytes]) -> None:
        """Return when the cluster has ended, hangs, or shall be stopped."""
        started = time.monotonic()
        next_check = 0.0
        while not self.stop.is_set() and cluster.poll() is None:
            if time.monotonic() >= next_check:
                next_check = time.monotonic() + CHECK_SECONDS
                if self.is_silent(started):
                    self.stderr.write("The cluster executes no task: restarting it.")
                    return
            self.stop.wait(0.5)

    def is_silent(self, started: float) -> bool:
        """Queue a task, and tell whether this worker began none for too long.

        Others on other machines begin theirs: they say nothing about this one.
        """
        try:
            queue("commerce.tasks.sweep")
            seen = heartbeat.last_seen(self.name)
        except DatabaseError:
            return False  # without a database nobody can say
        finally:
            connection.close()
        silent = time.monotonic() - started
        if seen is not None:
            silent = min(silent, (clock.now() - seen).total_seconds())
        return bool(silent > settings.WORKER_SILENCE_SECONDS)


def start(command: str) -> subprocess.Popen[bytes]:
    """Start a management command as the leader of a process group of its own."""
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), command],
        start_new_session=True,
    )


def end(leader: subprocess.Popen[bytes], *, gently: bool) -> None:
    """End a process with all its children, which outlive a killed parent."""
    if gently and leader.poll() is None:
        leader.terminate()
        with suppress(subprocess.TimeoutExpired):
            leader.wait(timeout=settings.WORKER_GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()
