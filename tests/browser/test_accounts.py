"""Accounts and staff pages in a real Chromium: nothing refused, nothing too wide."""

import pytest
from django.core.cache import cache

from hiwelink.accounts.models import User
from tests.browser.conftest import DESKTOP, PHONE, copied_by
from tests.factories import PASSWORD, make_order, make_product, make_run, make_store
from tests.staff import make_superuser


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_from_sign_up_to_a_copied_token(visit, size):
    visitor = visit(size=size, scheme="dark")
    page = visitor.open("/account/signup/")
    assert not visitor.is_wider_than_the_screen()
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail address").fill("ann@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/dashboard/")
    known = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert User.objects.get().time_zone == known

    visitor.open("/account/")
    assert not visitor.is_wider_than_the_screen()
    page.get_by_label("What is it for?").fill("export")
    page.get_by_role("button", name="Make a token").click()
    assert not visitor.is_wider_than_the_screen()
    copied = copied_by(page.get_by_role("button", name="Copy"))
    assert copied == page.locator("#token").inner_text()

    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("link", name="Revoke").click()
    page.get_by_role("button", name="Revoke the token").click()
    page.get_by_text("“export” is revoked").wait_for()
    page.get_by_text("You have no tokens yet.").wait_for()


def test_signing_up_needs_no_script(visit):
    visitor = visit(scripts=False)
    page = visitor.open("/account/signup/")
    page.get_by_label("E-mail address").fill("ann@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/dashboard/")
    assert User.objects.get().time_zone == "UTC"


def test_staff_pages_work_under_the_content_policy(visit):
    store = make_store()
    rows = [store, make_run(store), make_product(store), make_order(store)]
    visitor = visit(make_superuser())
    for row in rows:
        path = f"/admin/commerce/{row._meta.model_name}/"
        visitor.open(path)
        visitor.open(f"{path}{row.pk}/change/")
    visitor.open("/admin/accounts/user/")
    page = visitor.open("/admin/commerce/store/")
    page.locator("[name=_selected_action]").check()
    # Written by the admin's own script: it was not refused.
    page.get_by_text("1 of 1 selected").wait_for()
    page.locator("select[name=action]").select_option("sync_now")
    page.get_by_role("button", name="Go").click()
    page.get_by_text("Syncs started: 1.").wait_for()  # products were syncing
