"""manage.py sync_store : sync one store from the command line."""

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from commerce.management.commands.sync_store import Command
from commerce.models import Order, Product, SyncRun
from tests.factories import make_run, make_store
from tests.stores import MisbehavingStore, make_orders, make_products

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote():
    with MisbehavingStore(
        products=make_products(120), orders=make_orders(3)
    ) as remote_store:
        yield remote_store


@pytest.fixture
def store(remote):
    return make_store(base_url=remote.url, credentials=dict(remote.credentials))


def sync(*arguments) -> list[str]:
    out = StringIO()
    call_command("sync_store", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def test_waiting_syncs_here_and_tells_how_it_went(store):
    lines = sync(store.uid, "--wait")
    products, orders = SyncRun.objects.order_by("id")
    rest = "0 updated, 0 unchanged, 0 skipped, 0 deleted."
    assert lines == [
        f"products: sync run {products.uid}",
        "products: 3 of 3 pages, 120 records",
        f"products: succeeded. 120 created, {rest}",
        f"orders: sync run {orders.uid}",
        "orders: 1 of 1 pages, 3 records",
        f"orders: succeeded. 3 created, {rest}",
    ]
    assert (Product.objects.count(), Order.objects.count()) == (120, 3)


def test_one_resource_alone(store, remote):
    sync(store.uid, "--resource", "orders", "--wait")
    assert remote.asked("products") == []
    assert Order.objects.count() == 3


def test_a_run_that_was_active_already_is_joined(store):
    run = make_run(store, resource="products")
    assert str(run.uid) in sync(store.uid, "--resource", "products", "--wait")[0]
    assert SyncRun.objects.get().status == "succeeded"


def test_orders_wait_for_products_that_somebody_else_started(store, remote):
    make_run(store, resource="products")
    sync(store.uid, "--resource", "orders", "--wait")
    assert [run.status for run in SyncRun.objects.all()] == ["succeeded"] * 2
    assert remote.requests[-1].endpoint == "orders"


@pytest.mark.django_db(transaction=True)
def test_without_waiting_the_worker_syncs(store, remote, drain):
    lines = sync(store.uid)
    assert [line.partition(":")[0] for line in lines] == ["products", "orders"]
    assert remote.requests == []
    drain()
    assert {run.status for run in SyncRun.objects.all()} == {"succeeded"}


def test_what_did_not_succeed_fails_the_command(store, remote):
    remote.mode = "not_found"
    with pytest.raises(CommandError, match="products failed, orders failed") as error:
        sync(store.uid, "--wait")
    assert error.value.returncode == 1
    remote.mode = "honest"
    remote.products = [{"name": "No id"}]
    out = StringIO()
    with pytest.raises(CommandError, match="products partial"):
        call_command(
            "sync_store", store.uid, "--resource=products", "--wait", stdout=out
        )
    assert "1 of 1 records were skipped" in out.getvalue()


@pytest.mark.parametrize("store_id", ["nonsense", str(uuid.uuid4())])
def test_an_id_that_is_none_is_told(store_id):
    with pytest.raises(CommandError, match=store_id):
        sync(store_id)


def test_a_disconnected_store_is_not_synced():
    store = make_store(status="disconnected", credentials=None)
    with pytest.raises(CommandError, match="disconnected"):
        sync(store.uid)
    assert not SyncRun.objects.exists()


def test_the_help_explains_itself():
    text = Command().create_parser("manage.py", "sync_store").format_help()
    for part in ("STORE_ID", "--resource", "--wait", "worker", "default: all"):
        assert part in text
