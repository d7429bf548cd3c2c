"""What changed: kept by the run that changed it, shown record by record."""

import pytest

from commerce.models import RecordChange, Store, SyncRun
from commerce.services import history, page_sync, sync
from commerce.services.changes import cut
from commerce.services.removal import confirm_deletions
from tests.commerce.people import owner_of
from tests.factories import make_run, make_store
from tests.stores import MisbehavingStore, make_orders, make_products
from tests.work import run_syncs

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote():
    with MisbehavingStore(products=make_products(20), orders=make_orders(2)) as remote:
        yield remote


@pytest.fixture
def store(remote):
    return make_store(base_url=remote.url, credentials=remote.credentials)


def sync_again(store: Store, resource: str = "products") -> SyncRun:
    run, _ = sync.start_run(store, resource)
    run_syncs(store)
    run.refresh_from_db()
    return run


def page_of(client, run: SyncRun, kind: str = "") -> str:
    client.force_login(owner_of(run.store))
    url = f"/dashboard/stores/{run.store.uid}/runs/{run.uid}/changes/"
    return client.get(url, {"kind": kind} if kind else {}).content.decode()


def test_an_update_is_kept_field_by_field_and_shown(store, remote, client):
    sync_again(store)
    remote.products[3] |= {"price": 99.5, "name": "Renamed", "tags": []}
    run = sync_again(store)
    [change] = run.changes.all()
    assert (change.kind, change.external_id, change.title) == (
        "updated",
        "prod_4",
        "Renamed",
    )
    assert change.fields == {
        "name": ["Product 4", "Renamed"],
        "price": ["15.00", "99.50"],
        "tags": [["wireless"], []],
    }
    content = page_of(client, run)  # opens with what there is
    assert "<del>15.00</del>" in content
    assert "<ins>99.50</ins>" in content
    assert "<del>wireless</del>" in content
    product = store.products.get(external_id="prod_4")
    assert f"/products/{product.uid}/" in content
    detail = client.get(f"/dashboard/stores/{store.uid}/runs/{run.uid}/")
    assert "See what changed" in detail.content.decode()


def test_a_first_sync_writes_no_row_for_each_record_and_still_tells_them(store, client):
    first = sync_again(store)
    assert not RecordChange.objects.exists()
    content = page_of(client, first)
    assert 'New <span class="count">20</span>' in content
    assert "Product 17" in content


def test_what_a_run_created_stays_told_when_others_wrote_it_since(
    store, remote, client
):
    first = sync_again(store)
    remote.products.extend(make_products(1, first=21))
    second = sync_again(store)
    for product in remote.products:
        product["price"] += 1
    third = sync_again(store)
    assert "Product 21" in page_of(client, second, "created")
    assert "Product 20" not in page_of(client, second, "created")
    assert "Product 20" in page_of(client, first, "created")
    assert third.changes.count() == third.updated == 21


def test_deleted_and_revived_products_are_told(store, remote, client):
    sync_again(store)
    gone = remote.products.pop()
    run = sync_again(store)
    assert [(c.kind, c.title) for c in run.changes.all()] == [("deleted", "Product 20")]
    content = page_of(client, run)
    assert "<strong>Product 20</strong>" in content
    remote.products.append(gone | {"price": 1})
    again = sync_again(store)
    [change] = again.changes.all()
    assert (change.kind, change.fields["price"]) == ("revived", ["35.00", "1.00"])
    content = page_of(client, again)
    assert 'New <span class="count">0</span>' in content
    assert 'Listed again <span class="count">1</span>' in content


def test_confirmed_deletions_are_told_by_the_run_that_found_them(store, remote):
    sync_again(store)
    del remote.products[2:]
    run = sync_again(store)
    assert not run.changes.exists()
    confirm_deletions(run)
    run.refresh_from_db()
    assert run.changes.count() == run.changes_kept == run.deleted == 18


def test_a_run_keeps_a_bounded_number_of_changes(store, remote, client, monkeypatch):
    for module in (history, page_sync):
        monkeypatch.setattr(module, "CHANGES_KEPT", 5)
    sync_again(store)
    for product in remote.products:
        product["price"] += 1
    run = sync_again(store)
    assert (run.updated, run.changes.count(), run.changes_kept) == (20, 5, 5)
    content = page_of(client, run)
    assert "20 in all." in content


def test_orders_are_told_too(store, remote, client):
    sync_again(store, "orders")
    remote.orders[0]["status"] = "refunded"
    run = sync_again(store, "orders")
    content = page_of(client, run)
    assert "<del>completed</del>" in content
    assert f"/orders/{store.orders.get(external_id='order_1').uid}/" in content


def test_a_key_nobody_reads_is_no_change(store, remote):
    sync_again(store)
    remote.products[0]["internal_note"] = "new"
    run = sync_again(store)
    assert (run.unchanged, run.changes.count()) == (20, 0)


def test_long_values_are_cut_where_they_first_differ():
    text = "a" * 1000
    before, after = cut(text + "red" + text, text + "blue" + text)
    assert "red" in before and "blue" in after
    assert max(len(before), len(after)) < 320
    assert cut(None, text)[0] is None
    assert cut({"a": 1}, {"a": 2}) == [{"a": 1}, {"a": 2}]


def test_markup_in_a_value_stays_text(store, remote, client):
    sync_again(store)
    remote.products[0]["name"] = "<img src=x onerror=alert(1)>"
    assert "<img src=x" not in page_of(client, sync_again(store))


def test_a_run_of_old_says_that_no_details_are_kept(store, client):
    run = make_run(store, status="succeeded", created=7, updated=3)
    assert "No details are kept" in page_of(client, run)
    assert "No details are kept" in page_of(client, run, "updated")
    assert "No details are kept" in page_of(client, run, "nonsense")
    assert "Nothing that HiWelink held was gone" in page_of(client, run, "deleted")
