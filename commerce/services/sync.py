"""Start a sync run, work on it slice by slice, finish it, pick up lost ones.

A run is a row that any worker may lease for about SYNC_SLICE_SECONDS. Each page's records,
counts and cursor are committed together under the lease, so a killed worker costs one
page and no record. One active run per store and resource is held by the database.
"""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from commerce.connector.client import StoreClient
from commerce.connector.errors import ConnectorError, RetryableError
from commerce.connector.pagination import Step
from commerce.models import Resource, RunStatus, Store, SyncRun, Trigger
from commerce.services import removal, schedule, standing
from commerce.services.leases import LEASE, LeaseLost, held, lock, release
from commerce.services.page_sync import PAUSE, PROGRESS, fetch_one_page
from hiwelink import clock

# After this long a slice makes way for runs of other stores that wait, and looks for
# them so often.
FAIR_SECONDS = 3.0
LOOK_SECONDS = 1.0
MAX_ATTEMPTS = 5
# A store that asks for more than a minute's pause: how often, and how long at most.
MAX_POSTPONED = 10
LONGEST_WAIT_SECONDS = 3_600.0
# A run nobody claimed for this long has lost its place in the queue.
REQUEUE_AFTER = timedelta(seconds=30)

FINISH = [
    "status",
    "deleted",
    "deletions_held",
    "error_code",
    "error_detail",
    "finished_at",
    "lease_token",
    "not_before",
]


@dataclass(frozen=True)
class SliceOutcome:
    """What a slice did, and whether another should follow at once."""

    run: SyncRun
    more: bool = False

    def summary(self) -> str:
        return (
            f"{self.run.resource} {self.run.status}, {self.run.pages_fetched} pages, "
            f"{self.run.records_read} records"
        )


def start_run(
    store: Store, resource: str, *, trigger: str = Trigger.MANUAL
) -> tuple[SyncRun, bool]:
    """Return the active run of this store and resource, and whether it was coalesced.

    The database holds the rule: of two callers one creates, the other finds.
    """
    while True:
        active = store.sync_runs.asking().filter(resource=resource).first()
        if active is not None:
            return active, True
        try:
            with transaction.atomic():
                run = SyncRun.objects.create(
                    store=store, resource=resource, trigger=trigger
                )
            return run, False
        except IntegrityError:
            continue


def start_runs(
    store: Store,
    *,
    resources: tuple[str, ...] = (Resource.PRODUCTS, Resource.ORDERS),
    trigger: str = Trigger.MANUAL,
) -> list[tuple[SyncRun, bool]]:
    """Start a run of each resource, products first; set when polling comes next.

    Polls that keep failing come later and later; any other trigger starts that anew.
    """
    failures = schedule.polls_failed(store) if trigger == Trigger.SCHEDULED else 0
    schedule.plan_next_sync(store, failures=failures)
    return [start_run(store, resource, trigger=trigger) for resource in resources]


def claim_slice(run: SyncRun) -> bool:
    """Lease the run for one slice; False when it is not this run's turn.

    The store's row is locked for the moment of the decision only, never while the
    store is asked. A run started while its store was being disconnected is cancelled.
    """
    with transaction.atomic():
        # The run before its store, as finishing a run does: no deadlock. Whoever
        # holds the row is writing a page of it.
        free = SyncRun.objects.select_for_update(skip_locked=True)
        current = free.filter(pk=run.pk).first()
        if current is None:
            return False
        store = Store.objects.select_for_update().get(pk=run.store_id)
        if not store.is_connected:
            if current.is_active:
                finish(current, RunStatus.CANCELLED)
            return False
        now = clock.now()
        claimed = (
            waiting_runs()
            .filter(pk=run.pk)
            .update(
                status=RunStatus.RUNNING,
                lease_token=uuid.uuid4(),
                lease_until=now + LEASE,
                attempts=F("attempts") + 1,
                not_before=None,
                started_at=Coalesce("started_at", now),
            )
        )
    run.refresh_from_db()
    return bool(claimed)


def run_slice(
    run: SyncRun,
    *,
    client: StoreClient,
    slice_seconds: float = settings.SYNC_SLICE_SECONDS,
) -> SliceOutcome:
    """Fetch pages of a claimed run until it ends or its time is up.

    Network errors end the run as `failed`, with what was stored kept; a store that
    asks for a long pause gets it and the run waits in the queue. A lost lease ends
    the slice silently: somebody else decides about the run.
    """
    if run.attempts > MAX_ATTEMPTS:
        return abandon(run)
    turn = Turn(run, slice_seconds)
    try:
        while True:
            step = fetch_one_page(run, client)
            if step.done:
                finish_read(run, step)
                return SliceOutcome(run)
            if turn.is_over():
                release(run)
                return SliceOutcome(run, more=True)
    except LeaseLost:
        run.refresh_from_db()
        return SliceOutcome(run)
    except ConnectorError as error:
        handle_error(run, error, client)
        return SliceOutcome(run)


class Turn:
    """The time of a slice: all of it, or less when another store's run waits."""

    def __init__(self, run: SyncRun, seconds: float) -> None:
        self.run = run
        began = time.monotonic()
        self.ends_at = began + seconds
        self.looks_at = began + FAIR_SECONDS

    def is_over(self) -> bool:
        now = time.monotonic()
        if now >= self.ends_at:
            return True
        if now < self.looks_at:
            return False
        self.looks_at = now + LOOK_SECONDS
        return waiting_runs().exclude(store_id=self.run.store_id).exists()


def waiting_runs() -> QuerySet[SyncRun]:
    """Active runs whose turn it is: nobody works on them, and they may start now.

    A store is asked by one run at a time, products before orders; one that asked to be
    left alone is asked by none.
    """
    now = clock.now()
    others = (
        SyncRun.objects.asking()
        .filter(store_id=OuterRef("store_id"))
        .exclude(pk=OuterRef("pk"))
    )
    goes_first = (
        Q(lease_until__gt=now)
        | Q(not_before__gt=now)
        # Only orders have another run, of products.
        | Q(resource=Resource.PRODUCTS)
    )
    return (
        SyncRun.objects.asking()
        .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))
        .filter(Q(not_before__isnull=True) | Q(not_before__lte=now))
        .exclude(Exists(others.filter(goes_first)))
    )


def finish_read(run: SyncRun, step: Step) -> None:
    """Close a run whose last page is stored: deletions, then its status."""
    with transaction.atomic():
        lock(run)
        code, detail = "", ""
        if step.problem is not None:
            code, detail = step.problem.code, step.problem.detail
        elif removal.may_delete(run, step):
            code, detail = removal.delete_missing(run)
        if run.skipped and not code:
            code = "records_skipped"
            detail = (
                f"{run.skipped} of {run.records_read} records were skipped. The issues "
                "below say which and why."
            )
        status = RunStatus.PARTIAL if code else RunStatus.SUCCEEDED
        finish(run, status, code, detail)


def finish(run: SyncRun, status: str, code: str = "", detail: str = "") -> None:
    """Close a run and tell the store's row how it went."""
    run.status = status
    run.error_code, run.error_detail = code, detail
    run.finished_at = clock.now()
    run.lease_token = run.lease_until = run.not_before = None
    run.save(update_fields=[*PROGRESS, *FINISH])
    if not run.deletions_held:
        run.seen_records.all().delete()
    if status != RunStatus.CANCELLED:  # which says nothing about the store
        standing.note_outcome(run)


def handle_error(run: SyncRun, error: ConnectorError, client: StoreClient) -> None:
    """End the run as failed, or queue it again for when the store asked to."""
    run.curl = error.curl or run.curl
    if error.code in ("unauthorized", "forbidden") and credential_was_replaced(run):
        release(run)  # the next slice asks with the new one
        return
    wait = error.retry_after_seconds if isinstance(error, RetryableError) else None
    postponed = int(run.cursor.get("postponed", 0))
    if wait and postponed < MAX_POSTPONED:
        delay = timedelta(seconds=min(wait, LONGEST_WAIT_SECONDS))
        held(run).update(
            status=RunStatus.QUEUED,
            not_before=clock.now() + delay,
            lease_until=None,
            lease_token=None,
            cursor=run.cursor
            | {"postponed": postponed + 1, PAUSE: client.pause_seconds},
            attempts=0,
        )
        run.refresh_from_db()
        return
    with suppress(LeaseLost), transaction.atomic():
        lock(run)
        finish(run, RunStatus.FAILED, error.code, error.detail)


def credential_was_replaced(run: SyncRun) -> bool:
    """Whether the store has another credential than this slice began with."""
    present = Store.objects.filter(pk=run.store_id).values("auth_method", "credentials")
    return present.first() != {
        "auth_method": run.store.auth_method,
        "credentials": run.store.credentials,
    }


def abandon(run: SyncRun) -> SliceOutcome:
    """Fail a run whose slices keep dying, instead of redelivering it for ever."""
    with transaction.atomic():
        lock(run)
        finish(
            run,
            RunStatus.FAILED,
            "interrupted",
            f"The sync was interrupted {MAX_ATTEMPTS} times at page "
            f"{run.cursor.get('next_page', 1)} and was stopped. What was stored is kept. "
            "Start it again; if it stops here again, ask us with this run's id.",
        )
    return SliceOutcome(run)


def cancel_run(run: SyncRun) -> bool:
    """Stop an active run; what it stored is kept. False when it had ended already."""
    with transaction.atomic():
        current = SyncRun.objects.select_for_update().get(pk=run.pk)
        if not current.is_active:
            return False
        finish(current, RunStatus.CANCELLED)
    return True


def due_runs() -> list[SyncRun]:
    """Runs that should have a slice queued and may have lost it."""
    settled = clock.now() - REQUEUE_AFTER
    return list(
        waiting_runs().filter(Q(lease_until__isnull=False) | Q(created_at__lte=settled))
    )


def next_runs(store_id: int) -> list[SyncRun]:
    """The run of a store whose turn has come, if there is one."""
    return list(waiting_runs().filter(store_id=store_id))


def start_due_polls() -> list[SyncRun]:
    """Start the scheduled runs of stores whose time has come; no store's twice."""
    started = []
    for store in schedule.claim_due_stores():
        pairs = start_runs(store, trigger=Trigger.SCHEDULED)
        started += [run for run, coalesced in pairs if not coalesced]
    return started
