"""The demo storefront with its live chat, no key: what a first visitor sees.

The demo store is a process of its own, synced over HTTP; its own pages say what is true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.core.cache import cache
from playwright.sync_api import Locator, Page, expect

from chatbot.indexing import index_words
from chatbot.tasks import index_store
from commerce.models import Store
from hiwelink import demo_store as demo_merchant
from tests.browser.conftest import PHONE
from tests.examples.servers import RunningStore, demo_store, get
from tests.work import run_syncs


@dataclass(frozen=True)
class Talk:
    """One thing a shopper wants; each question may follow up on the one before."""

    kind: str
    questions: list[str]
    says: list[str]  # all of them are in the last answer
    cards: list[str] = field(default_factory=list)  # names, in any order


TALKS = [
    Talk(
        "price",
        ["How much is the Skarn 2 Backpacking Tent?"],
        ["$399.00", "$459.00"],
        ["Skarn 2 Backpacking Tent"],
    ),
    Talk(
        "a follow-up about an attribute",
        ["How much is the Skarn 2 Backpacking Tent?", "How much does it weigh?"],
        ["1.6 kg"],
        ["Skarn 2 Backpacking Tent"],
    ),
    Talk(
        "stock",
        ["Is the Director's Folding Camp Chair in stock?"],
        ["out of stock"],
        ["Director's Folding Camp Chair"],
    ),
    Talk(
        "a limit on the price",
        ["Which hammocks do you have under $100?"],
        ["$69.00"],
        ["Lazy Alder Double Hammock"],
    ),
    Talk(
        "the cheapest",
        ["What is your cheapest headlamp?"],
        ["The cheapest is Junebug Kids' Headlamp at $22.00"],
        ["Junebug Kids' Headlamp"],
    ),
    Talk(
        "sizes",
        ["What sizes does the Cairn Mid Waterproof Hiking Boot come in?"],
        ["7, 8, 9, 10, 11 and 12"],
        ["Cairn Mid Waterproof Hiking Boot"],
    ),
    Talk(
        "a comparison",
        ["Compare the Skarn 1 and the Skarn 2"],
        ["$110.00 cheaper", "790 g", "1.6 kg"],
        ["Skarn 1 Solo Backpacking Tent", "Skarn 2 Backpacking Tent"],
    ),
    Talk(
        "shipping",
        ["How long does express shipping take?"],
        ["1 to 2 working days", "$18.00"],
    ),
    Talk("returns", ["Can I return coffee that I opened?"], ["cannot be returned"]),
    Talk("what is not sold", ["Do you sell lawn mowers?"], ["couldn’t find"]),
    Talk("a person", ["How can I talk to a person?"], ["14 Wharf Street"]),
]


@pytest.fixture
def storefront(live_server, settings) -> Iterator[RunningStore]:
    """The demo store, connected and synced as `make run` does it; its words indexed."""
    settings.OPENAI_API_KEY = ""
    settings.PUBLIC_BASE_URL = live_server.url
    cache.clear()
    with demo_store(hiwelink_url=live_server.url) as store:
        demo_merchant.ensure_demo(
            {
                "STORE_URL": store.url,
                "HIWELINK_API_KEY": store.key,
                "HIWELINK_STORE_TOKEN_FILE": str(store.token_file),
                "HIWELINK_CHATBOT_ID_FILE": str(store.chatbot_file),
            }
        )
        connected = Store.objects.get()
        run_syncs(connected)
        index_words(connected)
        yield store


@pytest.fixture
def shop(visit, storefront):
    """Opens a page of the shop in a new window."""

    def open_page(path: str = "/", **options) -> Page:
        visitor = visit(**options)
        visitor.context.unroute_all()  # the shop is this machine too
        visitor.page.goto(storefront.url + path)
        return visitor.page

    return open_page


def chat(page: Page):
    return page.frame_locator("iframe[title='Cairn & Kettle']")


def ask(page: Page, question: str) -> Locator:
    """Ask by keyboard; return the whole answer once it is there."""
    frame = chat(page)
    thumbs = frame.locator(".thumbs")
    before = thumbs.count()
    frame.get_by_label("Your question").fill(question)
    frame.get_by_label("Your question").press("Enter")
    expect(thumbs).to_have_count(before + 1)
    return frame.locator("article.assistant").last


def check_that_the_card_opens_its_page(page: Page, shop_url: str, card: Locator):
    """The shop's page is of the product on the card, and says the same of it."""
    name = card.get_by_role("heading").inner_text()
    price = card.locator("strong").inner_text()
    is_sold_out = card.get_by_text("Out of stock").count() == 1
    card.get_by_role("link", name="View Product").click()
    product = page.locator("article.product")
    expect(product.get_by_role("heading", level=1)).to_have_text(name)
    assert page.url.startswith(f"{shop_url}/product/")
    expect(product.get_by_text(price, exact=True).first).to_be_visible()
    expect(product.get_by_text("Sold out")).to_have_count(int(is_sold_out))


def test_questions_of_every_kind_are_answered_rightly(shop, storefront):
    index_store(Store.objects.get().pk)  # with vectors, as the worker does
    page = shop()
    page.get_by_role("button", name="Cairn & Kettle").click()
    for talk in TALKS:
        frame = chat(page)
        frame.get_by_role("button", name="New conversation").click()
        for question in talk.questions:
            answer = ask(page, question)
        for words in talk.says:
            assert words in answer.locator(".bubble").inner_text(), talk.kind
        names = answer.get_by_role("heading", level=3).all_inner_texts()
        assert set(talk.cards) <= set(names), talk.kind
        if not talk.cards:
            assert names == [], talk.kind
        if talk.cards:
            card = answer.get_by_role("listitem").first
            check_that_the_card_opens_its_page(page, storefront.url, card)
            expect(chat(page).get_by_text(talk.questions[-1]).last).to_be_visible()


def test_every_card_of_a_limit_keeps_to_it(shop):
    page = shop()
    page.get_by_role("button", name="Cairn & Kettle").click()
    answer = ask(page, "What do you have for coffee under $30?")
    prices = answer.locator(".cards strong").all_inner_texts()
    assert prices
    assert all(float(price.removeprefix("$")) < 30 for price in prices)


def test_an_order_is_told_to_who_knows_it_and_to_nobody_else(shop, storefront):
    page = shop("/my-order", size=PHONE)
    examples = page.locator("li").all_inner_texts()
    number, email = re.search(r"(ORD-\S+), ordered by (\S+)", examples[1]).groups()
    other = re.search(r"ordered by (\S+)", examples[0])[1]
    order = next(
        row
        for page_number in (1, 2, 3)
        for row in get(
            storefront, "/api/orders", params={"page": page_number, "per_page": 50}
        ).json()["data"]
        if row["order_number"] == number
    )
    page.get_by_role("button", name="Cairn & Kettle").click()
    refusal = ask(page, f"Where is my order {number}? My e-mail is {other}")
    assert "can’t find an order" in refusal.inner_text()
    assert order["status"] not in refusal.inner_text()
    ask(page, "Where is my order?")
    ask(page, number.lower())
    told = ask(page, email.upper()).inner_text()
    assert f"Order {number} is {order['status']}" in told
    assert f"${order['total']}" in told
    assert order["shipping_address"]["street"] not in told


def test_the_suggested_questions_are_answered(shop):
    page = shop(size=PHONE, scheme="dark")
    page.get_by_role("button", name="Cairn & Kettle").click()
    frame = chat(page)
    suggested = frame.get_by_role("list", name="Suggested questions")
    questions = suggested.get_by_role("button").all_inner_texts()
    assert len(questions) == 4
    for question in questions:
        frame.get_by_role("button", name="New conversation").click()
        frame.get_by_role("button", name=question).click()
        expect(frame.locator(".thumbs")).to_have_count(1)
        answer = frame.locator("article.assistant").last.inner_text()
        assert "couldn’t find" not in answer, question
