"""Is HiWelink well? Measured in the database, so that every process tells the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django_q.models import Failure
from redis import RedisError

from chatbot.embedders import current_embedder
from chatbot.models import Message, SearchIndex
from chatbot.vectors import waiting_documents
from commerce.models import ACTIVE, RunStatus, Store, SyncRun
from hiwelink import clock
from hiwelink.operations.queues import QueueState, queue_states
from hiwelink.worker.models import WorkerHeartbeat
from webhooks.models import Delivery, DeliveryStatus, ThrottledHour

WORKER_SILENT_AFTER = timedelta(minutes=1)
# A queue that moves is never this old.
QUEUE_LATE_AFTER = timedelta(minutes=2)
# The sweeper looks twice a minute.
OVERDUE_AFTER = timedelta(minutes=2)
WINDOW = timedelta(hours=24)
# The error codes of chatbot/answering/answers.py where the composer stood in.
MODEL_FAILED = ("model_", "paused")
ANSWERS = 1_000  # the newest, so that it costs the same however many there are


@dataclass(frozen=True)
class Vital:
    """One figure. problem: a sentence when it is not as it should be."""

    title: str
    value: str
    problem: str = ""


@dataclass(frozen=True)
class Vitals:
    """Everything measured at one moment."""

    at: datetime
    queues: list[QueueState] | None  # None: Redis does not answer
    workers: list[WorkerHeartbeat]
    runs: dict[str, int]  # of the last 24 hours, by status
    pages: int  # fetched by these runs
    stuck_runs: int
    failing_stores: int
    indexes_without_model: int
    model_problem: str  # of one of these indexes
    deliveries: dict[str, int]  # of the last 24 hours, by status
    throttled: int
    overdue_deliveries: int
    answer_seconds: dict[str, float]  # {"0.5": ...}, of the newest in 24 hours
    answers_without_model: int  # among these, because it failed
    chat_model_problem: str  # how it failed the newest of them
    failed_tasks: int
    waiting_embeddings: int

    @property
    def live_workers(self) -> list[WorkerHeartbeat]:
        return [w for w in self.workers if w.seen_at > self.at - WORKER_SILENT_AFTER]

    @property
    def problems(self) -> list[str]:
        return [vital.problem for vital in self.listed() if vital.problem]

    def listed(self) -> Iterable[Vital]:
        """The figures as the status page shows them."""
        yield self._workers()
        yield from self._queues()
        yield from self._syncs()
        yield from self._models()
        yield Vital("Stores failing now", f"{self.failing_stores:,}")
        yield Vital("Tasks failed in 24 hours", f"{self.failed_tasks:,}")
        yield Vital("Products waiting to be embedded", f"{self.waiting_embeddings:,}")
        yield from self._webhooks()

    def _queues(self) -> Iterable[Vital]:
        for queue in self.queues or ():
            yield self._queue(queue)
        if self.queues is None:
            yield Vital(
                "Tasks waiting",
                "unknown",
                "Redis does not answer: nothing new is begun until it does. Nothing is "
                "lost, the workers will find all work in the database.",
            )

    def _syncs(self) -> Iterable[Vital]:
        yield Vital("Runs syncing or queued", told(self.runs, ACTIVE))
        yield Vital(
            "Runs failed in 24 hours", f"{self.runs.get(RunStatus.FAILED, 0):,}"
        )
        yield Vital(
            "Runs that lost their worker",
            f"{self.stuck_runs:,}",
            "Runs wait for the sweeper longer than they should: see the workers."
            if self.stuck_runs
            else "",
        )
        yield Vital("Pages fetched in 24 hours", f"{self.pages:,}")

    def _models(self) -> Iterable[Vital]:
        yield Vital(
            "Search indexes without their model",
            f"{self.indexes_without_model:,}",
            f"The embedding model does not answer ({self.model_problem}) Search goes "
            "by words alone meanwhile."
            if self.indexes_without_model
            else "",
        )
        yield Vital(
            "Chat answers, 95 % within",
            f"{self.answer_seconds['0.95']:.1f} s"
            if self.answer_seconds
            else "none yet",
        )
        yield Vital(
            "Chat answers the model failed",
            f"{self.answers_without_model:,}",
            f"The chat's model does not answer ({self.chat_model_problem}): see its key, "
            "credit and network. Shoppers are answered from the catalogue meanwhile."
            if self.chat_model_problem
            else "",
        )

    def _webhooks(self) -> Iterable[Vital]:
        yield Vital("Webhooks in 24 hours", f"{sum(self.deliveries.values()):,}")
        yield Vital(
            "Webhooks failed in 24 hours",
            f"{self.deliveries.get(DeliveryStatus.FAILED, 0):,}",
        )
        yield Vital("Webhooks throttled in 24 hours", f"{self.throttled:,}")
        yield Vital(
            "Webhooks overdue",
            f"{self.overdue_deliveries:,}",
            "Deliveries wait to be applied longer than they should: see the workers."
            if self.overdue_deliveries
            else "",
        )

    def _workers(self) -> Vital:
        hosts = ", ".join(w.host for w in self.live_workers) or "none"
        silent = "No worker was seen in the last minute: nothing syncs."
        return Vital("Workers seen", hosts, "" if self.live_workers else silent)

    def _queue(self, queue: QueueState) -> Vital:
        age = queue.oldest_age
        seconds = round(age.total_seconds())
        return Vital(
            f"Tasks waiting in “{queue.name}”",
            f"{queue.waiting:,}" + (f", the oldest for {seconds} s" if seconds else ""),
            f"The queue “{queue.name}” is {seconds} s behind: add workers, or see "
            "what keeps them."
            if age > QUEUE_LATE_AFTER
            else "",
        )


def told(counts: dict[str, int], names: Iterable[str]) -> str:
    return f"{sum(counts.get(name, 0) for name in names):,}"


def measure() -> Vitals:
    """Measure everything now; a few cheap queries."""
    now = clock.now()
    since = now - WINDOW
    runs = SyncRun.objects.filter(Q(created_at__gt=since) | Q(status__in=ACTIVE))
    deliveries = Delivery.objects.filter(received_at__gt=since)
    indexes = SearchIndex.objects.exclude(problem="").order_by("store_id")
    problems = list(indexes.values_list("problem", flat=True))
    answers = newest_answers(since)
    failures = [one for one in answers if one[1].startswith(MODEL_FAILED)]
    throttled = ThrottledHour.objects.filter(hour__gt=since).values_list(
        "count", flat=True
    )
    return Vitals(
        at=now,
        queues=known_queues(),
        workers=list(WorkerHeartbeat.objects.order_by("host")),
        runs=by_status(runs),
        pages=runs.aggregate(pages=Sum("pages_fetched"))["pages"] or 0,
        stuck_runs=SyncRun.objects.filter(
            status__in=ACTIVE, lease_until__lt=now - OVERDUE_AFTER
        ).count(),
        failing_stores=Store.objects.filter(
            failures_in_a_row__gt=0, status="connected", deleting_at__isnull=True
        ).count(),
        indexes_without_model=len(problems),
        model_problem=problems[0] if problems else "",
        deliveries=by_status(deliveries),
        throttled=sum(throttled),
        overdue_deliveries=Delivery.objects.filter(
            due_at__lt=now - OVERDUE_AFTER
        ).count(),
        answer_seconds=quantiles(sorted(ms / 1000 for ms, _ in answers)),
        answers_without_model=len(failures),
        chat_model_problem=answers[0][1] if answers and answers[0] in failures else "",
        failed_tasks=Failure.objects.filter(stopped__gt=since).count(),
        waiting_embeddings=waiting_documents(current_embedder().name),
    )


def known_queues() -> list[QueueState] | None:
    try:
        return queue_states()
    except RedisError:
        return None


def newest_answers(since: datetime) -> list[tuple[int, str]]:
    """How many milliseconds each took, and its error code; the newest first."""
    newest = Message.objects.filter(duration_ms__isnull=False).order_by("-pk")
    rows = newest.values_list("created_at", "duration_ms", "error_code")[:ANSWERS]
    return [(ms, code) for at, ms, code in rows if ms is not None and at > since]


def quantiles(seconds: list[float]) -> dict[str, float]:
    """The half of them and 95 % of them took no longer; empty when there are none."""
    if not seconds:
        return {}
    return {name: seconds[int(float(name) * len(seconds))] for name in ("0.5", "0.95")}


def by_status(rows: QuerySet[Any]) -> dict[str, int]:
    counted = rows.order_by().values_list("status").annotate(n=Count("pk"))
    return dict(counted)
