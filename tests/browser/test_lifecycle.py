"""A store from its connection's troubles to its end, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from commerce.models import Store
from commerce.services import deletion, sync
from tests.browser.conftest import DESKTOP, PHONE
from tests.commerce.people import owner_of
from tests.factories import make_store
from tests.stores import API_KEY, MisbehavingStore, make_orders, make_products
from tests.work import drain_queue, run_syncs

WINDOWS = pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "dark"), (PHONE, "light")], ids=["desktop", "phone"]
)


@pytest.fixture
def remote():
    products, orders = make_products(40), make_orders(2)
    with MisbehavingStore(products=products, orders=orders) as remote:
        yield remote


@pytest.fixture
def store(remote) -> Store:
    store = make_store(
        name="Nordlicht", base_url=remote.url, credentials=remote.credentials
    )
    sync.start_runs(store)
    run_syncs(store)
    return store


@WINDOWS
def test_cut_off_connected_again_and_deleted(visit, store, size, scheme):
    window = visit(owner_of(store), size=size, scheme=scheme)
    page = window.open(f"/dashboard/stores/{store.uid}/")
    page.get_by_role("navigation", name="Nordlicht").get_by_text("Connection").click()
    assert not window.is_wider_than_the_screen()

    page.get_by_role("button", name="Make a new token").click()
    expect(page.get_by_text("works until")).to_be_visible()

    page.get_by_label("API key", exact=True).last.fill("sk_wrong_one")
    page.get_by_role("button", name="Replace the credential").click()
    expect(page.get_by_role("alert")).to_contain_text("Could not connect to API")
    assert not window.is_wider_than_the_screen()
    page.get_by_label("API key", exact=True).last.fill(API_KEY)
    page.get_by_role("button", name="Replace the credential").click()
    expect(page.get_by_text("accepts the new credential")).to_be_visible()

    page.get_by_text("Disconnect…").click()
    page.get_by_role("button", name="Disconnect", exact=True).click()
    expect(page.get_by_text("its credential is deleted")).to_be_visible()
    window.open("/dashboard/")
    attention = page.get_by_role("region", name="Needs attention")
    attention.get_by_role("link", name="Reconnect").click()
    page.get_by_label("API key", exact=True).last.fill(API_KEY)
    page.get_by_role("button", name="Reconnect").click()
    expect(page.locator("#live").get_by_role("progressbar")).to_have_count(2)
    drain_queue()
    expect(page.locator("#live").get_by_role("progressbar")).to_have_count(0)

    window.open(f"/dashboard/stores/{store.uid}/connection/")
    page.get_by_label("Type the store's name").fill("Nordlich")
    page.get_by_role("button", name="Delete the store").click()
    expect(page.get_by_text("This is not the store's name")).to_be_visible()
    page.get_by_label("Type the store's name").fill("Nordlicht")
    page.get_by_role("button", name="Delete the store").click()
    removal = page.get_by_role("progressbar", name="Removal of what a deleted store")
    expect(removal).to_be_visible()
    assert not window.is_wider_than_the_screen()
    assert deletion.delete_slice(store.pk, slice_seconds=0)
    expect(page.get_by_text(" rows")).to_be_visible()
    drain_queue()
    expect(removal).to_have_count(0)


@WINDOWS
def test_from_the_trouble_to_what_changed(visit, store, remote, size, scheme):
    remote.products[:] = [p | {"price": p["price"] + 1} for p in remote.products[:10]]
    sync.start_run(store, "products")
    run_syncs(store)
    window = visit(owner_of(store), size=size, scheme=scheme)
    page = window.open("/dashboard/")
    attention = page.get_by_role("region", name="Needs attention")
    expect(attention).to_contain_text("30 products wait for your decision")
    assert not window.is_wider_than_the_screen()
    attention.get_by_role("button", name="Delete 30 products").click()
    expect(page.get_by_text("30 products deleted")).to_be_visible()
    page.get_by_role("link", name="See what changed").click()
    expect(page.get_by_text("11.25")).to_be_visible()
    expect(page.get_by_text("12.25")).to_be_visible()
    page.get_by_role("link", name="Deleted").click()
    expect(page.get_by_text("Product 40")).to_be_visible()
    assert not window.is_wider_than_the_screen()


def test_a_store_is_reconnected_with_scripts_off(visit, store, remote):
    Store.objects.update(status="disconnected", credentials=None)
    window = visit(owner_of(store), scripts=False)
    page = window.open(f"/dashboard/stores/{store.uid}/connection/")
    page.get_by_label("API key", exact=True).last.fill(API_KEY)
    page.get_by_role("button", name="Reconnect").click()
    expect(page.get_by_text("Nordlicht is connected")).to_be_visible()
    assert Store.objects.get().is_connected


@WINDOWS
def test_what_a_search_found_is_taken_as_a_file(visit, store, size, scheme):
    window = visit(owner_of(store), size=size, scheme=scheme)
    page = window.open(f"/dashboard/stores/{store.uid}/products/")
    page.get_by_role("searchbox").fill("SKU-00007")
    expect(page.locator("#result-count")).to_have_text("1 found")
    page.get_by_text("Export").click()
    expect(page.get_by_role("link", name="CSV, for spreadsheets")).to_be_in_viewport()
    assert not window.is_wider_than_the_screen()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV, for spreadsheets").click()
    assert download.value.suggested_filename.startswith("nordlicht-products-")
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("prod_7,Product 7,18.75,")
