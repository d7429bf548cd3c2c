"""Signing up, logging in, passwords and tokens, as a browser sends them."""

import re
from io import StringIO

import pytest
from django.contrib import admin
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command

from hiwelink.accounts.models import ApiToken, Membership, User, Workspace
from tests.factories import (
    PASSWORD,
    make_order,
    make_product,
    make_run,
    make_store,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def test_signing_up_makes_a_workspace_and_logs_in(client):
    answer = client.post(
        "/account/signup/",
        {"name": "Ann", "email": " Ann@Example.com ", "password": PASSWORD},
    )
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")
    user = User.objects.get()
    assert user.email == "ann@example.com"
    assert Membership.objects.get().role == "owner"
    assert Workspace.objects.get().name == "Ann's workspace"
    assert client.get("/dashboard/").status_code == 200


@pytest.mark.parametrize("email", ["taken@example.com", "TAKEN@example.com", "no"])
def test_a_taken_or_wrong_address_makes_no_account(client, email):
    make_user("taken@example.com")
    form = {"name": "", "email": email, "password": PASSWORD}
    assert client.post("/account/signup/", form).status_code == 200
    assert User.objects.count() == 1


def test_a_weak_password_is_refused_on_the_page(client):
    form = {"name": "", "email": "a@example.com", "password": "12345678"}
    answer = client.post("/account/signup/", form)
    assert answer.status_code == 200
    assert not User.objects.exists()


def test_login_takes_any_case_and_goes_only_to_our_own_pages(client):
    make_user("ann@example.com")
    form = {"username": "ANN@example.com", "password": PASSWORD}
    answer = client.post("/account/login/?next=https://evil.example/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")
    assert client.post("/account/logout/").status_code == 302
    assert client.get("/account/logout/").status_code == 405
    assert client.get("/dashboard/").status_code == 302


def test_ten_failures_lock_the_pair_whatever_the_forwarded_address(client):
    make_user("ann@example.com")
    form = {"username": "ann@example.com", "password": "wrong"}
    for number in range(10):
        client.post("/account/login/", form, HTTP_X_FORWARDED_FOR=f"8.8.8.{number}")
    form["password"] = PASSWORD
    answer = client.post("/account/login/", form, HTTP_X_FORWARDED_FOR="9.9.9.9")
    assert answer.status_code == 429
    assert client.get("/dashboard/").status_code == 302
    other = {"username": make_user().email, "password": PASSWORD}
    assert client.post("/account/login/", other).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_a_password_is_reset_by_mail_and_unknown_addresses_answer_alike(client, drain):
    make_user("ann@example.com")
    answers = [
        client.post("/account/reset/", {"email": email})
        for email in ("ann@example.com", "nobody@example.com")
    ]
    assert [(a.status_code, a["Location"]) for a in answers] == [
        (302, "/account/reset/sent/")
    ] * 2
    drain()
    (letter,) = mail.outbox
    (link,) = re.findall(r"http://\S+(/account/reset/\S+)", letter.body)
    page = client.get(link, follow=True)
    new = "another long battery"
    client.post(page.request["PATH_INFO"], {"new_password1": new, "new_password2": new})
    assert User.objects.get().check_password(new)


def test_the_account_page_makes_shows_once_and_revokes_a_token(client):
    user = make_user()
    client.force_login(user)
    made = client.post("/account/tokens/", {"name": "export"})
    (text,) = re.findall(r"\b[0-9a-f]{64}\b", made.content.decode())[:1]
    header = {"HTTP_AUTHORIZATION": f"Token {text}"}
    client.logout()
    assert client.get("/api/v1/stores/", **header).status_code == 200
    assert text not in str(ApiToken.objects.values_list())
    client.force_login(user)
    page = client.get("/account/").content.decode()
    assert text not in page
    (revoke,) = re.findall(r'action="(/account/tokens/\w+/revoke/)"', page)
    stranger = make_user()
    client.force_login(stranger)
    assert client.post(revoke).status_code == 404
    client.force_login(user)
    assert client.post(revoke).status_code == 302
    client.logout()
    assert client.get("/api/v1/stores/", **header).status_code == 401


def test_the_commands_make_a_merchant_and_print_the_token_alone(client):
    call_command(
        "create_merchant", "Ann@example.com", password=PASSWORD, stdout=StringIO()
    )
    out = StringIO()
    call_command("create_api_token", "ann@example.com", stdout=out)
    token = out.getvalue().strip()
    assert " " not in token
    answer = client.get("/api/v1/stores/", HTTP_AUTHORIZATION=f"Token {token}")
    assert answer.status_code == 200
    with pytest.raises(CommandError, match="already"):
        call_command("create_merchant", "ann@example.com", password=PASSWORD)
    call_command("create_merchant", "ann@example.com", "--if-missing", password="other")
    with pytest.raises(CommandError, match="no account"):
        call_command("create_api_token", "nobody@example.com")


def test_staff_pages_open_and_show_no_credential(client):
    store = make_store(credentials={"api_key": "sk_canary_77"})
    make_product(store)
    make_order(store)
    make_run(store)
    staff = User.objects.create_superuser("staff@example.com", PASSWORD)
    client.force_login(staff)
    for model in admin.site._registry:
        if model._meta.app_label not in {"accounts", "commerce", "worker"}:
            continue
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        pages = [client.get(path), client.get(f"{path}?q=x")]
        if row := model.objects.first():
            pages.append(client.get(f"{path}{row.pk}/change/"))
        for page in pages:
            assert page.status_code == 200, path
            assert b"sk_canary_77" not in page.content
    client.force_login(make_user())
    assert client.get("/admin/commerce/store/").status_code == 302


def test_staff_start_and_cancel_a_sync(client):
    store = make_store()
    client.force_login(User.objects.create_superuser("staff@example.com", PASSWORD))
    chosen = {"action": "sync_now", "_selected_action": [store.pk]}
    client.post("/admin/commerce/store/", chosen)
    assert store.sync_runs.count() == 2
    runs = {
        "action": "cancel",
        "_selected_action": list(store.sync_runs.values_list("pk", flat=True)),
    }
    client.post("/admin/commerce/syncrun/", runs)
    assert {run.status for run in store.sync_runs.all()} == {"cancelled"}
