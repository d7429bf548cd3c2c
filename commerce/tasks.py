"""What the worker calls. Rules live in the services."""

from __future__ import annotations

from functools import partial

from django.db.models import QuerySet

from commerce.models import Notice, SyncRun
from commerce.services import deletion, notices, pruning, remapping, sync
from commerce.services.leases import sleep_under_lease
from commerce.services.page_sync import PAUSE
from commerce.services.stores import client_for
from hiwelink.logs import log_subject
from hiwelink.worker.queue import queue

NOTHING_TO_DO = "nothing to do"
LETTERS_A_SWEEP = 50


def sync_slice(run_id: int) -> str:
    """Fetch pages of one run for about 20 s, then queue what comes next."""
    run = SyncRun.objects.asking().filter(pk=run_id).first()
    if run is None or not sync.claim_slice(run):
        return NOTHING_TO_DO
    with (
        log_subject(run=run.uid),
        client_for(
            run.store,
            sleep=partial(sleep_under_lease, run),
            pause_seconds=run.cursor.get(PAUSE),
        ) as client,
    ):
        outcome = sync.run_slice(run, client=client)
    queue_next(run.store_id)
    queue_letters(notices.unsent().filter(store_id=run.store_id))
    return outcome.summary()


def queue_next(store_id: int) -> None:
    """Queue the run of a store whose turn it is."""
    for run in sync.next_runs(store_id)[:1]:
        queue(sync_slice, run.pk)


def queue_letters(due: QuerySet[Notice]) -> None:
    for notice in due:
        queue(send_letters, notice.pk)


def send_letters(notice_id: int) -> str:
    """Tell those who can mend a store what is wrong with it."""
    return f"{notices.send_letters(notice_id)} letters sent"


def delete_store(store_id: int) -> str:
    """Remove rows of a deleted store for about 20 s, then queue the rest of it."""
    if deletion.delete_slice(store_id):
        queue(delete_store, store_id)
        return "more to delete"
    return "deleted"


def remap_slice(store_id: int) -> str:
    """Re-map records of a store for about 5 s, then queue the rest of it."""
    remap = remapping.claim_remap(store_id)
    if remap is None:
        return NOTHING_TO_DO
    if remapping.run_slice(remap):
        queue(remap_slice, store_id)
    return f"{remap.done} of {remap.total} remapped"


def prune() -> str:
    """Forget old sync runs for about 10 s, then queue the rest of them."""
    removed, has_more = pruning.prune_slice()
    if has_more:
        queue(prune)
    return f"{removed} rows removed"


def sweep() -> str:
    """Queue polls that are due, and the work that was lost with its worker."""
    started = sync.start_due_polls()
    lost = sync.due_runs()
    for store_id in {run.store_id for run in [*started, *lost]}:
        queue_next(store_id)
    for store_id in deletion.lost_deletions():
        queue(delete_store, store_id)
    for store_id in remapping.lost_remaps():
        queue(remap_slice, store_id)
    queue_letters(notices.unsent()[:LETTERS_A_SWEEP])
    return f"{len(started)} polls started, {len(lost)} runs picked up"
