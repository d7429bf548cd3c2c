"""The documentation page in a real browser."""

import re
from base64 import b64encode

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, copied_by

PAGE = "/docs/generic-api/"


def test_a_token_is_made_in_the_browser_and_sent_nowhere(visit):
    visitor = visit()
    page = visitor.open(PAGE)
    page.wait_for_load_state("networkidle")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="Generate a token").click()
    token = page.locator("#docs-token")
    expect(token).to_have_text(re.compile("^sk_live_[0-9a-f]{48}$"))
    first = token.text_content()
    page.get_by_role("button", name="Generate another").click()
    expect(token).not_to_have_text(first)
    shown = page.locator("[data-token-as=plain]")
    expect(shown).to_have_text([token.text_content()] * 2)
    basic = b64encode(f"hiwelink:{token.text_content()}".encode()).decode()
    expect(page.locator("[data-token-as=basic]")).to_have_text(basic)
    copied = copied_by(page.get_by_role("button", name="Copy the token"))
    assert copied == token.text_content()
    assert sent == []


def test_a_chosen_framework_is_shown_everywhere_and_remembered(visit):
    visitor = visit()
    page = visitor.open(PAGE)
    tabs = page.locator("#store-setup").get_by_role("tab")
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#endpoints-code-fastapi")).to_be_visible()
    expect(page.locator("#endpoints-code-laravel")).to_be_hidden()
    page.reload()
    expect(page.locator("#setup-fastapi")).to_be_visible()
    expect(page.locator("#setup-express")).to_be_hidden()


def test_search_leaves_the_sections_that_hold_every_word(visit):
    visitor = visit()
    page = visitor.open(PAGE)
    page.get_by_label("Search this page").fill("hmac signature")
    links = page.get_by_role("navigation", name="On this page").get_by_role("link")
    expect(links).to_have_text(["Webhooks", "Security best practices"])
    expect(page.locator("#docs-found")).to_have_text("2 sections")
    page.get_by_label("Search this page").press("Enter")
    assert page.url.endswith("#webhooks")
    page.get_by_label("Search this page").fill("pagination logic bug")
    expect(page.get_by_text("your pagination logic has a bug")).to_be_visible()
    page.get_by_label("Search this page").fill("zebra")
    expect(page.locator("#docs-found")).to_have_text("0 sections")


def test_a_link_to_a_folded_answer_opens_it(visit):
    visitor = visit()
    page = visitor.open(PAGE + "#trouble-paging")
    expect(page.get_by_text("your pagination logic has a bug")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(visit, scheme):
    visitor = visit(size=PHONE, scheme=scheme)
    page = visitor.open(PAGE)
    assert not visitor.is_wider_than_the_screen()
    expect(page.get_by_role("heading", name="Quick start")).to_be_visible()


def test_without_scripts_all_code_can_be_read(visit):
    visitor = visit(scripts=False)
    page = visitor.open(PAGE)
    for framework in ("laravel", "express", "fastapi"):
        expect(page.locator(f"#setup-{framework}")).to_be_visible()
    expect(page.get_by_role("button", name="Generate a token")).to_be_hidden()


def test_on_paper_everything_is_unfolded(visit):
    page = visit().open(PAGE)
    advice = page.get_by_text("your pagination logic has a bug")
    expect(advice).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(advice).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(advice).to_be_hidden()
    page.emulate_media(media="print")
    for framework in ("laravel", "express", "fastapi"):
        expect(page.locator(f"#setup-{framework}")).to_be_visible()
    for part in (".docs-side", ".top-bar", ".foot"):
        expect(page.locator(part)).to_be_hidden()
