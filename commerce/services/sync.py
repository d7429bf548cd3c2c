"""Start a sync run, lease it for a slice, fetch pages, finish it, pick up lost ones.

A run is a row that any worker may lease for about SYNC_SLICE_SECONDS. Each page's records,
counts and cursor are committed together under the lease, so a killed worker costs one
page and no record. One active run per store and resource is held by the database.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from commerce.connector.client import StoreClient
from commerce.connector.envelope import Page, read_page
from commerce.connector.errors import ConfigError, ConnectorError, RetryableError
from commerce.connector.pagination import Cursor, Problem, Step
from commerce.connector.parsing import Warning
from commerce.models import (
    Resource,
    RunStatus,
    SeenRecord,
    Store,
    SyncIssue,
    SyncRun,
    Trigger,
)
from commerce.services import catalog, removal, schedule, standing
from commerce.services.catalog import Writer, WriteResult
from commerce.services.history import CHANGES_KEPT, note_changes
from commerce.services.id_sources import note_id_sources
from hiwelink import clock

# After this long a slice makes way for runs of other stores that wait, and looks for
# them so often.
FAIR_SECONDS = 3.0
LOOK_SECONDS = 1.0
# Longer than one attempt at a page (30 s); renewed before each, and between them.
LEASE = timedelta(seconds=settings.SYNC_LEASE_SECONDS)
RENEW_SECONDS = settings.SYNC_LEASE_SECONDS / 4
MAX_ATTEMPTS = 5
ISSUES_KEPT_PER_CODE = 500
# A store that asks for more than a minute's pause: how often, and how long at most.
MAX_POSTPONED = 10
LONGEST_WAIT_SECONDS = 3_600.0
# A run nobody claimed for this long has lost its place in the queue.
REQUEUE_AFTER = timedelta(seconds=30)

PAUSE = "pause_seconds"  # kept beside the connector's cursor

PROGRESS = [
    "pages_fetched",
    "pages_total",
    "records_read",
    "created",
    "updated",
    "unchanged",
    "skipped",
    "issue_counts",
    "changes_kept",
    "curl",
    "cursor",
    "lease_until",
    "attempts",
]
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


class LeaseLost(Exception):
    """The run was cancelled, or another worker holds it now."""


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


def renew_lease(run: SyncRun) -> None:
    """Keep the run while a slow page is waited for. Raises LeaseLost."""
    renewed = held(run).update(lease_until=clock.now() + LEASE)
    if not renewed:
        raise LeaseLost


def sleep_under_lease(run: SyncRun, seconds: float) -> None:
    """Wait before a request, keeping the lease. Raises LeaseLost.

    The connector sleeps here before every attempt, so a cancelled run ends here too.
    """
    until = time.monotonic() + seconds
    while True:
        renew_lease(run)
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, RENEW_SECONDS))


def held(run: SyncRun) -> QuerySet[SyncRun]:
    return SyncRun.objects.filter(
        pk=run.pk, lease_token=run.lease_token, status=RunStatus.RUNNING
    )


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


def fetch_one_page(run: SyncRun, client: StoreClient) -> Step:
    """Ask for the cursor's page and commit it.

    Raises LeaseLost, or the ConnectorError of a page that could not be had.
    """
    cursor = Cursor.from_json({"max_pages": settings.SYNC_MAX_PAGES} | run.cursor)
    number = cursor.next_page
    try:
        answer = client.fetch_page(run.resource, number)
    except ConfigError as error:
        if not cursor.accepts_as_end(error) or error.http_status is None:
            raise
        step = cursor.observe_missing(error.http_status)
        with transaction.atomic():
            lock(run)
            note_warnings(run, number, [step.remark] if step.remark else [])
            checkpoint(run, cursor, step, client)
        return step
    run.curl = answer.curl
    page = read_page(answer)
    with transaction.atomic():
        lock(run)
        ids = write_page(run, page, number, clock.shared(answer.requested_at))
        step = cursor.observe(
            page_ids=ids,
            raw_count=len(page.records),
            meta=page.meta,
            per_page_asked=run.store.per_page,
            digest=page.digest if None in ids else "",
        )
        run.pages_fetched += 1
        run.records_read += len(page.records)
        checkpoint(run, cursor, step, client)
    return step


def write_page(
    run: SyncRun, page: Page, number: int, requested_at: datetime
) -> list[str | None]:
    """Store the page's records; return the id of each."""
    ids: list[str | None] = []
    id_sources: set[str] = set()
    for records in page.parts():
        result = catalog.save_records(
            run.store,
            run.resource,
            records,
            observed_at=requested_at,
            writer=Writer("sync_run", run.uid),
            keep_changes=CHANGES_KEPT - run.changes_kept,
        )
        note_seen(run, result)
        note_changes(run, result.changes)
        note_issues(run, number, result, first=len(ids))
        ids += result.ids
        id_sources |= result.id_sources
    note_warnings(run, number, page.warnings)
    note_warnings(run, number, note_id_sources(run.store, run.resource, id_sources))
    return ids


def lock(run: SyncRun) -> None:
    """Take the run's row for the page about to be written. Raises LeaseLost.

    The commit need not wait for the disk: should the database itself go down in the
    half second after it, the page is lost with its checkpoint, and read again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'off', true)"
            f" FROM {SyncRun._meta.db_table}"
            " WHERE id = %s AND lease_token = %s AND status = %s FOR UPDATE",
            [run.pk, run.lease_token, RunStatus.RUNNING],
        )
        if not cursor.rowcount:
            raise LeaseLost


def checkpoint(run: SyncRun, cursor: Cursor, step: Step, client: StoreClient) -> None:
    """Save where the run is, in the transaction that wrote the page.

    A pause that a 429 lengthened holds for the rest of the run, not of the slice.
    """
    run.cursor = cursor.to_json() | {PAUSE: client.pause_seconds}
    run.pages_total = step.pages_total
    run.lease_until = clock.now() + LEASE
    run.attempts = 0
    run.save(update_fields=PROGRESS)


def note_seen(run: SyncRun, result: WriteResult) -> None:
    ids = [external_id for external_id in result.ids if external_id is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {SeenRecord._meta.db_table} (run_id, external_id)"
            " SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [run.pk, ids],
        )


def note_issues(run: SyncRun, number: int, result: WriteResult, *, first: int) -> None:
    """Count what was wrong with records, and keep as many examples as is useful.

    first: the place in the page of the first of them.
    """
    for name in ("created", "updated", "unchanged", "skipped"):
        setattr(run, name, getattr(run, name) + getattr(result, name))
    rows = [SyncIssue(run=run, page=number, **vars(issue)) for issue in result.issues]
    for row in rows:
        row.position += first
    note_rows(run, rows)


def note_warnings(
    run: SyncRun, number: int, warnings: Sequence[Warning | Problem]
) -> None:
    """Keep what a merchant should mend about a page as a whole."""
    rows = [
        SyncIssue(
            run=run, page=number, position=0, code=warning.code, detail=warning.detail
        )
        for warning in warnings
    ]
    note_rows(run, rows)


def note_rows(run: SyncRun, rows: list[SyncIssue]) -> None:
    kept = []
    for row in rows:
        count = run.issue_counts.get(row.code, 0)
        run.issue_counts[row.code] = count + 1
        if count < ISSUES_KEPT_PER_CODE:
            kept.append(row)
    SyncIssue.objects.bulk_create(kept)


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


def release(run: SyncRun) -> None:
    held(run).update(lease_until=None, lease_token=None)


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
