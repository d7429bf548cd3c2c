"""Old sync runs are forgotten with all their details; the last ones stay."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from commerce.models import Notice, RecordChange, SeenRecord, SyncIssue, SyncRun
from commerce.services import pruning
from commerce.tasks import prune
from hiwelink.worker.schedules import ensure_schedules
from tests.factories import make_run, make_store

pytestmark = pytest.mark.django_db


def ended(store, days: float, resource="products", **fields) -> SyncRun:
    values = {"status": "succeeded", "resource": resource}
    run = make_run(
        store, **(values | fields), finished_at=timezone.now() - timedelta(days=days)
    )
    run.issues.create(code="missing_id", detail="-", page=1, position=0)
    run.changes.create(kind="deleted", external_id="1")
    return run


def test_what_is_old_goes_and_the_last_run_of_each_resource_stays():
    store, other = make_store(), make_store()
    gone = [ended(store, 200), ended(store, 91), ended(store, 95, "orders")]
    last_orders = ended(store, 92, "orders")
    young = ended(store, 89)
    alone = ended(other, 500)
    active = make_run(other, status="running")
    removed, has_more = pruning.prune_slice()
    kept = set(SyncRun.objects.all())
    assert kept == {last_orders, young, alone, active}
    assert not kept & set(gone)
    assert (removed, has_more) == (3 + 2 * 5, False)
    # The details of old runs go even where the run stays.
    assert {issue.run for issue in SyncIssue.objects.all()} == {young}
    assert {change.run for change in RecordChange.objects.all()} == {young}


def test_a_run_that_waits_for_a_decision_stays():
    store = make_store()
    run = ended(store, 100, deletions_held=1)
    SeenRecord.objects.create(run=run, external_id="1")
    ended(store, 1)
    pruning.prune_slice()
    assert run.seen_records.count() == 1


def test_a_notice_outlives_its_run():
    store = make_store()
    run = ended(store, 100, status="failed")
    ended(store, 1, status="failed")
    Notice.objects.create(store=store, kind="failing", run=run)
    pruning.prune_slice()
    assert Notice.objects.get().run is None


def test_it_goes_on_where_it_stopped(
    settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.SYNC_HISTORY_DAYS = 10
    monkeypatch.setattr(pruning, "BATCH", 1)
    monkeypatch.setattr(pruning.prune_slice, "__kwdefaults__", {"slice_seconds": 0})
    store = make_store()
    for _ in range(3):
        ended(store, 11)
    ended(store, 0)
    for _ in range(20):
        with django_capture_on_commit_callbacks(execute=True):
            prune()
        if not OrmQ.objects.exists():
            break
        OrmQ.objects.all().delete()
    assert SyncRun.objects.count() == 1


def test_it_is_done_every_hour():
    ensure_schedules()
    schedule = Schedule.objects.get(func="commerce.tasks.prune")
    assert (schedule.minutes, schedule.repeats) == (60, -1)
