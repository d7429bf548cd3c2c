"""Signing up, logging in and out, the account page, as a browser sends them."""

import re

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache
from django.test import Client

from hiwelink.accounts.models import Membership, User, Workspace
from tests.factories import PASSWORD, make_store, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def sign_up(client, **fields):
    form = {"name": "Ann", "email": "ann@example.com", "password": PASSWORD}
    return client.post("/account/signup/", form | fields)


def log_in(client, email="ann@example.com", password=PASSWORD, **options):
    form = {"username": email, "password": password}
    return client.post("/account/login/", form, **options)


# --- Signing up -----------------------------------------------------------------------


def test_signing_up_makes_a_workspace_and_logs_in(client):
    answer = sign_up(client, email=" Ann@Example.com ", time_zone="Europe/Berlin")
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")
    user = User.objects.get()
    assert (user.email, user.time_zone) == ("ann@example.com", "Europe/Berlin")
    assert Membership.objects.get().role == "owner"
    assert Workspace.objects.get().name == "Ann's workspace"
    assert client.get("/dashboard/").status_code == 200


def test_a_session_does_not_survive_signing_up(client):
    client.get("/account/signup/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["hiwelink_session"] = before = session.session_key
    sign_up(client)
    assert client.cookies["hiwelink_session"].value != before


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "taken@example.com"}, "cannot be used for a new account"),
        ({"email": "TAKEN@example.com"}, "cannot be used for a new account"),
        ({"email": "no"}, "Enter a valid email address."),
        ({"email": ""}, "This field is required."),
        ({"email": "a@b.example\0"}, "Null characters are not allowed."),
        ({"email": f"{'a' * 250}@example.com"}, "at most 254 characters"),
        ({"password": ""}, "This field is required."),
        ({"password": "short1!"}, "too short"),
        ({"password": "12345678901"}, "entirely numeric"),
        ({"password": "password123"}, "too common"),
        ({"password": "ann@example.com"}, "too similar"),
        ({"name": "x" * 121}, "at most 120 characters"),
    ],
)
def test_what_cannot_be_an_account_is_said_beside_its_field(client, fields, words):
    make_user("taken@example.com")
    answer = sign_up(client, **fields)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
    assert User.objects.count() == 1
    assert client.get("/dashboard/").status_code == 302


def test_a_taken_address_is_told_only_to_whom_could_have_opened_an_account(client):
    make_user("taken@example.com")
    answer = sign_up(client, email="taken@example.com", password="123")
    assert "cannot be used" not in answer.content.decode()


def test_the_longest_name_fits_into_the_workspace(client):
    assert sign_up(client, name="x" * 120).status_code == 302
    assert Workspace.objects.get().name.endswith("x's workspace")


def test_an_unknown_time_zone_is_utc(client):
    sign_up(client, time_zone="Atlantis/Poseidonis")
    assert User.objects.get().time_zone == "UTC"


def test_who_is_logged_in_does_not_sign_up_again(client):
    client.force_login(make_user())
    assert client.get("/account/signup/")["Location"] == "/dashboard/"
    assert sign_up(client)["Location"] == "/dashboard/"
    assert client.get("/account/signup/?next=teams")["Location"] == "teams"
    assert User.objects.count() == 1


def test_signing_up_without_end_is_slowed_down_in_words(client):
    for number in range(20):
        assert sign_up(client, email=f"no{number}").status_code == 200
    answer = sign_up(client, HTTP_X_FORWARDED_FOR="8.8.8.8")
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert "Wait an hour" in answer.content.decode()
    assert 'value="ann@example.com"' in answer.content.decode()
    assert not User.objects.exists()
    elsewhere = {"name": "", "email": "b@example.com", "password": PASSWORD}
    answer = client.post("/account/signup/", elsewhere, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 302


# --- Logging in and out ---------------------------------------------------------------


def test_login_takes_any_case_and_rotates_the_session(client):
    make_user("ann@example.com")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["hiwelink_session"] = before = session.session_key
    answer = log_in(client, " ANN@example.com")
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")
    assert client.cookies["hiwelink_session"].value != before


@pytest.mark.parametrize(
    ("next_page", "where"),
    [
        ("/account/", "/account/"),
        ("https://evil.example/", "/dashboard/"),
        ("//evil.example/", "/dashboard/"),
        ("javascript:alert(1)", "/dashboard/"),
        ("/\\evil.example", "/dashboard/"),
    ],
)
@pytest.mark.parametrize("page", ["login", "signup"])
def test_next_leads_only_to_our_own_pages(client, page, next_page, where):
    form = {"next": next_page, "password": PASSWORD}
    if page == "login":
        make_user("ann@example.com")
        form["username"] = "ann@example.com"
    else:
        form["email"] = "ann@example.com"
    answer = client.post(f"/account/{page}/", form)
    assert (answer.status_code, answer["Location"]) == (302, where)


def test_both_pages_hand_next_to_each_other(client):
    answer = client.get("/account/login/", {"next": "/dashboard/?a=1&b=2"})
    (link,) = re.findall(
        r'href="(/account/signup/\?next=[^"]+)"', answer.content.decode()
    )
    page = client.get(link).content.decode()
    assert 'name="next" value="/dashboard/?a=1&amp;b=2"' in page


def test_a_wrong_password_and_an_unknown_address_answer_alike(client):
    make_user("ann@example.com")
    closed = make_user("closed@example.com", is_active=False)
    texts = set()
    for email, password in [
        ("ann@example.com", "wrong"),
        ("nobody@example.com", "wrong"),
        (closed.email, PASSWORD),
    ]:
        answer = log_in(client, email, password)
        assert answer.status_code == 200
        page = re.sub(r'value="[^"]*"', "", answer.content.decode())
        assert "do not belong together" in page
        texts.add(page)
    assert len(texts) == 1
    assert client.get("/dashboard/").status_code == 302


def test_logging_out_takes_a_post(client):
    client.force_login(make_user())
    assert client.get("/account/logout/").status_code == 405
    assert client.get("/dashboard/").status_code == 200
    assert client.post("/account/logout/")["Location"] == "/account/login/"
    assert client.get("/dashboard/").status_code == 302


def test_a_form_without_its_csrf_token_is_refused_in_words():
    strict = Client(enforce_csrf_checks=True)
    for answer in (log_in(strict), sign_up(strict)):
        assert answer.status_code == 403
        assert "expired" in answer.content.decode()


def test_ten_failures_lock_the_pair_whatever_is_forwarded_or_capitalised(client):
    make_user("ann@example.com")
    for number in range(10):
        email = "Ann@example.com" if number % 2 else "ann@EXAMPLE.com"
        forwarded = {"HTTP_X_FORWARDED_FOR": f"8.8.8.{number}"}
        log_in(client, email, "wrong", **forwarded)
    answer = log_in(client, HTTP_X_FORWARDED_FOR="9.9.9.9")
    assert answer.status_code == 429
    assert "in 15 minutes" in answer.content.decode()
    assert "Reset your password" in answer.content.decode()
    assert client.get("/dashboard/").status_code == 302
    assert log_in(client, make_user().email).status_code == 302


def test_a_lock_holds_for_its_network_address_only(client):
    make_user("ann@example.com")
    for _ in range(10):
        log_in(client, password="wrong")
    assert log_in(client).status_code == 429
    assert log_in(client, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_behind_a_proxy_the_lock_is_of_the_visitor(client, settings):
    settings.TRUSTED_PROXIES = 1
    make_user("ann@example.com")
    for _ in range(10):
        log_in(client, password="wrong", HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.1")
    same = {"HTTP_X_FORWARDED_FOR": "7.7.7.7, 198.51.100.1"}
    assert log_in(client, **same).status_code == 429
    other = {"HTTP_X_FORWARDED_FOR": "198.51.100.1, 198.51.100.2"}
    assert log_in(client, **other).status_code == 302


def test_no_failed_password_is_written_down(client, caplog):
    log_in(client, password="hunter2-canary")
    assert AccessAttempt.objects.count() == 1
    assert "canary" not in str(AccessAttempt.objects.values())
    assert "canary" not in caplog.text


# --- The account page -----------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "email/", "password/"])
def test_ones_own_pages_ask_who_one_is(client, path):
    answer = client.get(f"/account/{path}")
    assert answer["Location"] == f"/account/login/?next=/account/{path}"
    assert client.post(f"/account/{path}", {}).status_code == 302
    client.force_login(make_user())
    answer = client.get(f"/account/{path}")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]


def test_every_field_has_a_label_of_its_own(client):
    client.force_login(make_user())
    page = client.get("/account/").content.decode()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"id_name", "id_time_zone", "id_token_name"} <= set(ids)
    assert set(re.findall(r'\sfor="([^"]+)"', page)) <= set(ids)


def test_name_and_time_zone_are_changed(client):
    user = make_user()
    client.force_login(user)
    form = {"name": "Ann <b>", "time_zone": "America/New_York"}
    answer = client.post("/account/", form, follow=True)
    assert "Saved." in answer.content.decode()
    assert "Ann &lt;b&gt;" in answer.content.decode()
    user.refresh_from_db()
    assert (user.name, user.time_zone) == ("Ann <b>", "America/New_York")


def test_what_cannot_be_saved_is_said_and_changes_nothing(client):
    user = make_user(name="Ann")
    client.force_login(user)
    answer = client.post("/account/", {"name": "x" * 121, "time_zone": "Mars/Base"})
    page = answer.content.decode()
    assert "Select a valid choice" in page
    assert "at most 120 characters" in page
    assert "<span>Ann</span>" in page  # the menu knows who it is
    user.refresh_from_db()
    assert (user.name, user.time_zone) == ("Ann", "UTC")


def test_the_account_form_gives_nobody_more_rights(client):
    user = make_user("ann@example.com")
    client.force_login(user)
    extra = {"is_staff": "on", "is_superuser": "on", "email": "root@example.com"}
    client.post("/account/", {"name": "", "time_zone": "UTC"} | extra)
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert user.email == "ann@example.com"


def test_the_address_changes_with_the_password_only(client):
    make_user("taken@example.com")
    user = make_user("ann@example.com")
    client.force_login(user)
    for email, password, words in [
        ("new@example.com", "wrong", "This is not your password"),
        ("TAKEN@example.com", PASSWORD, "cannot be used"),
        ("no", PASSWORD, "valid email"),
    ]:
        form = {"email": email, "password": password}
        answer = client.post("/account/email/", form)
        assert (answer.status_code, User.objects.get(pk=user.pk).email) == (
            200,
            "ann@example.com",
        )
        assert words in answer.content.decode()
    form = {"email": "New@Example.com", "password": PASSWORD}
    assert client.post("/account/email/", form)["Location"] == "/account/"
    assert "new@example.com" in client.get("/account/").content.decode()
    client.post("/account/logout/")
    assert log_in(client, "ann@example.com").status_code == 200
    assert log_in(client, "new@example.com").status_code == 302


@pytest.mark.parametrize("path", ["", "email/", "signup/", "reset/", "password/"])
def test_other_methods_are_refused(client, path):
    client.force_login(make_user())
    if path in {"signup/", "reset/"}:
        client.logout()
    assert client.delete(f"/account/{path}").status_code == 405


def test_a_merchant_is_no_staff(client):
    client.force_login(make_store().workspace.members.get())
    assert client.get("/admin/").status_code == 302
