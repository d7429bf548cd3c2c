"""What needs somebody, on the dashboard and on the store's page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commerce.models import SeenRecord, Store
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_product, make_run, make_store

pytestmark = pytest.mark.django_db


def dashboard(client, store: Store, user=None) -> str:
    client.force_login(user or owner_of(store))
    return client.get("/dashboard/").content.decode()


def make_failed(store: Store, resource: str = "products", **fields):
    values = {
        "status": "failed",
        "error_code": "unauthorized",
        "error_detail": "The store said no.",
        "finished_at": timezone.now(),
    }
    return make_run(store, resource=resource, **(values | fields))


def test_a_store_that_is_well_needs_nobody(client):
    store = make_store()
    make_run(store, status="succeeded")
    assert "Needs attention" not in dashboard(client, store)


def test_a_failing_store_says_why_since_when_and_what_to_do(client):
    store = make_store(
        name="Nordlicht",
        failures_in_a_row=3,
        next_sync_at=timezone.now() + timedelta(hours=4, minutes=1),
    )
    run = make_failed(store)
    for content in (
        dashboard(client, store),
        client.get(f"/dashboard/stores/{store.uid}/").content.decode(),
    ):
        assert "Products cannot be synced" in content
        assert "The store said no." in content
        assert "next try" in content
        assert "in 4 hours" in content
        assert f"/runs/{run.uid}/" in content
        assert f"/dashboard/stores/{store.uid}/connection/" in content


def test_products_and_orders_that_fail_for_one_reason_are_one_trouble(client):
    store = make_store(failures_in_a_row=1)
    make_failed(store, "orders")
    make_failed(store, "products")
    content = dashboard(client, store)
    assert "Products and orders cannot be synced" in content
    assert content.count("cannot be synced") == 1


def test_what_recovered_is_not_told_because_something_else_fails(client):
    store = make_store(failures_in_a_row=1)
    make_failed(store, "products", error_detail="An old trouble.")
    make_run(store, status="succeeded")
    make_run(store, status="cancelled")
    make_failed(store, "orders")
    content = dashboard(client, store)
    assert "Orders cannot be synced" in content
    assert "An old trouble." not in content


def test_held_deletions_are_confirmed_from_the_dashboard(client):
    now = timezone.now()
    store = make_store()
    run = make_run(store, status="partial", deletions_held=2, started_at=now)
    for name in ("gone_1", "gone_2", "kept"):
        make_product(store, name, observed_at=now - timedelta(days=1))
    SeenRecord.objects.create(run=run, external_id="kept")
    content = dashboard(client, store)
    assert "2 products wait for your decision" in content
    assert "Delete 2 products" in content
    url = f"/dashboard/stores/{store.uid}/runs/{run.uid}/confirm-deletions/"
    assert f'action="{url}"' in content
    client.post(url)
    assert store.products.filter(deleted_at=None).get().external_id == "kept"
    assert "Needs attention" not in dashboard(client, store)


def test_a_viewer_sees_the_trouble_and_no_button(client):
    store = make_store(failures_in_a_row=1)
    make_failed(store)
    make_run(store, status="partial", deletions_held=1, resource="orders")
    make_store(owner_of(store), status="disconnected", credentials=None)
    content = dashboard(client, store, make_viewer(store))
    assert "1 product waits for your decision" in content
    assert "Delete 1 product" not in content
    assert "Replace the credential" not in content
    assert ">Reconnect<" not in content


def test_a_disconnected_store_leads_to_reconnecting(client):
    store = make_store(status="disconnected", credentials=None, failures_in_a_row=2)
    make_failed(store)
    content = dashboard(client, store)
    assert "webhooks are refused" in content
    assert "cannot be synced" not in content
    assert f'href="/dashboard/stores/{store.uid}/connection/">Reconnect' in content


def test_the_troubles_of_others_are_theirs(client):
    store = make_store(failures_in_a_row=1)
    make_failed(store)
    assert "cannot be synced" not in dashboard(client, make_store())


def test_many_troubles_need_few_queries(client, django_assert_max_num_queries):
    store = make_store(failures_in_a_row=1)
    user = owner_of(store)
    for _ in range(10):
        other = make_store(user, failures_in_a_row=1)
        make_failed(other)
        make_run(other, status="partial", deletions_held=3)
    client.force_login(user)
    with django_assert_max_num_queries(12):
        client.get("/dashboard/")
