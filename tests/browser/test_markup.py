"""The pages of tests/security/test_markup.py in a real browser: nothing there acts.

A function that hostile markup would call, every dialog, and every request to another
machine are watched while the browser shows each page, the widget, and what the widget
says to a shopper. What the Content-Security-Policy had to stop counts too: `visit` fails
for any complaint of the browser.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from playwright.sync_api import expect

from chatbot.models import Chatbot
from commerce.models import Store
from tests.browser.conftest import Visitor
from tests.factories import make_store
from tests.security.hostile_world import make_hostile_world, owner, send_records
from tests.security.markup import EVERYTHING, EVIL, HOSTILE, INSIDE
from tests.security.test_markup import page_paths, staff_paths
from tests.staff import make_superuser

# The schemes of everything a click could follow, as the browser itself resolved them.
SCHEMES = """() => [...document.querySelectorAll('[href],[src],[action],[formaction]')]
  .map(node => new URL(node.formAction || node.href || node.src || node.action
       || location.href, location.href).protocol.slice(0, -1))"""


class Watch:
    """Notes in `seen` whatever hostile markup managed to do in a visitor's window."""

    def __init__(self, visitor: Visitor) -> None:
        self.seen: list[str] = []
        self.visitor = visitor
        page = visitor.page
        page.expose_function("pwned", lambda: self.seen.append(f"ran on {page.url}"))
        page.on("dialog", self.note_dialog)
        page.on("request", self.note_request)

    def note_dialog(self, dialog) -> None:
        self.seen.append(f"dialog on {self.visitor.page.url}")
        dialog.dismiss()

    def note_request(self, request) -> None:
        if urlsplit(request.url).hostname == EVIL:
            self.seen.append(f"{request.url} asked for by {self.visitor.page.url}")

    def look_at(self, paths: list[str]) -> None:
        for path in paths:
            page = self.visitor.open(path)
            self.touch_everything()
            schemes = set(page.evaluate(SCHEMES)) - INSIDE
            assert schemes == set(), (path, schemes)
            assert self.seen == []

    def touch_everything(self) -> None:
        """What waits for the mouse or the focus gets both."""
        self.visitor.page.evaluate(
            "() => { for (const node of document.querySelectorAll('*')) {"
            " node.dispatchEvent(new MouseEvent('mouseover', {bubbles: false}));"
            " node.dispatchEvent(new FocusEvent('focus')); } }"
        )


def test_no_page_of_merchants_or_staff_runs_what_was_sent(visit, client):
    world = make_hostile_world(EVERYTHING)
    for user, paths in (
        (owner(), page_paths(world)),
        (make_superuser(), staff_paths()),
    ):
        watch = Watch(visit(user))
        shown = [path for path in paths if is_page(client.get(path))]
        watch.look_at(shown)
        assert len(shown) > 40


def is_page(answer: HttpResponse) -> bool:
    return answer.status_code == 200 and "html" in answer["Content-Type"]


@pytest.mark.parametrize("name", ["everything", "attribute", "disguised link"])
def test_the_widget_shows_hostile_names_and_questions_as_text(visit, name):
    value = (HOSTILE | {"everything": EVERYTHING})[name]
    world = make_hostile_world(value)
    chatbot = Chatbot.objects.get(uid=world["chatbot"])
    watch = Watch(visit())
    page = watch.visitor.open(f"/widget/v1/{chatbot.public_id}/")
    page.get_by_label("Your question").fill(f"{value} lamp"[:900])
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".waiting")).to_have_count(0)
    expect(page.locator("article .bubble").nth(1)).to_be_visible()
    watch.touch_everything()
    assert set(page.evaluate(SCHEMES)) <= INSIDE
    assert page.locator("#log x-hostile, #log script, #log svg[onload]").count() == 0
    assert watch.seen == []


def test_a_preview_and_a_report_of_hostile_records_do_not_act(visit):
    """What comes back to a form: the mapping preview, with names and values as sent."""
    store = make_store()
    send_records(store, EVERYTHING)
    Store.objects.update(field_mappings={"products": {"name": EVERYTHING[:100]}})
    watch = Watch(visit(store.workspace.members.get()))
    page = watch.visitor.open(f"/dashboard/stores/{store.uid}/mapping/")
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#mapping-panel")).to_contain_text("x-hostile")
    watch.touch_everything()
    assert watch.seen == []


def test_the_watch_sees_a_page_that_does_not_escape(visit):
    """The check of the check, on a page that is open on purpose."""
    watch = Watch(visit())
    page = watch.visitor.page
    body = f"<!doctype html><title>x</title>{HOSTILE['image']}{HOSTILE['attribute']}"
    body += "<svg onload=pwned()></svg><a href='javascript:pwned()'>a</a>"
    page.route(
        "http://open.example/",
        lambda route: route.fulfill(content_type="text/html", body=body),
    )
    page.goto("http://open.example/")
    told = page.evaluate(SCHEMES)
    page.evaluate("pwned()")  # what came before it has been noted then
    assert "javascript" in told
    assert any("asked for by" in line for line in watch.seen)
    assert len([line for line in watch.seen if "ran on" in line]) > 1
