"""/sync: its four forms, small bodies at once, large ones in slices."""

import pytest
from django.utils import timezone

from commerce.models import SyncRun
from commerce.services.sync import cancel_run, next_runs, start_run
from tests.factories import make_product
from tests.stores import make_orders, make_products
from tests.webhooks.conftest import OK
from webhooks.models import Delivery
from webhooks.services import bulk
from webhooks.services.processing import MAX_ATTEMPTS, work_of
from webhooks.services.replaying import replay
from webhooks.tasks import process_due


@pytest.mark.parametrize(
    ("body", "resources"),
    [
        (b"", ["products", "orders"]),
        (b"  \n", ["products", "orders"]),
        ({}, ["products", "orders"]),
        ({"resource": "all"}, ["products", "orders"]),
        ({"resource": "products"}, ["products"]),
        ({"resource": "orders"}, ["orders"]),
    ],
)
def test_reading_from_the_store_starts_runs_and_names_the_first(
    store, sender, body, resources
):
    answer = sender.post("sync", body)
    runs = list(SyncRun.objects.order_by("id"))
    assert answer.json() == OK | {"sync_run_id": str(runs[0].uid)}
    assert [run.resource for run in runs] == resources
    assert {run.trigger for run in runs} == {"webhook"}
    assert store.deliveries.get().sync_runs == [str(run.uid) for run in runs]
    again = sender.post("sync", body)
    assert again.json() == answer.json()
    assert SyncRun.objects.count() == len(resources)


def test_an_empty_body_needs_no_content_type(sender):
    assert sender.send("POST", "sync").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_started_run_is_queued(store, sender):
    from django_q.models import OrmQ

    sender.post("sync", {"resource": "products"})
    assert [task.func() for task in OrmQ.objects.all()] == ["commerce.tasks.queue_next"]


def test_records_are_merged_and_the_bad_ones_listed(store, sender):
    make_product(store, "prod_1", name="Old", sku="S", raw={"id": "prod_1", "sku": "S"})
    answer = sender.post(
        "sync",
        {
            "products": [
                {"id": "prod_1", "name": "New"},
                {"name": "no id"},
                "nonsense",
                {"id": "prod_2", "name": "Second", "price": "x"},
            ],
            "orders": make_orders(2),
        },
    )
    assert answer.json() == OK
    first, second = store.products.order_by("external_id")
    assert (first.name, first.sku, second.name) == ("New", "S", "Second")
    assert store.orders.count() == 2
    delivery = store.deliveries.get()
    assert delivery.status == "applied"
    assert delivery.counts == {
        "records": 6,
        "created": 3,
        "updated": 1,
        "skipped": 2,
    }
    assert [(i["position"], i["code"]) for i in delivery.issues] == [
        (1, "missing_id"),
        (2, "not_an_object"),
        (3, "invalid_price"),
    ]
    assert delivery.error_code == "records_skipped"


def test_events_are_applied_in_their_order(store, sender):
    events = [
        {"event": "product.created", "data": {"id": "b", "name": "B"}},
        {"event": "product.created", "data": {"id": "a", "name": "A"}},
        {"event": "product.updated", "data": {"id": "b", "name": "B2"}},
        {"event": "product.deleted", "data": {"id": "a"}},
        {"event": "order.created", "data": {"id": "o"}},
    ]
    assert sender.post("sync", {"events": events}).json() == OK
    live = store.products.filter(deleted_at=None).get()
    assert live.name == "B2"
    assert store.orders.count() == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "not_an_object"),
        ({"resource": "customers"}, "unknown_resource"),
        ({"resource": ["products"]}, "unknown_resource"),
        ({"products": {"id": 1}}, "not_a_list"),
        ({"events": [{"event": "x", "data": {}}]}, "unknown_event"),
        ({"events": [7]}, "not_an_object"),
        ({"event": "product.updated", "data": {"id": 1}}, "unknown_body"),
        ({"products": [], "resource": "all"}, "unknown_body"),
        ({"something": 1}, "unknown_body"),
    ],
)
def test_other_bodies_are_refused_whole(store, sender, body, code):
    answer = sender.post("sync", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not store.products.exists() and not SyncRun.objects.exists()


def test_an_unsigned_bulk_body_keeps_orders_emails(store, sender):
    sender.order("created")(id="1", customer_email="alice@example.com")
    sender.post("sync", {"orders": [{"id": "1", "customer_email": "thief@x.io"}]})
    assert store.orders.get().customer_email == "alice@example.com"


@pytest.mark.django_db(transaction=True)
def test_a_large_body_is_applied_in_the_background_with_runs_to_watch(
    store, sender, drain
):
    products = [*make_products(bulk.INLINE_CHANGES), {"name": "no id"}]
    answer = sender.post("sync", {"products": products, "orders": make_orders(60)})
    run, other = SyncRun.objects.order_by("id")
    assert answer.json() == OK | {"sync_run_id": str(run.uid)}
    delivery = store.deliveries.get()
    assert (delivery.status, delivery.http_status) == ("queued", 200)
    assert delivery.sync_runs == [str(run.uid), str(other.uid)]
    assert (run.status, run.pages_total, store.products.count()) == ("queued", 3, 0)
    drain()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.due_at) == ("applied", None)
    assert delivery.counts == {"records": 161, "created": 160, "skipped": 1}
    assert (store.products.count(), store.orders.count()) == (100, 60)
    run.refresh_from_db()
    assert (run.resource, run.status, run.error_code) == (
        "products",
        "partial",
        "records_skipped",
    )
    assert (run.records_read, run.created, run.skipped) == (101, 100, 1)
    assert (run.pages_fetched, run.issue_counts) == (3, {"missing_id": 1})
    assert run.issues.get().position == 100
    other.refresh_from_db()
    assert (other.resource, other.status, other.created) == ("orders", "succeeded", 60)
    assert not store.last_synced_at


def test_a_pushed_run_takes_no_polls_turn(store, sender):
    sender.post("sync", {"products": make_products(101)})
    assert next_runs(store.pk) == []
    run, coalesced = start_run(store, "products")
    assert not coalesced
    assert next_runs(store.pk) == [run]


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_costs_one_batch(store, sender, monkeypatch):
    sender.post("sync", {"products": make_products(120)})
    delivery = store.deliveries.get()
    saved = bulk.save_progress
    killed = []

    def die_once(delivery, tally, run):
        saved(delivery, tally, run)
        if delivery.position == 100 and not killed:
            killed.append(True)
            raise SystemExit  # nothing of ours catches it, as with kill -9

    monkeypatch.setattr(bulk, "save_progress", die_once)
    with pytest.raises(SystemExit):
        process_due(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.position, store.products.count()) == (50, 50)
    assert process_due(delivery.pk) == "nothing to do"  # still leased
    Delivery.objects.update(due_at=delivery.received_at)
    process_due(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.counts == {"records": 120, "created": 120}
    assert (delivery.status, store.products.count()) == ("applied", 120)
    run = SyncRun.objects.get()
    assert (run.records_read, run.pages_fetched, run.status) == (120, 3, "succeeded")


def test_a_slice_makes_way_and_another_goes_on(store, sender):
    sender.post("sync", {"products": make_products(120)})
    delivery = store.deliveries.get()
    work = work_of(delivery)
    assert bulk.apply_slice(store, delivery, work, slice_seconds=0)
    assert not store.products.exists()
    assert not bulk.apply_slice(store, delivery, work)
    assert store.products.count() == 120


def test_cancelling_the_run_stops_the_body(store, sender):
    sender.post("sync", {"products": make_products(120), "orders": make_orders(2)})
    delivery = store.deliveries.get()
    products, orders = SyncRun.objects.order_by("id")
    assert cancel_run(products)
    process_due(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.error_code, delivery.due_at) == ("cancelled", None)
    orders.refresh_from_db()
    assert (orders.status, orders.error_code) == ("failed", "cancelled")
    assert not store.products.exists()


def test_a_body_that_keeps_failing_ends_its_run(store, sender, monkeypatch):
    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr(bulk, "apply_batch", fail)
    sender.post("sync", {"products": make_products(120)})
    for _ in range(MAX_ATTEMPTS):
        Delivery.objects.update(due_at=timezone.now())
        process_due(store.deliveries.get().pk)
    delivery = store.deliveries.get()
    assert (delivery.status, delivery.due_at) == ("failed", None)
    assert SyncRun.objects.get().status == "failed"
    monkeypatch.undo()
    assert replay(delivery)
    process_due(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.status, store.products.count()) == ("applied", 120)
    assert SyncRun.objects.first().status == "succeeded"
