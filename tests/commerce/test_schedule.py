"""When stores are polled: spread, never twice, and less often while they fail."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from commerce.models import Store, SyncRun
from commerce.services import lifecycle, schedule, sync
from commerce.services.stores import client_for
from commerce.tasks import sweep, sync_slice
from tests.factories import make_run, make_store, make_user
from tests.stores import MisbehavingStore, make_products
from tests.work import run_syncs

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def until_next(store: Store) -> timedelta:
    store.refresh_from_db()
    return store.next_sync_at - timezone.now()


def make_failed(store: Store, trigger: str = "scheduled", **fields) -> SyncRun:
    return make_run(
        store,
        status="failed",
        trigger=trigger,
        error_code="unauthorized",
        finished_at=timezone.now(),
        **fields,
    )


def test_stores_connected_together_do_not_come_together():
    user = make_user()
    stores = [make_store(user) for _ in range(40)]
    for store in stores:
        schedule.plan_next_sync(store)
    waits = sorted(until_next(store) for store in stores)
    assert waits[0] > HOUR - timedelta(minutes=1)
    assert waits[-1] <= 1.05 * HOUR
    assert waits[-1] - waits[0] > timedelta(minutes=1)
    before = until_next(stores[0])
    schedule.plan_next_sync(stores[0])  # its own place, every time
    assert abs(until_next(stores[0]) - before) < timedelta(seconds=30)


@pytest.mark.parametrize("minutes", [1, 15, 360, 1440, 43_200])
def test_any_interval_is_kept(minutes):
    store = make_store(sync_interval_minutes=minutes)
    schedule.plan_next_sync(store)
    waits = until_next(store) / timedelta(minutes=minutes)
    assert 0.95 < waits <= 1.05


@pytest.mark.parametrize(
    "fields",
    [
        {"sync_interval_minutes": None},
        {"status": "disconnected", "credentials": None},
        {"deleting_at": timezone.now()},
    ],
    ids=["off", "disconnected", "deleted"],
)
def test_a_store_that_is_not_polled_has_no_next_time(fields):
    store = make_store(next_sync_at=timezone.now())
    Store.objects.filter(pk=store.pk).update(**fields)
    schedule.plan_next_sync(store)  # what the caller read before
    store.refresh_from_db()
    assert store.next_sync_at is None
    Store.objects.update(next_sync_at=timezone.now())
    if "sync_interval_minutes" not in fields:
        assert sync.start_due_polls() == []


def test_what_waited_for_hours_starts_bit_by_bit_longest_due_first():
    user = make_user()
    now = timezone.now()
    stores = [
        make_store(user, next_sync_at=now - timedelta(minutes=number))
        for number in range(60)
    ]
    started = {run.store_id for run in sync.start_due_polls()}
    assert started == {store.pk for store in stores[-25:]}
    sync.start_due_polls()
    sync.start_due_polls()
    assert Store.objects.filter(next_sync_at__lte=timezone.now()).count() == 0
    assert SyncRun.objects.count() == 120


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_poll_no_store_twice():
    user = make_user()
    for _ in range(20):
        make_store(user, next_sync_at=timezone.now())
    started: list[SyncRun] = []
    together = threading.Barrier(4)

    def sweep_once() -> None:
        together.wait()
        started.extend(sync.start_due_polls())
        connection.close()

    threads = [threading.Thread(target=sweep_once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == SyncRun.objects.count() == 40


def test_a_sweep_with_old_news_finds_the_store_taken():
    """The poll may be over before the other sweep, slower, comes to this store."""
    store = make_store(next_sync_at=timezone.now())
    due = list(Store.objects.filter(next_sync_at__lte=timezone.now()))
    sync.start_due_polls()
    store.sync_runs.update(status="succeeded")
    assert due == [store]
    assert sync.start_due_polls() == []


def test_a_poll_whose_worker_died_while_starting_it_is_due_again():
    store = make_store(next_sync_at=timezone.now())
    assert schedule.claim_due_stores() == [store]
    assert schedule.claim_due_stores() == []
    assert timedelta(0) < until_next(store) <= timedelta(minutes=2)


def poll(store: Store) -> timedelta:
    """Let the store come due and return how long it waits for the next time."""
    Store.objects.update(next_sync_at=timezone.now())
    sync.start_due_polls()
    run_syncs(store)
    return until_next(store) / HOUR


def test_a_store_that_fails_is_polled_less_and_less_until_it_recovers():
    with MisbehavingStore(products=make_products(1)) as remote:
        store = make_store(base_url=remote.url)
        waits = [poll(store) for _ in range(7)]
        expected = [1, 2, 4, 8, 16, 24, 24]
        assert [round(wait / 1.025) for wait in waits] == pytest.approx(expected, abs=1)
        assert store.failures_in_a_row == 7
        Store.objects.update(credentials=None, status="disconnected")
        lifecycle.reconnect_store(
            store, auth_method=None, credentials=remote.credentials
        )
        run_syncs(store)
    assert 0.95 < until_next(store) / HOUR <= 1.05
    assert store.failures_in_a_row == 0


def test_recovering_by_itself_brings_the_usual_interval_back_at_once():
    with MisbehavingStore() as remote:
        store = make_store(base_url=remote.url)
        for _ in range(4):
            wait = poll(store)
        assert wait > 7
        Store.objects.filter(pk=store.pk).update(
            credentials=None, status="disconnected"
        )
        store.refresh_from_db()
        store.status, store.credentials = "connected", remote.credentials
        store.save()
        assert 0.95 < poll(store) <= 1.05


def test_a_sync_by_hand_starts_the_usual_interval_anew():
    store = make_store(failures_in_a_row=5)
    for _ in range(5):
        make_failed(store)
    sync.start_runs(store)
    assert 0.95 < until_next(store) / HOUR <= 1.05
    store.sync_runs.filter(status="queued").update(status="failed")
    assert schedule.polls_failed(store) == 0


def test_orders_that_work_do_not_hide_products_that_fail():
    with MisbehavingStore() as remote:
        store = make_store(base_url=remote.url, credentials=remote.credentials)
        Store.objects.update(products_path="/api/nothing")
        assert [round(poll(store)) for _ in range(3)] == [1, 2, 4]
    assert store.failures_in_a_row == 3
    assert store.last_synced_at is not None


def test_a_cancelled_run_says_nothing_about_the_store():
    store = make_store()
    make_failed(store)
    make_run(store, status="cancelled", trigger="scheduled")
    assert schedule.polls_failed(store) == 1


@pytest.mark.django_db(transaction=True)
def test_a_run_started_while_its_store_was_disconnected_is_cancelled(drain):
    store = make_store()
    lifecycle.disconnect_store(store)
    run, _ = sync.start_run(store, "products")  # had read "connected" just before
    assert sync_slice(run.pk) == "nothing to do"
    run.refresh_from_db()
    assert run.status == "cancelled"
    sweep()
    assert drain() == 0


@pytest.mark.django_db(transaction=True)
def test_a_slice_that_runs_while_its_store_is_disconnected_writes_nothing_more(drain):
    with MisbehavingStore("slow_first_byte", delay_seconds=0.6) as remote:
        store = make_store(base_url=remote.url, credentials=remote.credentials)
        run, _ = sync.start_run(store, "products")
        slice_ = threading.Thread(
            target=lambda: (sync_slice(run.pk), connection.close())
        )
        slice_.start()
        deadline = timezone.now() + timedelta(seconds=5)
        while not remote.asked() and timezone.now() < deadline:
            pass
        lifecycle.disconnect_store(store)
        slice_.join()
        asked = len(remote.requests)
        drain()
        assert len(remote.requests) == asked == 1
    run.refresh_from_db()
    assert (run.status, run.records_read) == ("cancelled", 0)
    store.refresh_from_db()
    assert (store.products.count(), store.next_sync_at) == (0, None)


def test_a_credential_replaced_while_a_slice_runs_does_not_fail_the_run():
    """The old one may be withdrawn in the store at once; the slice still sends it."""
    with MisbehavingStore(products=make_products(3)) as remote:
        store = make_store(base_url=remote.url, credentials={"api_key": "sk_old"})
        run, _ = sync.start_run(store, "products")
        assert sync.claim_slice(run)
        with client_for(run.store) as client:
            lifecycle.rotate_credentials(
                store, auth_method=None, credentials=remote.credentials
            )
            sync.run_slice(run, client=client)
        run.refresh_from_db()
        assert run.is_active
        run_syncs(store)
    run.refresh_from_db()
    assert (run.status, run.created) == ("succeeded", 3)
