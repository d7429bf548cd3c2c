"""One page of a run: fetched, and its records, counts and cursor committed together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from commerce.connector.client import StoreClient
from commerce.connector.envelope import Page, read_page
from commerce.connector.errors import ConfigError
from commerce.connector.pagination import Cursor, Problem, Step
from commerce.connector.parsing import Warning
from commerce.models import SeenRecord, SyncIssue, SyncRun
from commerce.services import catalog
from commerce.services.catalog import Writer, WriteResult
from commerce.services.history import CHANGES_KEPT, note_changes
from commerce.services.id_sources import note_id_sources
from commerce.services.leases import LEASE, lock
from hiwelink import clock

ISSUES_KEPT_PER_CODE = 500
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
