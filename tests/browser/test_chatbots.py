"""The Chatbots pages in a real browser: make one, talk to it, embed it."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import expect

from chatbot.indexing import index_words
from chatbot.models import Chatbot, Message
from chatbot.services.merchant_answers import add_answer
from tests.browser.conftest import DESKTOP, PHONE, copied_by
from tests.chatbot.shop import make_chatbot
from tests.chatbot.widget import Widget
from tests.commerce.people import owner_of
from tests.factories import make_product, make_store

SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture(autouse=True)
def _no_key(settings):
    settings.OPENAI_API_KEY = ""


@pytest.fixture
def store():
    store = make_store(
        name="Cairn & Kettle", storefront_url="https://cairn.example", currency="USD"
    )
    make_product(
        store, "lamp", name="Brass Lamp", price="49.90", stock_status="in_stock",
        slug="lamp", description="A lamp of brass to read by.",
    )  # fmt: skip
    index_words(store)
    return store


def shoot(visitor, name: str) -> None:
    """Keep a picture where SHOTS names a folder; for people, not for the test."""
    if SHOTS:
        visitor.page.wait_for_timeout(700)
        visitor.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_a_chatbot_is_made_tried_and_embedded(visit, store):
    page = visit(owner_of(store)).open("/dashboard/chatbots/")
    page.get_by_role("link", name="Create chatbot").click()
    page.get_by_label("Name").fill("Kettle")
    page.get_by_role("button", name="Create chatbot").click()
    frame = page.frame_locator("#preview-frame")
    frame.get_by_label("Your question").fill("How much is the brass lamp?")
    frame.get_by_role("button", name="Send").click()
    expect(frame.locator("article.assistant .bubble").last).to_contain_text("49.90")
    copied = copied_by(page.get_by_role("button", name="Copy the script tag"))
    assert copied == Chatbot.objects.get().embed_code


def test_a_question_asked_in_vain_is_seen_answered_and_asked_again(visit, store):
    chatbot = make_chatbot(store)
    page = visit(owner_of(store)).open(f"/dashboard/chatbots/{chatbot.uid}/")

    def ask(question: str):
        frame = page.frame_locator("#preview-frame")
        finished = frame.locator("article.assistant .thumbs")
        before = finished.count()
        frame.get_by_label("Your question").fill(question)
        frame.get_by_role("button", name="Send").click()
        expect(finished).to_have_count(before + 1)
        return frame.locator("article.assistant .bubble").last

    ask("How much is the brass lamp?")
    ask("Do you sponsor school trips?")
    page.get_by_role("link", name="Read the conversations").click()
    expect(page.get_by_role("heading", name="1 found")).to_be_visible()
    page.wait_for_load_state()  # the filters follow a choice once scripts are there
    page.get_by_label("Show").select_option("With thumbs down")
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    expect(page).to_have_url(re.compile("only=down"))
    page.get_by_label("Show").select_option("With unanswered questions")
    page.get_by_role("link", name="How much is the brass lamp?").click()
    expect(page.get_by_role("link", name="Brass Lamp")).to_be_visible()
    page.get_by_role("link", name="Add an answer").click()
    expect(page.get_by_label("Question")).to_have_value("Do you sponsor school trips?")
    page.get_by_label("Your answer").fill("Yes, we do. Write to us.")
    page.get_by_role("button", name="Add the answer").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    expect(ask("do you sponsor a school trip")).to_have_text("Yes, we do. Write to us.")


def test_the_preview_follows_what_is_typed_before_it_is_saved(visit, store):
    chatbot = make_chatbot(store, suggested_questions=["Old question?"])
    page = visit(owner_of(store)).open(f"/dashboard/chatbots/{chatbot.uid}/settings/")
    frame = page.frame_locator("#preview-frame")
    expect(frame.get_by_role("button", name="Old question?")).to_be_visible()
    page.get_by_label("Name").fill("Mira")
    page.get_by_label("Greeting").fill("<b>Ahoy</b>")
    page.get_by_label("Suggested questions").fill("Do you ship?")
    page.get_by_label("Colour").fill("#ffee00")
    expect(frame.get_by_role("heading", name="Mira")).to_be_visible()
    expect(frame.locator("article.assistant .bubble").first).to_have_text("<b>Ahoy</b>")
    expect(frame.get_by_role("button", name="Old question?")).to_have_count(0)
    look = (
        "e => ['--accent', '--on-accent'].map(n => "
        "getComputedStyle(e).getPropertyValue(n).trim())"
    )
    assert frame.locator("html").evaluate(look) == ["#ffee00", "#000000"]
    frame.get_by_role("button", name="Do you ship?").click()
    expect(frame.locator("article.shopper .bubble")).to_have_text("Do you ship?")
    chatbot.refresh_from_db()
    assert chatbot.name != "Mira"
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_role("heading", level=1, name="Mira")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_fit_the_screen(visit, store, size, scheme):
    chatbot = make_chatbot(store, name="Kettle", accent_color="#0a7d5a")
    make_chatbot(
        store, name="Tea", is_active=False, allowed_origins=["https://t.example"]
    )
    widget = Widget(chatbot)
    for question in ("How much is the brass lamp?", "Do you sponsor school trips?"):
        widget.ask(question)
    Message.objects.filter(is_answered=False).update(rating="down")
    Widget(chatbot).ask("hello")
    add_answer(chatbot, question="Do you wrap gifts?", text="Yes, in linen, for $4.")
    visitor = visit(owner_of(store), size=size, scheme=scheme)
    for name, path in (
        ("list", ""),
        ("create", "new/"),
        ("detail", f"{chatbot.uid}/"),
        ("settings", f"{chatbot.uid}/settings/"),
        ("delete", f"{chatbot.uid}/delete/"),
        ("talks", "conversations/"),
        ("talk", f"conversations/{widget.conversation}/"),
        ("erase", "conversations/erase/"),
        ("answers", f"{chatbot.uid}/answers/"),
        ("answer", f"{chatbot.uid}/answers/new/"),
    ):
        visitor.open(f"/dashboard/chatbots/{path}")
        assert not visitor.is_wider_than_the_screen(), path
        shoot(visitor, f"{name}-{size['width']}-{scheme}")
