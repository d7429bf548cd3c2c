"""The Webhooks tab in a real browser: the replay path, filters, phones."""

import re

import pytest
from playwright.sync_api import expect

from commerce.models import Product
from tests.browser.conftest import PHONE, copied_by
from tests.commerce.people import owner_of
from tests.factories import make_store
from tests.webhooks.conftest import Sender
from tests.work import drain_queue


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
    expect(page).to_have_url(re.compile("status=refused"))
    page.get_by_role("link", name="product.updated").click()
    expect(page.get_by_text("or map the field that holds it")).to_be_visible()
    page.go_back()
    page.get_by_label("Status").select_option("Applied")
    page.get_by_role("link", name="product.created").click()
    Product.objects.all().delete()
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("Applied again.")).to_be_visible()
    assert Product.objects.get().name == "Lamp"


def test_what_a_filter_finds_is_replayed_after_an_estimate(visit, store):
    Sender(store).product("updated")(id="p1", price=12)
    Sender(store).product("created")(id="p3", name="Kettle", price=7)
    Product.objects.filter(external_id="p3").delete()
    page = visit(owner_of(store)).open(f"/dashboard/stores/{store.uid}/webhooks/")
    page.get_by_label("Status").select_option("Applied")
    expect(page.get_by_role("heading", name="3 found")).to_be_visible()
    page.get_by_role("link", name="Replay these…").click()
    expect(page.get_by_role("heading", name="Apply 3 deliveries")).to_be_visible()
    expect(page.get_by_text("Your choice holds 3 deliveries.")).to_be_visible()
    expect(page.get_by_text("1 of them will change nothing")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", name="3 found")).to_be_visible()
    page.get_by_role("link", name="Replay these…").click()
    page.get_by_role("button", name="Replay 3 deliveries").click()
    expect(page.get_by_text("3 deliveries are being applied again.")).to_be_visible()
    expect(page).to_have_url(re.compile("status=applied"))
    drain_queue()
    assert Product.objects.get(external_id="p3").name == "Kettle"
    assert Product.objects.get(external_id="p1").price == 12


def test_a_test_event_and_a_secret(visit, store):
    page = visit(owner_of(store)).open(f"/dashboard/stores/{store.uid}/webhooks/")
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_text("went all the way")).to_be_visible()
    page.get_by_role("link", name="Webhooks").first.click()
    page.get_by_role("link", name="Make a secret").click()
    page.get_by_role("button", name="Make a secret").click()
    secret = page.locator("#webhook-secret")
    copied = copied_by(page.get_by_role("button", name="Copy the secret"))
    assert copied == secret.text_content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_log_fits_a_phone(visit, store, scheme):
    visitor = visit(owner_of(store), size=PHONE, scheme=scheme)
    page = visitor.open(f"/dashboard/stores/{store.uid}/webhooks/")
    assert not visitor.is_wider_than_the_screen()
    page.get_by_role("link", name=re.compile("product.updated")).click()
    assert not visitor.is_wider_than_the_screen()
