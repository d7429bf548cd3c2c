"""A year in miniature: what every day brings is forgotten in time, in bounded work.

The clock is moved day by day (`timezone.now`); each day writes its rows, and what the
queue does by itself prunes. No table may ever hold more than its days' worth.
"""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from chatbot.models import Chatbot, Conversation, Counter, Message
from commerce.models import RecordChange, SeenRecord, SyncIssue, SyncRun
from hiwelink.operations import pruning
from hiwelink.teams.models import AuditEntry, Invitation
from hiwelink.worker.models import WorkerHeartbeat
from hiwelink.worker.schedules import EVERY_HOUR, EVERY_MINUTE
from tests.factories import make_store
from webhooks.models import Delivery, ThrottledHour

pytestmark = pytest.mark.django_db
STEP = timedelta(days=5)
A_STEP = 3  # rows of each kind
# How many days a row of each may stay, from the settings and constants.
KEPT_DAYS = {
    SyncRun: 90,
    SyncIssue: 90,
    RecordChange: 90,
    SeenRecord: 90,
    Delivery: 30,
    ThrottledHour: 30,
    Conversation: 90,
    Message: 90,
    Counter: 1,
    AuditEntry: 365,
    LogEntry: 365,
    AccessLog: pruning.LOGIN_DAYS,
    AccessFailureLog: pruning.LOGIN_DAYS,
    AccessAttempt: 1,
    Session: 14,
    Task: pruning.TASK_DAYS,
    WorkerHeartbeat: pruning.WORKER_DAYS,
    Invitation: pruning.INVITATION_DAYS + 7,
}
# Bounded by what merchants own, not by time.
LASTING = {
    *("Store", "Product", "Order", "Remap", "User", "Workspace", "Membership"),
    *("ApiToken", "WebhookSecret", "WebhookSettings", "Chatbot", "MerchantAnswer"),
    *("SearchIndex", "SearchDocument", "ProductVector", "SearchTerm", "Schedule"),
    *("Notice", "Group", "Permission", "ContentType"),
    *("Success", "Failure", "OrmQ"),  # views of Task; what waits on the queue
    "AccessAttemptExpiration",  # goes with its attempt
}


@pytest.fixture
def clock(monkeypatch) -> Callable[[datetime], None]:
    def move(to: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: to)

    return move


def test_every_table_is_pruned_or_bounded():
    """A new model has to say here how it ends."""
    named = {model.__name__ for model in KEPT_DAYS} | LASTING
    assert {model.__name__ for model in apps.get_models()} - named == set()


@pytest.mark.slow
def test_a_year_leaves_no_more_than_its_days(clock):
    store = make_store()
    chatbot = Chatbot.objects.create(store=store, name="Shop")
    today = datetime(2026, 1, 1, 12, tzinfo=UTC)
    end = today + timedelta(days=400)
    most, costs = dict.fromkeys(KEPT_DAYS, 0), []
    while today < end:
        clock(today)
        write_a_day(store, chatbot, today)
        with CaptureQueriesContext(connection) as asked:
            prune_everything()
        costs.append(len(asked))
        for model, days in KEPT_DAYS.items():
            held = model._default_manager.count()
            most[model] = max(most[model], held)
            steps = days // STEP.days + 2
            assert held <= steps * A_STEP * of_a_row(model), (model, today)
        today += STEP
    # Every table was really filled, and pruned in a bounded number of queries.
    assert all(most.values()), most
    assert max(costs) < 120


def of_a_row(model: type) -> int:
    """How many rows of the model one of its parents has."""
    return 2 if model in (SyncRun, SyncIssue, RecordChange, SeenRecord, Message) else 1


def write_a_day(store, chatbot, now: datetime) -> None:
    for number in range(A_STEP):
        for resource in ("products", "orders"):
            run = SyncRun.objects.create(
                store=store, resource=resource, trigger="scheduled",
                status="succeeded", created_at=now, finished_at=now,
            )  # fmt: skip
            run.issues.create(code="missing_id", detail="-", page=1, position=0)
            run.changes.create(kind="updated", external_id="1")
            SeenRecord.objects.create(run=run, external_id="1")
        Delivery.objects.create(
            store=store, endpoint="products", status="applied", received_at=now,
            body=b"{}",
        )  # fmt: skip
        ThrottledHour.objects.create(
            store=store, hour=now + timedelta(hours=number), count=1
        )
        talk = Conversation.objects.create(chatbot=chatbot, last_message_at=now)
        for role in ("shopper", "assistant"):
            Message.objects.create(
                conversation=talk, role=role, text="-", created_at=now
            )
        write_notes(store, now, number)


def write_notes(store, now: datetime, number: int) -> None:
    """What HiWelink notes about itself."""
    unique = uuid.uuid4().hex
    soon = now + timedelta(hours=1)
    Counter.objects.create(key=unique, count=1, expires_at=soon)
    Session.objects.create(
        session_key=unique, session_data="", expire_date=now + timedelta(days=14)
    )
    AuditEntry.objects.create(
        workspace=store.workspace, actor_email="-", act="exported", via="api", at=now
    )
    user = store.workspace.members.get()
    LogEntry.objects.create(
        user=user, action_time=now, action_flag=2, object_repr="-",
        content_type=ContentType.objects.get_for_model(type(store)),
    )  # fmt: skip
    for model, fields in (
        (AccessLog, {}),
        (AccessFailureLog, {}),
        (AccessAttempt, {"failures_since_start": 1}),
    ):
        row = model.objects.create(user_agent=unique, username=unique, **fields)
        model.objects.filter(pk=row.pk).update(attempt_time=now)
    Task.objects.create(
        id=unique, name=unique, func="x", started=now, stopped=now,
        success=number % 2 == 0,
    )  # fmt: skip
    WorkerHeartbeat.objects.create(host=unique, seen_at=now)
    Invitation.objects.create(
        workspace=store.workspace, email=f"{unique}@example.com", role="viewer",
        expires_at=now + timedelta(days=7), created_at=now,
    )  # fmt: skip


def prune_everything() -> None:
    """Call each scheduled task that prunes, once."""
    names = [*EVERY_MINUTE.items(), *EVERY_HOUR.items()]
    for name, (task, _) in names:
        if "prune" in name or task == "webhooks.tasks.sweep":
            module, function = task.rsplit(".", 1)
            getattr(importlib.import_module(module), function)()


def test_a_backlog_is_worked_off_in_bounded_calls(
    monkeypatch, clock, django_capture_on_commit_callbacks
):
    """However much there is, a call takes one batch and queues the rest."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    clock(now)
    store = make_store()
    for number in range(5):
        write_notes(store, now - timedelta(days=500), number)
    monkeypatch.setattr(pruning, "BATCH", 2)
    monkeypatch.setattr(pruning.prune_slice, "__kwdefaults__", {"slice_seconds": 0})
    before, calls = rows_left(), 0
    while True:
        with django_capture_on_commit_callbacks(execute=True):
            pruning.prune()
        calls += 1
        assert before - rows_left() <= 2 * calls
        if not OrmQ.objects.exists():
            break
        OrmQ.objects.all().delete()
    # Only what is another schedule's to remove is left.
    assert rows_left() == 0 and calls > 20


def rows_left() -> int:
    notes = set(KEPT_DAYS) - {Counter}
    return sum(model._default_manager.count() for model in notes)


def test_notes_are_pruned_every_hour():
    schedule = Schedule.objects.get(func="hiwelink.operations.pruning.prune")
    assert (schedule.minutes, schedule.repeats) == (60, -1)
