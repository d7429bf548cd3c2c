"""The team path in a real browser: invite, sign up, join, look, be removed."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

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
    theirs.get_by_role("link", name=store.name).click()
    expect(theirs.get_by_role("heading", name=store.name)).to_be_visible()
    expect(theirs.get_by_role("button", name="Sync now")).to_have_count(0)

    page.reload()
    page.get_by_role("link", name="Remove bob@example.com").click()
    page.get_by_role("button", name="Remove the member").click()
    expect(page.get_by_text("is no longer a member")).to_be_visible()
    assert theirs.goto(theirs.url).status == 404
    bob.complaints.clear()  # the 404 just asked for
    page.get_by_role("link", name="Audit log").click()
    expect(page.get_by_text("invited bob@example.com (as viewer)")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_team_page_fits_a_phone(visit, scheme):
    owner = make_user("a-rather-long-address-of-a-merchant@shop.example.com")
    visitor = visit(owner, size=PHONE, scheme=scheme)
    page = visitor.open("/account/team/")
    assert not visitor.is_wider_than_the_screen()
    expect(page.get_by_role("heading", name="Members")).to_be_visible()
