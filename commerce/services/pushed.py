"""Runs over records a store sent by itself: watched and cancelled like any other.

They ask the store for nothing, so they take no turn, and say nothing about polling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from commerce.models import ACTIVE, RunStatus, Store, SyncIssue, SyncRun, Trigger
from commerce.services.catalog import RecordIssue
from commerce.services.page_sync import ISSUES_KEPT_PER_CODE
from hiwelink import clock

COUNTS = ("records_read", "created", "updated", "unchanged", "skipped", "deleted")
PROGRESS = [*COUNTS, "status", "pages_fetched", "issue_counts", "started_at"]


class Ended(Exception):
    """The run was cancelled."""


def start_pushed(store: Store, resource: str, *, batches: int) -> SyncRun:
    return SyncRun.objects.create(
        store=store,
        resource=resource,
        trigger=Trigger.WEBHOOK,
        is_pushed=True,
        pages_total=batches,
    )


def note_batch(
    run: SyncRun, counts: Mapping[str, int], issues: Iterable[RecordIssue]
) -> None:
    """Add a batch to the run, in the transaction that wrote it. Raises Ended."""
    current = SyncRun.objects.select_for_update().get(pk=run.pk)
    if not current.is_active:
        raise Ended
    current.status = RunStatus.RUNNING
    current.started_at = current.started_at or clock.now()
    current.pages_fetched += 1
    for name in COUNTS:
        setattr(current, name, getattr(current, name) + counts.get(name, 0))
    kept = []
    for issue in issues:
        count = current.issue_counts.get(issue.code, 0)
        current.issue_counts[issue.code] = count + 1
        if count < ISSUES_KEPT_PER_CODE:
            kept.append(SyncIssue(run=run, page=current.pages_fetched, **vars(issue)))
    SyncIssue.objects.bulk_create(kept)
    current.save(update_fields=PROGRESS)


def finish_pushed(run: SyncRun, *, error: tuple[str, str] | None = None) -> None:
    """Close the run: as failed with an error (code, sentence), else by its counts."""
    current = SyncRun.objects.get(pk=run.pk)
    if not current.is_active:
        return
    status = RunStatus.SUCCEEDED
    code = detail = ""
    if error is not None:
        status, (code, detail) = RunStatus.FAILED, error
    elif current.skipped:
        status, code = RunStatus.PARTIAL, "records_skipped"
        detail = (
            f"{current.skipped} of {current.records_read} records were skipped. The "
            "issues below say which and why."
        )
    SyncRun.objects.filter(pk=run.pk, status__in=ACTIVE).update(
        status=status,
        error_code=code,
        error_detail=detail,
        finished_at=clock.now(),
    )
