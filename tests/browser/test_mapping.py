"""Mapping a store's fields with a live preview, in a real browser."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from commerce.models import Store
from commerce.services.catalog import Writer, save_records
from commerce.tasks import remap_slice
from tests.browser.conftest import DESKTOP, PHONE
from tests.commerce.people import owner_of
from tests.factories import make_store, make_user
from tests.stores import API_KEY, MisbehavingStore, make_orders

WINDOWS = pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"]
)
ODD = [
    {"id": n, "product_title": f"Tent {n}", "retail_price": f"{n}.90", "maker": "Nord"}
    for n in range(1, 31)
]


def enter(page, remote):
    page.goto(page.url)
    page.get_by_label("Store name").fill("Nordlicht")
    page.get_by_label("Environment").select_option("sandbox")
    page.get_by_label("Base URL").fill(remote.url)
    page.get_by_label("API key", exact=True).last.fill(API_KEY)


@WINDOWS
def test_a_store_is_mapped_before_it_is_connected(visit, size, scheme):
    window = visit(make_user(), size=size, scheme=scheme)
    page = window.open("/dashboard/stores/new/generic-api/")
    with MisbehavingStore(products=ODD, orders=make_orders(2)) as remote:
        enter(page, remote)
        page.get_by_role("button", name="Preview mapping").click()
        products = page.get_by_role("region", name="Products")
        expect(products.get_by_text("20 would be skipped")).to_be_visible()
        assert not window.is_wider_than_the_screen()

        products.get_by_role("button", name="Use product_title as name").click()
        name = page.get_by_label("name", exact=True)
        expect(name).to_have_value("product_title")
        expect(products.get_by_text("20 can be stored")).to_be_visible()
        asked = len(remote.requests)

        # Typing re-previews; what was typed and where stays.
        sent = []
        page.on("request", lambda request: sent.append(request.post_data or ""))
        sku = page.get_by_label("sku", exact=True)
        sku.press_sequentially("maker")
        expect(page.locator("#out-map-products-sku")).to_contain_text("Nord")
        sku.press_sequentially("_x")
        expect(page.locator("#out-map-products-sku")).to_contain_text("Not found")
        expect(sku).to_be_focused()
        expect(sku).to_have_value("maker_x")
        sku.fill("maker || id")
        expect(page.locator("#out-map-products-sku")).to_contain_text("Nord")
        products.get_by_label("Look at").select_option("2")
        expect(page.locator("#out-map-products-name")).to_contain_text("Tent 3")
        assert sent
        assert not any(API_KEY in body for body in sent)
        assert len(remote.requests) == asked

        page.get_by_label("JSON", exact=True).check()
        text = page.get_by_label("Field mappings (JSON)")
        expect(text).to_have_value(
            '{\n  "products": {\n    "name": "product_title",\n'
            '    "sku": "maker || id"\n  }\n}'
        )
        text.fill('{"name": "product_title", "price": "retail_price", "nmae": "x"}')
        expect(page.locator("#mapping-errors")).to_contain_text('Did you mean "name"?')
        text.fill('{"name": "product_title", "price": "retail_price"}')
        expect(page.locator("#out-map-products-price")).to_contain_text("3.90")
        expect(page.locator("#mapping-errors")).to_be_empty()
        assert not window.is_wider_than_the_screen()

        # The credential never left its field.
        page.get_by_role("button", name="Connect with this mapping").click()
        expect(page.get_by_text("Nordlicht is connected")).to_be_visible()
    assert Store.objects.get().field_mappings == {
        "name": "product_title",
        "price": "retail_price",
    }


@pytest.fixture
def store():
    store = make_store()
    save_records(
        store,
        "products",
        [record | {"name": f"Name {record['id']}"} for record in ODD],
        observed_at=timezone.now(),
        writer=Writer("sync_run"),
    )
    return store


@WINDOWS
def test_a_stores_mapping_is_edited_and_remaps_as_one_watches(
    visit, store, size, scheme
):
    window = visit(owner_of(store), size=size, scheme=scheme)
    page = window.open(f"/dashboard/stores/{store.uid}/mapping/")
    name = page.get_by_label("name", exact=True)
    name.fill("product_title")
    expect(page.locator("#out-map-products-name")).to_contain_text("your mapping")
    assert not window.is_wider_than_the_screen()
    page.get_by_role("button", name="Save and re-map").click()
    expect(page.get_by_text("Mapping saved")).to_be_visible()
    expect(page.get_by_text("0 of 30 remapped")).to_be_visible()
    remap_slice(store.pk)
    expect(page.get_by_text("30 of 30 records, 30 changed")).to_be_visible()
    assert store.products.filter(name__startswith="Tent").count() == 30
    page.get_by_role("navigation", name=store.name).get_by_text("Products").click()
    expect(page.get_by_role("link", name="Tent 30")).to_be_visible()


def test_a_mapping_is_saved_without_scripts(visit, store):
    window = visit(owner_of(store), scripts=False)
    page = window.open(f"/dashboard/stores/{store.uid}/mapping/")
    page.get_by_label("name", exact=True).fill("product_title")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#out-map-products-name")).to_contain_text("your mapping")
    page.get_by_role("button", name="Use retail_price as price").click()
    page.get_by_role("button", name="Save and re-map").click()
    expect(page.get_by_text("Mapping saved")).to_be_visible()
    page.get_by_label("JSON", exact=True).check()
    page.get_by_label("Field mappings (JSON)").fill('{"products": {"sku": "maker"}}')
    page.get_by_role("button", name="Save and re-map").click()
    store.refresh_from_db()
    assert store.field_mappings == {"products": {"sku": "maker"}}


def test_a_store_is_previewed_and_connected_without_scripts(visit):
    window = visit(make_user(), scripts=False)
    page = window.open("/dashboard/stores/new/generic-api/")
    with MisbehavingStore(products=ODD) as remote:
        enter(page, remote)
        page.get_by_role("button", name="Preview mapping").click()
        page.get_by_role("button", name="Use product_title as name").click()
        expect(page.get_by_label("name", exact=True)).to_have_value("product_title")
        page.get_by_label("API key", exact=True).last.fill(API_KEY)
        page.get_by_role("button", name="Connect with this mapping").click()
        expect(page.get_by_text("Nordlicht is connected")).to_be_visible()
    assert Store.objects.get().field_mappings == {"products": {"name": "product_title"}}


@WINDOWS
def test_a_store_is_polled_at_an_interval_of_its_own(visit, store, size, scheme):
    window = visit(owner_of(store), size=size, scheme=scheme)
    page = window.open(f"/dashboard/stores/{store.uid}/settings/")
    minutes = page.get_by_label("Minutes")
    expect(minutes).to_be_hidden()
    page.get_by_label("Scheduled sync").select_option(label="Another interval")
    minutes.fill("45")
    assert not window.is_wider_than_the_screen()
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Settings saved.")).to_be_visible()
    expect(minutes).to_have_value("45")
    page.get_by_role("navigation", name=store.name).get_by_text("Overview").click()
    expect(page.get_by_text("Every 45 minutes")).to_be_visible()
