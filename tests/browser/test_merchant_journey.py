"""A merchant's whole path, from signing up to the first conversation, in one window."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from chatbot.models import Chatbot
from chatbot.tasks import index_store
from commerce.models import Store
from tests.browser.conftest import Visitor, copied_by
from tests.browser.test_dashboard import run_one_page
from tests.factories import PASSWORD
from tests.stores import API_KEY, MisbehavingStore, make_orders, make_products
from tests.work import drain_queue

LAMP = {
    "id": "lamp-1",
    "product_title": "Brass Reading Lamp",
    "retail_price": "$49.90",
    "description": "A lamp of brass to read by.",
    "slug": "brass-reading-lamp",
    "stock_status": "in_stock",
}


def catalogue() -> list[dict[str, Any]]:
    """Sixty products with a price of their own naming; one hides its name as well."""
    products = make_products(60)
    for product in products:
        product["retail_price"] = product.pop("price")
        del product["regular_price"], product["sale_price"]
    return [*products, LAMP]


@pytest.fixture
def remote(settings):
    cache.clear()
    settings.OPENAI_API_KEY = ""
    with MisbehavingStore(products=catalogue(), orders=make_orders(2)) as remote:
        yield remote


def test_from_signing_up_to_the_first_conversation(visit, remote):
    window = visit()
    page = window.open("/account/signup/")
    sign_up(page)
    enter_the_store(page, remote)
    ask_the_doctor(page)
    map_the_price(page)
    connect_and_watch(page)
    store = Store.objects.get()
    assert store.products.count() == 60
    mend_the_skipped_record(page)
    assert store.products.get(external_id="lamp-1").name == "Brass Reading Lamp"
    assert store.products.count() == 61
    make_a_chatbot(page)
    ask_it_in_the_preview(page)
    copy_the_script_tag(page)
    read_the_conversation(window)


def sign_up(page: Page) -> None:
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail address").fill("ann@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Commerce")).to_be_visible()


def enter_the_store(page: Page, remote: MisbehavingStore) -> None:
    page.get_by_role("link", name="Add Store").click()
    page.get_by_role("link", name="Generic API").click()
    page.wait_for_url("**/generic-api/")  # loaded, scripts and all
    page.get_by_label("Store name").fill("Nordlicht")
    page.get_by_label("Environment").select_option("sandbox")
    page.get_by_label("Base URL").fill(remote.url)
    page.get_by_label("API key", exact=True).last.fill(API_KEY)


def ask_the_doctor(page: Page) -> None:
    page.get_by_role("button", name="Check this address").click()
    expect(page.get_by_text("The store takes the credential")).to_be_attached()


def map_the_price(page: Page) -> None:
    page.get_by_role("button", name="Preview mapping").click()
    products = page.get_by_role("region", name="Products")
    expect(products.get_by_text("20 can be stored")).to_be_visible()
    products.get_by_role("button", name="Use retail_price as price").click()
    expect(page.locator("#out-map-products-price")).to_contain_text("11.25")


def connect_and_watch(page: Page) -> None:
    page.get_by_role("button", name="Connect with this mapping").click()
    expect(page.get_by_text("Nordlicht is connected")).to_be_visible()
    live = page.locator("#live")
    run_one_page(Store.objects.get())
    expect(live.get_by_text("Page 1 of 2 · 50 records read")).to_be_visible()
    expect(live.get_by_role("progressbar", name="Products sync")).to_be_visible()
    drain_queue()
    expect(live.locator(".stat-value").first).to_have_text("60")
    expect(live.get_by_role("progressbar")).to_have_count(0)


def mend_the_skipped_record(page: Page) -> None:
    """The list of issues leads to the mapping; the next sync brings what was missing."""
    runs = page.get_by_role("region", name="Sync Runs")
    runs.get_by_role("link", name="Products").click()
    issues = page.get_by_role("region", name="Issues", exact=True)
    expect(issues.get_by_text("lamp-1", exact=True)).to_be_visible()
    expect(issues.get_by_text("Skipped", exact=True)).to_have_count(2)
    issues.get_by_role("link", name="Change the field mapping").click()
    page.wait_for_url("**/mapping/")
    name = page.get_by_label("name", exact=True)
    name.fill("name || product_title")
    expect(page.locator("#out-map-products-name")).to_contain_text("your mapping")
    page.get_by_role("button", name="Save and re-map").click()
    expect(page.get_by_text("Mapping saved")).to_be_visible()
    drain_queue()
    tabs = page.get_by_role("navigation", name="Nordlicht")
    tabs.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Products sync started")).to_be_visible()
    drain_queue()
    live = page.locator("#live")
    expect(live.locator(".stat-value").first).to_have_text("61")
    index_store(Store.objects.get().pk)  # the worker's indexer needs no telling
    expect(live.locator(".stat-value").nth(2)).to_have_text("61")
    expect(live.get_by_role("progressbar")).to_have_count(0)


def make_a_chatbot(page: Page) -> None:
    setup = page.get_by_role("complementary", name="Setting up")
    setup.get_by_role("link", name="Create a chatbot").click()
    page.get_by_label("Name").fill("Kettle")
    page.get_by_role("button", name="Create chatbot").click()
    expect(page.get_by_role("heading", level=1, name="Kettle")).to_be_visible()


def ask_it_in_the_preview(page: Page) -> None:
    frame = page.frame_locator("#preview-frame")
    frame.get_by_label("Your question").fill("How much is the brass reading lamp?")
    frame.get_by_role("button", name="Send").click()
    answer = frame.locator("article.assistant").last
    expect(answer.locator(".thumbs")).to_be_visible()  # it is complete
    expect(answer.locator(".bubble")).to_contain_text("49.90")


def copy_the_script_tag(page: Page) -> None:
    copied = copied_by(page.locator("button[data-copy=embed-code]"))
    assert copied == Chatbot.objects.get().embed_code


def read_the_conversation(window: Visitor) -> None:
    page = window.page
    page.get_by_role("link", name="Read the conversations").click()
    expect(page.get_by_role("heading", name="1 found")).to_be_visible()
    page.get_by_role("link", name="How much is the brass reading lamp?").click()
    expect(page.get_by_text(re.compile(r"49\.90")).first).to_be_visible()
    expect(page.get_by_role("link", name="Brass Reading Lamp").first).to_be_visible()
