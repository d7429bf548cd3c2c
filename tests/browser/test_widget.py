"""The widget on a shop's page of another origin, in a real browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from chatbot.indexing import index_words
from chatbot.models import Chatbot, Message
from tests.browser.conftest import PHONE
from tests.factories import make_product, make_store

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{path}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<h1>{path}</h1><a href="/other">Other page</a>
<script src="{root}/widget/v1/loader.js" data-chatbot="{chatbot}" async></script>"""


class Shop:
    """A shop's pages on an origin of its own, each with the script tag."""

    def __init__(self, root: str) -> None:
        shop = self
        self.root, self.chatbot, self.policy = root, "", ""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = PAGE.format(
                    path=self.path, root=shop.root, chatbot=shop.chatbot
                ).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                if shop.policy:
                    self.send_header("Content-Security-Policy", shop.policy)
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def shop(live_server, settings) -> Iterator[Shop]:
    settings.OPENAI_API_KEY = ""
    shop = Shop(live_server.url)
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


@pytest.fixture
def bot(shop) -> Chatbot:
    store = make_store(storefront_url=shop.url, currency="USD")
    make_product(
        store, "lamp", name="Brass <i>Reading</i> Lamp", price="49.90", slug="lamp",
        stock_status="in_stock", description="A lamp of brass to read by.",
    )  # fmt: skip
    make_product(
        store, "mug", name="Enamel Mug", price="12.00", slug="mug",
        stock_status="out_of_stock", description="A blue mug.",
    )  # fmt: skip
    index_words(store)
    bot = Chatbot.objects.create(
        store=store,
        name="Lamp Shop",
        greeting="Welcome! <b>Ask</b> me.",
        allowed_origins=[shop.url],
        suggested_questions=["How much is the reading lamp?"],
        contact="call 555-0100",
    )
    shop.chatbot = str(bot.public_id)
    return bot


@pytest.fixture
def visit_shop(visit, shop, bot):
    """Opens a page of the shop: (visitor, page)."""

    def open_shop(path: str = "/", **options):
        visitor = visit(**options)
        # The shop is this machine too: nothing stands in for it.
        visitor.context.unroute_all()
        visitor.page.goto(shop.url + path)
        return visitor, visitor.page

    return open_shop


def chat(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='Lamp Shop']")


def open_chat(page: Page) -> FrameLocator:
    page.get_by_role("button", name="Lamp Shop").click()
    frame = chat(page)
    expect(frame.get_by_text("Welcome!")).to_be_visible()
    return frame


def ask(frame: FrameLocator, question: str) -> None:
    frame.get_by_label("Your question").fill(question)
    frame.get_by_role("button", name="Send").click()
    expect(frame.locator(".waiting")).to_have_count(0)


def test_nothing_is_loaded_before_the_first_click(visit_shop):
    _, page = visit_shop()
    expect(page.get_by_role("button", name="Lamp Shop")).to_be_visible()
    assert page.locator("iframe").count() == 0
    open_chat(page)
    assert page.locator("iframe").count() == 1


def test_an_answer_comes_with_a_card_that_opens_the_shops_page(visit_shop, shop):
    _, page = visit_shop()
    frame = open_chat(page)
    frame.get_by_role("button", name="How much is the reading lamp?").click()
    card = frame.get_by_role("list", name="Products").get_by_role("listitem").first
    expect(card).to_contain_text(
        "Brass Reading Lamp".replace("Reading", "<i>Reading</i>")
    )
    expect(card).to_contain_text("$49.90")
    expect(card).to_contain_text("In stock")
    card.get_by_role("link", name="View Product").click()
    expect(page).to_have_url(f"{shop.url}/product/lamp")


def test_markup_is_text(visit_shop):
    _, page = visit_shop()
    frame = open_chat(page)
    expect(frame.get_by_text("Welcome! <b>Ask</b> me.")).to_be_visible()
    ask(frame, "<img src=x onerror=alert(1)> lamp")
    expect(frame.get_by_text("<img src=x onerror=alert(1)> lamp")).to_be_visible()
    assert (
        frame.locator("#log img[src='x'], #log b, #log i:not(.waiting i)").count() == 0
    )


def test_a_conversation_survives_a_page_change_and_can_be_renewed(visit_shop):
    _, page = visit_shop()
    ask(open_chat(page), "How much is the reading lamp?")
    page.get_by_role("link", name="Other page").click()
    frame = chat(page)  # opens again by itself: it was open
    expect(frame.get_by_label("Your question")).to_be_visible()
    ask(frame, "Is it in stock?")  # at once: before what was said is back
    expect(frame.locator("article .bubble")).to_contain_text(
        ["Welcome!", "How much is the reading lamp?", "49.90", "Is it in stock?", ""]
    )
    assert Message.objects.values("conversation").distinct().count() == 1
    frame.get_by_role("button", name="New conversation").click()
    expect(frame.get_by_text("Is it in stock?")).to_have_count(0)
    ask(frame, "hello")
    assert Message.objects.values("conversation").distinct().count() == 2


def test_thumbs_reach_the_merchant(visit_shop):
    _, page = visit_shop()
    frame = open_chat(page)
    ask(frame, "How much is the reading lamp?")
    thumb = frame.get_by_role("button", name="This did not help")
    with page.expect_response("**/feedback"):
        thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    assert Message.objects.filter(rating="down").count() == 1


def test_the_keyboard_goes_in_and_comes_back(visit_shop):
    _, page = visit_shop()
    button = page.get_by_role("button", name="Lamp Shop")
    button.focus()
    page.keyboard.press("Enter")
    frame = chat(page)
    expect(frame.get_by_label("Your question")).to_be_focused()
    page.keyboard.type("How much is the reading lamp?")
    page.keyboard.press("Enter")
    expect(frame.get_by_role("status")).to_contain_text("49.90")
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(button).to_be_focused()


def test_a_page_that_is_not_allowed_gets_no_button(visit_shop, bot):
    bot.allowed_origins = ["https://elsewhere.example"]
    bot.save()
    visitor, page = visit_shop()
    with page.expect_console_message(
        lambda line: "among its allowed origins?" in line.text
    ):
        page.reload()
    assert page.get_by_role("button", name="Lamp Shop").count() == 0
    # And the frame itself is refused by the browser.
    page.evaluate(
        "url => { const f = document.createElement('iframe'); f.src = url;"
        " document.body.append(f); }",
        f"{visitor.root}/widget/v1/{bot.public_id}/",
    )
    page.wait_for_timeout(0)
    expect(page.frame_locator("iframe").locator("#ask")).to_have_count(0)
    visitor.complaints.clear()  # the browser says that it refused


def test_it_works_under_the_shops_own_strict_policy(visit_shop, shop):
    shop.policy = (
        "default-src 'none'; img-src data:; style-src 'self'; "
        f"script-src {shop.root}; connect-src {shop.root}; frame-src {shop.root}"
    )
    _, page = visit_shop()
    ask(open_chat(page), "How much is the reading lamp?")
    expect(chat(page).get_by_text("49.90").first).to_be_visible()


def test_it_works_when_storage_is_blocked(visit_shop, shop):
    _, page = visit_shop()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage',"
        " {get() { throw new DOMException('no', 'SecurityError'); }})"
    )
    page.reload()
    ask(open_chat(page), "How much is the reading lamp?")
    expect(chat(page).get_by_text("49.90").first).to_be_visible()


def test_a_lost_connection_is_said_and_tried_again(visit_shop):
    visitor, page = visit_shop()
    frame = open_chat(page)
    page.route("**/messages", lambda route: route.abort())
    ask(frame, "How much is the reading lamp?")
    expect(frame.locator(".failure")).to_contain_text("The connection was lost")
    page.unroute("**/messages")
    frame.get_by_role("button", name="Try again").click()
    expect(frame.get_by_text("49.90").first).to_be_visible()
    assert frame.locator("article.shopper").count() == 1
    visitor.complaints.clear()  # the request that was cut off


def test_a_line_gone_silent_is_given_up(visit_shop):
    _, page = visit_shop()
    page.clock.install()
    frame = open_chat(page)
    page.route("**/messages", lambda route: None)  # never answered
    frame.get_by_label("Your question").fill("How much is the reading lamp?")
    frame.get_by_label("Your question").press("Enter")
    expect(frame.locator(".waiting")).to_have_count(1)
    page.clock.fast_forward(31_000)
    expect(frame.locator(".failure")).to_contain_text("The connection was lost")
    page.unroute("**/messages")
    frame.get_by_role("button", name="Try again").click()
    expect(frame.get_by_text("49.90").first).to_be_visible()


def test_a_new_conversation_ends_the_question_being_answered(visit_shop):
    _, page = visit_shop()
    frame = open_chat(page)
    page.route("**/messages", lambda route: None)
    frame.get_by_label("Your question").fill("How much is the reading lamp?")
    frame.get_by_label("Your question").press("Enter")
    expect(frame.locator(".waiting")).to_have_count(1)
    frame.get_by_role("button", name="New conversation").click()
    page.unroute("**/messages")
    ask(frame, "How much is the enamel mug?")
    expect(frame.get_by_text("12.00").first).to_be_visible()
    expect(frame.locator(".failure")).to_have_count(0)
    expect(frame.get_by_text("reading lamp?")).to_have_count(1)  # as suggested


def test_a_gateways_error_page_is_said_in_words(visit_shop):
    visitor, page = visit_shop()
    frame = open_chat(page)
    page.route(
        "**/messages", lambda route: route.fulfill(status=502, body="<h1>Bad</h1>")
    )
    ask(frame, "How much is the reading lamp?")
    expect(frame.locator(".failure")).to_contain_text("I cannot answer right now")
    visitor.complaints.clear()  # the 502


def test_a_conversation_that_is_gone_is_forgotten(visit_shop, bot):
    visitor, page = visit_shop()
    key = f"hiwelink.{bot.public_id}.conversation"
    page.evaluate(
        "key => localStorage.setItem(key, '3d7f0f5e-0000-4000-8000-000000000000')", key
    )
    open_chat(page)
    page.wait_for_function("key => localStorage.getItem(key) === null", arg=key)
    visitor.complaints.clear()  # the 404


def test_who_scrolls_up_is_left_there(visit_shop):
    _, page = visit_shop(size=PHONE)
    frame = open_chat(page)
    for number in range(3):
        ask(frame, f"{number} hello hello hello " + "hello " * 60)
    log = frame.locator("#log")
    page.route("**/messages", lambda route: held.append(route))
    held: list = []
    frame.get_by_label("Your question").fill("How much is the reading lamp?")
    frame.get_by_label("Your question").press("Enter")
    expect(frame.locator(".waiting")).to_have_count(1)
    log.dispatch_event("wheel")
    log.evaluate("log => log.scrollTop = 0")
    held[0].continue_()
    expect(frame.get_by_text("49.90").first).to_be_attached()
    expect(frame.locator(".waiting")).to_have_count(0)
    assert log.evaluate("log => log.scrollTop") == 0


def test_a_slow_chat_hides_nothing_of_the_shop(visit_shop, bot):
    _, page = visit_shop(size=PHONE)
    held: list = []
    page.route(f"**/widget/v1/{bot.public_id}/", lambda route: held.append(route))
    page.get_by_role("button", name="Lamp Shop").click()
    expect(page.locator("iframe")).to_be_attached()
    expect(page.locator("iframe")).to_be_hidden()
    expect(page.get_by_role("link", name="Other page")).to_be_visible()
    held[0].continue_()
    expect(page.locator("iframe")).to_be_visible()
    expect(chat(page).get_by_label("Your question")).to_be_focused()


def test_a_chat_switched_off_meanwhile_says_so_and_closes(visit_shop, bot):
    visitor, page = visit_shop(size=PHONE)
    expect(page.get_by_role("button", name="Lamp Shop")).to_be_visible()
    bot.is_active = False
    bot.save()
    page.get_by_role("button", name="Lamp Shop").click()
    expect(chat(page).get_by_text("not available at the moment")).to_be_visible()
    chat(page).get_by_role("button", name="Close").click()
    expect(page.locator("iframe")).to_be_hidden()
    visitor.complaints.clear()  # the 404


def test_the_shops_style_sheet_ends_at_the_button(visit_shop):
    _, page = visit_shop()
    page.add_style_tag(
        content="button, iframe, div, div:empty, body > :not(h1) * "
        "{ display: none !important; width: 9px !important; opacity: 0 !important }"
    )
    box = page.get_by_role("button", name="Lamp Shop").bounding_box()
    assert (box["width"], box["height"]) == (56, 56)


def test_an_open_chat_is_not_opened_on_the_next_visit(visit_shop, shop):
    visitor, page = visit_shop()
    open_chat(page)
    page.close()  # a later visit: what was open is forgotten, what was said is not
    later = visitor.context.new_page()
    later.goto(shop.url)
    expect(later.get_by_role("button", name="Lamp Shop")).to_be_visible()
    assert later.locator("iframe").count() == 0


def test_the_whole_card_opens_the_product(visit_shop, shop):
    _, page = visit_shop()
    frame = open_chat(page)
    ask(frame, "How much is the reading lamp?")
    frame.locator(".cards .picture").first.click(force=True)
    expect(page).to_have_url(f"{shop.url}/product/lamp")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_it_fills_the_screen(visit_shop, scheme):
    _, page = visit_shop(size=PHONE, scheme=scheme)
    frame = open_chat(page)
    ask(frame, "How much is the reading lamp?")
    box = page.locator("iframe").bounding_box()
    assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])
    frame.get_by_role("button", name=re.compile("Close")).click()
    expect(page.locator("iframe")).to_be_hidden()
