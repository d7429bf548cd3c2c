"""The Webhooks tab in a real browser: the replay path, filters, phones."""

import re

import pytest
from playwright.sync_api import expect

from commerce.models import Product
from tests.browser.conftest import PHONE
from tests.commerce.people import owner_of
from tests.factories import make_store
from tests.webhooks.conftest import Sender


@pytest.fixture
def store():
    store = make_store(name="Cairn & Kettle")
    sender = Sender(store)
    sender.product("created")(id="p1", name="Lamp", price=10)
    sender.product("updated")(id="p2", price=3)
    return store


def test_a_refused_event_is_found_read_and_another_replayed(visit, store):
    page = visit(owner_of(store)).open(f"/dashboard/stores/{store.uid}/webhooks/")
    expect(page.get_by_role("heading", name="2 deliveries")).to_be_visible()
    page.get_by_label("Status").select_option("Refused")
    expect(page.get_by_role("heading", name="1 found")).to_be_visible()
    assert "status=refused" in page.url
    page.get_by_role("link", name="product.updated").click()
    expect(page.get_by_text("or map the field that holds it")).to_be_visible()
    page.go_back()
    page.get_by_label("Status").select_option("Applied")
    page.get_by_role("link", name="product.created").click()
    Product.objects.all().delete()
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("Applied again.")).to_be_visible()
    assert Product.objects.get().name == "Lamp"


def test_a_test_event_and_a_secret(visit, store):
    page = visit(owner_of(store)).open(f"/dashboard/stores/{store.uid}/webhooks/")
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_text("went all the way")).to_be_visible()
    page.get_by_role("link", name="Webhooks").first.click()
    page.get_by_role("link", name="Make a secret").click()
    page.get_by_role("button", name="Make a secret").click()
    secret = page.locator("#webhook-secret")
    page.get_by_role("button", name="Copy the secret").click()
    assert page.evaluate("navigator.clipboard.readText()") == secret.text_content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_log_fits_a_phone(visit, store, scheme):
    visitor = visit(owner_of(store), size=PHONE, scheme=scheme)
    page = visitor.open(f"/dashboard/stores/{store.uid}/webhooks/")
    assert not visitor.is_wider_than_the_screen()
    page.get_by_role("link", name=re.compile("product.updated")).click()
    assert not visitor.is_wider_than_the_screen()
