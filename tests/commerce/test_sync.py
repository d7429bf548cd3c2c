"""Runs against real local stores: what ends up in the catalogue and in the run."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.utils import timezone

from commerce.models import RunStatus, SeenRecord, Store, SyncRun, Trigger
from commerce.services import leases, sync
from commerce.services.page_sync import PAUSE
from commerce.services.removal import confirm_deletions
from commerce.services.stores import client_for
from commerce.tasks import sweep, sync_slice
from tests.factories import make_product, make_run, make_store
from tests.stores import MisbehavingStore, make_orders, make_products
from tests.work import run_syncs

pytestmark = pytest.mark.django_db


def connected(remote: MisbehavingStore, **fields) -> Store:
    return make_store(
        base_url=remote.url,
        auth_method=remote.auth_method,
        credentials=remote.credentials,
        **fields,
    )


def sync_products(store: Store) -> SyncRun:
    run, _ = sync.start_run(store, "products")
    run_syncs(store)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("method", ["api_key", "bearer_token", "basic_auth"])
def test_every_record_of_both_resources_is_stored(method):
    with MisbehavingStore(
        auth_method=method, products=make_products(120), orders=make_orders(70)
    ) as remote:
        store = connected(remote)
        sync.start_runs(store)
        run_syncs(store)
    products, orders = store.sync_runs.order_by("id")
    assert (products.status, products.created, products.pages_fetched) == (
        "succeeded",
        120,
        3,
    )
    assert (orders.status, orders.created, orders.pages_fetched) == ("succeeded", 70, 2)
    assert store.products.count() == 120
    assert store.orders.count() == 70


def test_values_are_stored_as_the_store_sent_them():
    with MisbehavingStore(products=make_products(7), orders=make_orders(1)) as remote:
        store = connected(remote)
        sync.start_runs(store)
        run_syncs(store)
    product = store.products.get(external_id="prod_7")
    assert product.name == "Product 7"
    assert product.price == Decimal("18.75")
    assert product.regular_price == Decimal("23.75")
    assert product.stock_status == "in_stock"
    assert product.stock_quantity == 20
    assert product.categories == ["Electronics", "Audio"]
    assert product.attributes == {"color": ["Black"], "size": ["0"]}
    assert product.raw["sku"] == "SKU-00007"
    run = store.sync_runs.get(resource="products")
    assert product.written_by == {"type": "sync_run", "id": str(run.uid)}
    order = store.orders.get()
    assert order.order_number == "ORD-2024-0001"
    assert (order.total, order.tax) == (Decimal("699.98"), Decimal("32.50"))
    assert order.items[0]["price"] == "349.99"
    assert order.shipping_address["city"] == "New York"
    assert order.placed_at == datetime(2024, 1, 15, 10, 30, tzinfo=UTC)


def test_products_are_asked_for_before_orders_and_never_at_once():
    with MisbehavingStore(products=make_products(60), orders=make_orders(60)) as remote:
        store = connected(remote)
        (_products, _), (orders, _) = sync.start_runs(store)
        assert sync_slice(orders.pk) == "nothing to do"
        run_syncs(store)
        asked = [request.endpoint for request in remote.requests]
    assert asked == ["products", "products", "orders", "orders"]


def test_a_second_run_of_an_unchanged_catalogue_rewrites_no_row():
    with MisbehavingStore(products=make_products(60)) as remote:
        store = connected(remote)
        sync_products(store)
        before = list(store.products.order_by("id").values_list("id", "updated_at"))
        versions = row_versions(store)
        run = sync_products(store)
    assert (run.created, run.updated, run.unchanged) == (0, 0, 60)
    assert list(store.products.order_by("id").values_list("id", "updated_at")) == before
    assert row_versions(store) == versions


def row_versions(store: Store) -> list[tuple[int, str]]:
    """PostgreSQL's own version of each row: it changes with every write."""
    rows = store.products.extra(select={"version": "xmin::text || ctid::text"})
    return list(rows.order_by("id").values_list("id", "version"))


def test_a_changed_record_is_updated_and_counted():
    with MisbehavingStore(products=make_products(10)) as remote:
        store = connected(remote)
        sync_products(store)
        remote.products[3]["price"] = 99.5
        run = sync_products(store)
    assert (run.updated, run.unchanged) == (1, 9)
    assert store.products.get(external_id="prod_4").price == Decimal("99.5")


def test_a_key_nobody_reads_changes_the_raw_record_but_not_the_product():
    with MisbehavingStore(products=make_products(1)) as remote:
        store = connected(remote)
        sync_products(store)
        before = store.products.get()
        remote.products[0]["internal_note"] = "new"
        run = sync_products(store)
    after = store.products.get()
    assert (run.updated, run.unchanged) == (0, 1)
    assert after.raw["internal_note"] == "new"
    assert after.updated_at == before.updated_at


def test_records_without_id_or_name_are_skipped_counted_and_listed():
    records = make_products(3)
    del records[0]["id"], records[0]["sku"], records[1]["name"]
    with MisbehavingStore(products=records) as remote:
        store = connected(remote)
        run = sync_products(store)
    assert run.status == RunStatus.PARTIAL
    assert (run.records_read, run.created, run.skipped) == (3, 1, 2)
    assert {i.code for i in run.issues.all()} == {"missing_id", "missing_name"}
    nameless = run.issues.get(code="missing_name")
    assert nameless.external_id == "prod_2"
    assert nameless.record["sku"] == "SKU-00002"
    assert nameless.is_skip


def test_a_web_page_instead_of_products_fails_with_its_first_line():
    with MisbehavingStore("html") as remote:
        store = connected(remote)
        run = sync_products(store)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "not_json")
    assert "<!DOCTYPE html>" in run.error_detail
    assert "YOUR_KEY" in run.curl or "sk_test" not in run.curl


def test_what_the_store_no_longer_lists_is_marked_deleted():
    with MisbehavingStore(products=make_products(60)) as remote:
        store = connected(remote)
        sync_products(store)
        del remote.products[10:15]
        run = sync_products(store)
    assert (run.status, run.deleted) == (RunStatus.SUCCEEDED, 5)
    assert store.products.filter(deleted_at__isnull=True).count() == 55
    assert not SeenRecord.objects.exists()


def test_a_deleted_product_revives_when_it_is_listed_again():
    with MisbehavingStore(products=make_products(20)) as remote:
        store = connected(remote)
        sync_products(store)
        gone = remote.products.pop()
        sync_products(store)
        remote.products.append(gone)
        run = sync_products(store)
    assert run.created == 1
    assert store.products.get(external_id="prod_20").deleted_at is None


def test_the_brake_holds_many_deletions_until_they_are_confirmed():
    with MisbehavingStore(products=make_products(60)) as remote:
        store = connected(remote)
        sync_products(store)
        del remote.products[:30]
        run = sync_products(store)
    assert (run.status, run.error_code) == (RunStatus.PARTIAL, "deletions_held")
    assert (run.deleted, run.deletions_held) == (0, 30)
    assert store.products.filter(deleted_at__isnull=True).count() == 60
    assert confirm_deletions(run) == 30
    assert store.products.filter(deleted_at__isnull=True).count() == 30
    assert confirm_deletions(run) == 0


def test_an_empty_answer_deletes_nothing_of_even_a_small_store():
    with MisbehavingStore(products=make_products(2)) as remote:
        store = connected(remote)
        sync_products(store)
        remote.products.clear()
        run = sync_products(store)
    assert (run.status, run.deletions_held) == (RunStatus.PARTIAL, 2)
    assert store.products.filter(deleted_at__isnull=True).count() == 2


def test_a_newer_run_answers_the_question_of_the_one_before():
    with MisbehavingStore(products=make_products(60)) as remote:
        store = connected(remote)
        sync_products(store)
        removed = remote.products[:30]
        del remote.products[:30]
        held = sync_products(store)
        remote.products.extend(removed)
        sync_products(store)
    assert confirm_deletions(held) == 0
    assert store.products.filter(deleted_at__isnull=True).count() == 60


def test_a_product_written_after_the_run_began_is_not_deleted():
    with MisbehavingStore(products=make_products(3)) as remote:
        store = connected(remote)
        make_product(store, "by_webhook", observed_at=timezone.now() + timedelta(1))
        run = sync_products(store)
    assert run.deleted == 0
    assert store.products.get(external_id="by_webhook").deleted_at is None


def test_a_page_does_not_overwrite_what_was_observed_after_it_was_requested():
    with MisbehavingStore(products=make_products(3)) as remote:
        store = connected(remote)
        make_product(
            store,
            "prod_2",
            price=Decimal("1.00"),
            observed_at=timezone.now() + timedelta(seconds=60),
        )
        run = sync_products(store)
    assert (run.created, run.unchanged) == (2, 1)
    assert store.products.get(external_id="prod_2").price == Decimal("1.00")


def test_two_starts_are_one_run():
    store = make_store()
    first, coalesced_first = sync.start_run(store, "products")
    second, coalesced_second = sync.start_run(store, "products")
    assert first == second
    assert (coalesced_first, coalesced_second) == (False, True)


def test_a_claimed_run_cannot_be_claimed_again_until_its_lease_ends():
    store = make_store()
    run, _ = sync.start_run(store, "products")
    rival = SyncRun.objects.get(pk=run.pk)
    assert sync.claim_slice(run)
    assert not sync.claim_slice(rival)
    SyncRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sync.claim_slice(rival)
    with pytest.raises(leases.LeaseLost):
        leases.renew_lease(run)


def test_a_slice_that_ran_out_of_time_goes_on_where_it_stopped():
    with MisbehavingStore(products=make_products(120)) as remote:
        store = connected(remote)
        run, _ = sync.start_run(store, "products")
        assert sync.claim_slice(run)
        with client_for(store) as client:
            outcome = sync.run_slice(run, client=client, slice_seconds=0)
        assert outcome.more
        assert SyncRun.objects.get().pages_fetched == 1
        run_syncs(store)
        pages = [request.query["page"] for request in remote.requests]
    assert pages == ["1", "2", "3"]
    assert SyncRun.objects.get().status == RunStatus.SUCCEEDED


def test_a_cancelled_run_writes_no_further_page():
    with MisbehavingStore(products=make_products(120)) as remote:
        store = connected(remote)
        run, _ = sync.start_run(store, "products")
        assert sync.claim_slice(run)
        with client_for(store) as client:
            sync.run_slice(run, client=client, slice_seconds=0)
            assert sync.claim_slice(run)
            assert sync.cancel_run(run)
            sync.run_slice(run, client=client)
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
    assert store.products.count() == 50
    assert not sync.cancel_run(run)


def test_a_run_whose_slices_keep_dying_is_given_up():
    store = make_store()
    run, _ = sync.start_run(store, "products")
    for _ in range(sync.MAX_ATTEMPTS):
        assert sync.claim_slice(run)
        SyncRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    sync_slice(run.pk)
    run.refresh_from_db()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "interrupted")


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_finds_a_slice_lost_with_its_worker(drain):
    with MisbehavingStore(products=make_products(60)) as remote:
        store = connected(remote)
        run, _ = sync.start_run(store, "products")
        assert sync.claim_slice(run)  # and the worker is gone
        sweep()
        assert drain() == 0
        SyncRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        sweep()
        drain()
    run.refresh_from_db()
    assert (run.status, run.created) == (RunStatus.SUCCEEDED, 60)


@pytest.mark.django_db(transaction=True)
def test_a_due_store_is_polled_and_the_next_time_is_set(drain):
    with MisbehavingStore(products=make_products(3)) as remote:
        store = connected(remote, next_sync_at=timezone.now())
        later = connected(remote, next_sync_at=timezone.now() + timedelta(hours=1))
        sweep()
        drain()
    store.refresh_from_db()
    assert [run.trigger for run in store.sync_runs.all()] == [Trigger.SCHEDULED] * 2
    assert store.next_sync_at > timezone.now() + timedelta(minutes=59)
    assert store.last_synced_at is not None
    assert not later.sync_runs.exists()


def test_a_long_retry_after_puts_the_run_off_instead_of_failing_it():
    with MisbehavingStore("rate_limited_long") as remote:
        store = connected(remote)
        run, _ = sync.start_run(store, "products")
        sync_slice(run.pk)
        run.refresh_from_db()
        assert run.status == RunStatus.QUEUED
        assert run.lease_until is None
        wait = run.not_before - timezone.now()
        assert timedelta(minutes=59) < wait <= timedelta(hours=1)
        assert not sync.claim_slice(run)
        remote.mode = "honest"
        SyncRun.objects.update(not_before=timezone.now())
        run_syncs(store)
    run.refresh_from_db()
    assert run.status == RunStatus.SUCCEEDED


def test_a_store_that_asked_to_be_left_alone_is_asked_by_no_run():
    with MisbehavingStore("rate_limited_long") as remote:
        store = connected(remote)
        sync.start_runs(store)
        run_syncs(store)
        assert sync.next_runs(store.pk) == sync.due_runs() == []
        assert [request.endpoint for request in remote.requests] == ["products"]
        remote.mode = "honest"
        SyncRun.objects.update(not_before=None)
        run_syncs(store)
    ends = store.sync_runs.values_list("status", flat=True)
    assert list(ends) == [RunStatus.SUCCEEDED] * 2


def test_a_404_past_full_pages_ends_the_run_removes_nothing_and_says_why():
    with MisbehavingStore("missing_past_end", products=make_products(100)) as remote:
        store = connected(remote)
        make_product(store, "absent", observed_at=timezone.now() - timedelta(1))
        run = sync_products(store)
    assert (run.status, run.created, run.deleted) == (RunStatus.SUCCEEDED, 100, 0)
    remark = run.issues.get()
    assert (remark.code, remark.page) == ("end_unproved", 3)
    assert "404" in remark.detail


def test_a_list_without_end_is_left_at_the_ceiling(settings):
    settings.SYNC_MAX_PAGES = 3
    with MisbehavingStore("endless") as remote:
        store = connected(remote)
        run = sync_products(store)
    assert (run.status, run.error_code) == (RunStatus.PARTIAL, "too_many_pages")
    assert (run.pages_fetched, run.created) == (3, 150)


def test_a_failed_page_keeps_what_was_stored_and_tells_the_store():
    with MisbehavingStore("unauthorized", products=make_products(120)) as remote:
        store = connected(remote)
        remote.mode = "honest"
        run, _ = sync.start_run(store, "products")
        assert sync.claim_slice(run)
        with client_for(store) as client:
            sync.run_slice(run, client=client, slice_seconds=0)
            remote.mode = "unauthorized"
            assert sync.claim_slice(run)
            sync.run_slice(run, client=client)
    run.refresh_from_db()
    store.refresh_from_db()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "unauthorized")
    assert store.products.count() == 50
    assert store.failures_in_a_row == 1
    assert remote.credentials["api_key"] not in run.error_detail + run.curl


def test_two_runs_of_one_resource_are_refused_by_the_database():
    store = make_store()
    make_run(store)
    with pytest.raises(IntegrityError):
        make_run(store)


def test_a_pause_lengthened_by_a_429_holds_for_the_rest_of_the_run(settings):
    settings.SYNC_PAUSE_SECONDS = 0.4
    with MisbehavingStore("rate_limited_often", products=make_products(120)) as remote:
        store = connected(remote)
        run, _ = sync.start_run(store, "products")
        assert sync.claim_slice(run)
        waits: list[float] = []
        with client_for(store, sleep=waits.append) as client:
            sync.run_slice(run, client=client, slice_seconds=0)
        assert waits[-1] == 1.0
        run.refresh_from_db()
        assert run.cursor[PAUSE] == 0.8
        remote.mode = "honest"
        assert sync.claim_slice(run)
        with client_for(
            store, sleep=waits.append, pause_seconds=run.cursor[PAUSE]
        ) as client:
            sync.run_slice(run, client=client)
    assert 0.4 < max(waits[2:]) <= 0.8
