"""The team path in a real browser: invite, sign up, join, look, be removed."""

import re

import pytest
from django.core import mail
from playwright.sync_api import Page, expect

from commerce.models import Store
from hiwelink.teams.models import Invitation
from hiwelink.teams.tasks import send_invitation
from tests.browser.conftest import PHONE
from tests.factories import make_store, make_user


def test_a_colleague_is_invited_joins_and_is_removed(visit):
    owner = make_user("ann@example.com")
    store = make_store(owner, name="Cairn & Kettle")
    ann = visit(owner)
    page = ann.open("/account/team/")
    page.get_by_label("E-mail address").fill("bob@example.com")
    page.get_by_label("Role", exact=True).select_option("Viewer")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("gets a letter with a link")).to_be_visible()
    expect(page.get_by_role("heading", name="Open invitations")).to_be_visible()

    send_invitation(Invitation.objects.get().pk)
    (path,) = re.findall(r"http://127.0.0.1:8000(\S+)", mail.outbox[0].body)
    bob = visit()
    theirs = bob.open(path)
    theirs.get_by_role("link", name="Create an account").click()
    theirs.get_by_label("E-mail address").fill("bob@example.com")
    theirs.get_by_label("Password").fill("correct horse battery")
    theirs.get_by_role("button", name="Create account").click()
    theirs.get_by_role("button", name="Join the workspace").click()
    see_what_a_viewer_may(theirs, store)

    page.reload()
    page.get_by_label("Role of bob@example.com").select_option("Editor")
    page.get_by_role("button", name="Change").click()
    expect(
        page.get_by_text("The role of bob@example.com is editor now.")
    ).to_be_visible()
    see_what_an_editor_may(theirs, store)

    page.get_by_role("link", name="Remove bob@example.com").click()
    page.get_by_role("button", name="Remove the member").click()
    expect(page.get_by_text("is no longer a member")).to_be_visible()
    assert theirs.goto(theirs.url).status == 404
    bob.complaints.clear()  # the 404 just asked for
    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_text("invited bob@example.com (as viewer)")).to_be_visible()


def see_what_a_viewer_may(page: Page, store: Store) -> None:
    """Everything is there to read, and nothing to change."""
    page.get_by_role("link", name=store.name).click()
    expect(page.get_by_role("heading", name=store.name)).to_be_visible()
    expect(page.get_by_role("button", name="Sync now")).to_have_count(0)
    tabs = page.get_by_role("navigation", name=store.name)
    tabs.get_by_role("link", name="Mapping").click()
    expect(page.get_by_role("heading", name="Field mapping")).to_be_visible()
    expect(page.get_by_role("button", name="Save and re-map")).to_have_count(0)
    tabs.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Sync Runs")).to_be_visible()


def see_what_an_editor_may(page: Page, store: Store) -> None:
    """The store is theirs to work with; the team is the owner's."""
    page.reload()
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Products sync started")).to_be_visible()
    page.locator("header summary").click()
    page.get_by_role("link", name="Team").click()
    others = page.get_by_role("navigation", name="Your workspaces")
    others.get_by_role("link", name=store.workspace.name).click()
    expect(page.get_by_text("Your role is editor")).to_be_visible()
    expect(page.get_by_role("button", name="Send the invitation")).to_have_count(0)
    page.get_by_role("link", name="HiWelink, dashboard").click()
    page.get_by_role("link", name=store.name).click()
    expect(page.get_by_role("heading", name=store.name)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_team_page_fits_a_phone(visit, scheme):
    owner = make_user("a-rather-long-address-of-a-merchant@shop.example.com")
    visitor = visit(owner, size=PHONE, scheme=scheme)
    page = visitor.open("/account/team/")
    assert not visitor.is_wider_than_the_screen()
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
