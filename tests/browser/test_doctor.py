"""The doctor, in a real browser: before connecting, and on a store's page."""

import os

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from commerce.models import Store
from tests.browser.conftest import DESKTOP, PHONE, copied_by
from tests.commerce.people import owner_of
from tests.factories import make_store, make_user
from tests.stores import API_KEY, MisbehavingStore, make_products

WINDOWS = pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["desktop-light", "desktop-dark", "phone-light", "phone-dark"],
)


@pytest.fixture(autouse=True)
def _fresh_throttles():
    cache.clear()


@WINDOWS
def test_a_merchant_mends_the_store_and_then_connects_it(visit, size, scheme):
    window = visit(make_user(), size=size, scheme=scheme)
    page = window.open("/dashboard/stores/new/generic-api/")
    with MisbehavingStore(
        "slow_first_byte", guard="anybody", products=make_products(3, slug=None)
    ) as remote:
        page.get_by_label("Store name").fill("Nordlicht")
        page.get_by_label("Environment").select_option("sandbox")
        page.get_by_label("Base URL").fill(remote.url)
        page.get_by_label("API key", exact=True).last.fill(API_KEY)
        page.get_by_role("button", name="Check this address").click()
        expect(page.get_by_text("Asking your store")).to_be_visible()
        expect(page.get_by_role("progressbar", name="The check")).to_be_visible()

        title = page.get_by_role("heading", name="1 fault to mend")
        expect(title).to_be_focused()
        expect(page.get_by_text("Asking your store")).to_be_hidden()
        worst = page.locator(".findings .fail")
        expect(worst).to_contain_text("Anybody can read your customers' orders")
        assert not window.is_wider_than_the_screen()
        copied = copied_by(worst.get_by_role("button", name="Copy"))
        assert copied.startswith("curl -i -H 'Accept: application/json'")
        shoot(page, f"connect-{size['width']}-{scheme}")

        remote.guard, remote.mode = "exact", "honest"
        page.get_by_role("button", name="Check this address").click()
        expect(page.get_by_role("heading", name="Everything is as")).to_be_visible()
        page.get_by_role("button", name="Connect").click()
        expect(page.get_by_text("Nordlicht is connected")).to_be_visible()
    assert Store.objects.get().credentials == {"api_key": API_KEY}


@WINDOWS
def test_a_stores_doctor_shows_its_report(visit, size, scheme):
    products = [{"id": n, "product_title": f"Lamp {n}" * 9} for n in range(3)]
    with MisbehavingStore("everything", products=products) as remote:
        store = make_store(
            name="Nordlicht", base_url=remote.url, credentials=remote.credentials
        )
        window = visit(owner_of(store), size=size, scheme=scheme)
        page = window.open(f"/dashboard/stores/{store.uid}/doctor/")
        shoot(page, f"doctor-before-{size['width']}-{scheme}")
        page.get_by_role("button", name="Check this store").click()
        expect(page.get_by_role("heading", name="Mend these first")).to_be_visible()
    expect(page.get_by_text('{"name": "product_title"}')).to_be_visible()
    page.get_by_text("checks passed").click()
    expect(page.get_by_text("The store takes the credential")).to_be_visible()
    assert not window.is_wider_than_the_screen()
    shoot(page, f"doctor-{size['width']}-{scheme}")


def test_a_check_that_breaks_off_says_so_and_may_be_repeated(visit):
    with MisbehavingStore() as remote:
        store = make_store(base_url=remote.url, credentials=remote.credentials)
        window = visit(owner_of(store))
        page = window.open(f"/dashboard/stores/{store.uid}/doctor/")
        page.route("**/doctor/check/", lambda route: route.abort())
        page.get_by_role("button", name="Check this store").click()
        expect(page.get_by_text("The check was interrupted")).to_be_visible()
        expect(page.get_by_text("Asking your store")).to_be_hidden()
        assert window.complaints
        window.complaints.clear()
        page.unroute("**/doctor/check/")
        page.get_by_role("button", name="Check this store").click()
        expect(page.get_by_role("heading", name="Everything is as")).to_be_visible()
        expect(page.get_by_text("The check was interrupted")).to_be_hidden()


def test_the_doctor_works_without_scripts(visit):
    with MisbehavingStore("bom") as remote:
        store = make_store(base_url=remote.url, credentials=remote.credentials)
        window = visit(owner_of(store), scripts=False)
        page = window.open(f"/dashboard/stores/{store.uid}/doctor/")
        page.get_by_role("button", name="Check this store").click()
        expect(page.get_by_role("heading", name="It works, with 2")).to_be_visible()


def shoot(page, name):
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
