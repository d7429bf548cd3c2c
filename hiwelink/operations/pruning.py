"""What HiWelink notes about itself is forgotten too: logins, sessions, tasks, acts.

Stores' own records have their pruning in each app. Every table that grows by itself is
in one of them; tests/test_a_year.py lets a year pass.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django_q.models import Task

from hiwelink.teams.models import AuditEntry, Invitation
from hiwelink.worker.models import WorkerHeartbeat
from hiwelink.worker.queue import queue

BATCH = 1_000
SLICE_SECONDS = 10.0
LOGIN_DAYS = 90
TASK_DAYS = 30  # the failed ones; django-q keeps only the last successes by itself
INVITATION_DAYS = 30  # after its end
WORKER_DAYS = 7  # each start of a worker is another row


def prune() -> str:
    """Forget old notes for about 10 s, then queue the rest of them."""
    removed, has_more = prune_slice()
    if has_more:
        queue(prune)
    return f"{removed} rows removed"


def prune_slice(*, slice_seconds: float = SLICE_SECONDS) -> tuple[int, bool]:
    """Remove what is too old for a while; return how many rows, and whether more is."""
    ends_at = time.monotonic() + slice_seconds
    removed = 0
    for rows in old_rows():
        while gone := delete_some(rows):
            removed += gone
            if time.monotonic() >= ends_at:
                return removed, True
    return removed, False


def old_rows() -> Iterator[QuerySet[Any]]:
    now = timezone.now()
    acts, logins = (
        now - timedelta(days=days) for days in (settings.AUDIT_LOG_DAYS, LOGIN_DAYS)
    )
    yield Session.objects.filter(expire_date__lt=now)
    yield AccessAttempt.objects.filter(attempt_time__lt=now - timedelta(days=1))
    yield AccessFailureLog.objects.filter(attempt_time__lt=logins)
    yield AccessLog.objects.filter(attempt_time__lt=logins)
    yield Task.objects.filter(stopped__lt=now - timedelta(days=TASK_DAYS))
    yield WorkerHeartbeat.objects.filter(seen_at__lt=now - timedelta(days=WORKER_DAYS))
    yield Invitation.objects.filter(
        expires_at__lt=now - timedelta(days=INVITATION_DAYS)
    )
    yield AuditEntry.objects.filter(at__lt=acts)
    yield LogEntry.objects.filter(action_time__lt=acts)


def delete_some(rows: QuerySet[Any]) -> int:
    """Delete up to BATCH rows in a transaction of their own; return how many."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if keys:
        rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)
