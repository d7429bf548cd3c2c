"""Who tries passwords, addresses and sessions that are not theirs.

What one account, one browser and one form do is proved in tests/hiwelink/test_accounts*.
"""

from __future__ import annotations

import re
from itertools import count

import pytest
from django.core.cache import cache
from django.test import Client

from chatbot.models import Chatbot
from hiwelink.accounts import stuffing, views
from hiwelink.teams.models import AuditEntry
from tests.factories import PASSWORD, make_store, make_token, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def log_in(email: str, password: str = PASSWORD, path="/account/login/", **options):
    form = {"username": email, "password": password}
    return Client().post(path, form, **options)


@pytest.mark.parametrize("path", ["/account/login/", "/admin/login/"])
def test_one_address_does_not_try_many_accounts(path, monkeypatch):
    monkeypatch.setattr(stuffing, "FAILURES_OF_ADDRESS", 12)
    user = make_user("ann@example.com", is_staff=True)
    for number in range(12):
        log_in(f"list{number}@example.com", "wrong", path, HTTP_USER_AGENT=f"b{number}")
    refused = log_in(user.email, path=path)
    assert refused.status_code in (200, 429) and "sessionid" not in refused.cookies
    assert "Too many passwords" in refused.content.decode()
    assert log_in(user.email, path=path, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_many_addresses_do_not_try_one_account(monkeypatch):
    monkeypatch.setattr(stuffing, "FAILURES_OF_ACCOUNT", 12)
    user, other = make_user("ann@example.com"), make_user()
    for number in range(12):
        log_in(user.email, "wrong", REMOTE_ADDR=f"198.51.100.{number}")
    for address in ("198.51.100.3", "192.0.2.9"):
        assert log_in(user.email, REMOTE_ADDR=address).status_code == 429
    assert log_in(other.email, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_the_limits_are_within_what_nist_allows():
    assert stuffing.FAILURES_OF_ACCOUNT <= 100
    assert stuffing.FAILURES_OF_ADDRESS <= 100


def test_another_browser_does_not_begin_anew():
    make_user("ann@example.com")
    for number in range(10):
        log_in("ann@example.com", "wrong", HTTP_USER_AGENT=f"browser {number}")
    assert log_in("ann@example.com").status_code == 429


def test_a_login_of_ones_own_does_not_wash_an_address_clean(monkeypatch):
    monkeypatch.setattr(stuffing, "FAILURES_OF_ADDRESS", 12)
    mallory = make_user("mallory@example.com")
    for number in range(12):
        if number % 4 == 3:
            assert log_in(mallory.email).status_code == 302
        log_in(f"list{number}@example.com", "wrong")
    assert log_in(mallory.email).status_code == 429


def told(answer) -> tuple[int, str]:
    """Status and page, without what was typed and what is random."""
    page = re.sub(
        r'value="[^"]*"|<strong class="break">[^<]*', "", answer.content.decode()
    )
    return answer.status_code, page


def test_nothing_tells_whether_an_account_exists():
    """Wrong, locked, and reset: a known address and an unknown one read the same."""
    make_user("known@example.com")
    both = ("known@example.com", "unknown@example.com")
    for _ in range(11):
        known, unknown = (log_in(email, "wrong") for email in both)
        assert told(known) == told(unknown)
    assert known.status_code == 429  # the last ones were of locked pairs
    known, unknown = (
        Client().post("/account/reset/", {"email": email}, follow=True)
        for email in both
    )
    assert told(known) == told(unknown)


def test_who_is_locked_out_may_still_ask_for_a_new_password(monkeypatch):
    monkeypatch.setattr(stuffing, "FAILURES_OF_ACCOUNT", 1)
    make_user("ann@example.com")
    log_in("ann@example.com", "wrong")
    assert log_in("ann@example.com").status_code == 429
    answer = Client().post("/account/reset/", {"email": "ann@example.com"})
    assert answer["Location"] == "/account/reset/sent/"


# --- Whose address counts -------------------------------------------------------------


def failures_of_logins(**headers) -> list[int]:
    email = make_user().email
    return [log_in(email, "wrong", **h(headers)).status_code for _ in range(10)]


def sign_ups(**headers) -> list[int]:
    return [
        Client().post("/account/signup/", {"email": "no"}, **h(headers)).status_code
        for _ in range(views.SIGN_UPS_AN_HOUR + 1)
    ]


def resets(**headers) -> list[int]:
    form = {"email": "no"}
    return [
        Client().post("/account/reset/", form, **h(headers)).status_code
        for _ in range(views.RESETS_AN_HOUR + 1)
    ]


def guesses_of_webhook_addresses(**headers) -> list[int]:
    return [
        Client()
        .post(f"/api/generic-api/webhooks/{n}/products", **h(headers))
        .status_code
        for n in range(4)
    ]


def searches_of_a_widget(**headers) -> list[int]:
    bot = Chatbot.objects.create(store=make_store(), name="Shop")
    path = f"/api/chatbot/{bot.public_id}/search"
    return [Client().get(path, {"q": "x"}, **h(headers)).status_code for _ in range(4)]


FORGED = count()


def h(headers: dict[str, str]) -> dict[str, str]:
    """The headers with another made-up visitor in each request."""
    return {
        k: v.replace("?", f"8.8.{next(FORGED) % 250}.1") for k, v in headers.items()
    }


@pytest.mark.parametrize(
    "tries",
    [
        failures_of_logins,
        sign_ups,
        resets,
        guesses_of_webhook_addresses,
        searches_of_a_widget,
    ],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize(
    ("proxies", "header"),
    [
        (0, {"HTTP_X_FORWARDED_FOR": "?"}),
        (0, {"HTTP_X_REAL_IP": "?", "HTTP_FORWARDED": "for=?", "HTTP_CLIENT_IP": "?"}),
        (1, {"HTTP_X_FORWARDED_FOR": "?, 198.51.100.1"}),
        (2, {"HTTP_X_FORWARDED_FOR": "?, 198.51.100.1, 10.0.0.2"}),
    ],
)
def test_no_header_makes_a_new_visitor_of_an_old_one(
    tries, proxies, header, settings, monkeypatch
):
    settings.TRUSTED_PROXIES = proxies
    settings.WEBHOOK_ADDRESS_LIMIT = 3
    monkeypatch.setattr("chatbot.api.search.SearchView.rate", "3/min")
    statuses = tries(**header)
    assert 429 not in statuses[:-1]
    assert statuses[-1] == 429
    cache.clear()
    # And another visitor behind the same proxies is not held up by them.
    if proxies:
        other = {
            k: v.replace("198.51.100.1", "198.51.100.2") for k, v in header.items()
        }
        assert tries(**other)[0] != 429


@pytest.mark.parametrize(
    ("proxies", "forwarded", "noted"),
    [
        (0, "8.8.8.8", "127.0.0.1"),
        (1, "8.8.8.8, 198.51.100.1", "198.51.100.1"),
        (2, "8.8.8.8, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (1, "<script>, 198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_audit_log_and_deliveries_note_whom_the_proxy_saw(
    settings, proxies, forwarded, noted
):
    settings.TRUSTED_PROXIES = proxies
    store = make_store()
    header = make_token(store.workspace.members.get())
    client = Client(HTTP_X_FORWARDED_FOR=forwarded)
    path = f"/api/v1/stores/{store.uid}/rotate-token/"
    answer = client.post(path, {}, content_type="application/json", **header)
    assert answer.status_code == 200
    assert AuditEntry.objects.get().remote_address == noted
    store.refresh_from_db()
    client.post(f"/api/generic-api/webhooks/{store.token}/products")
    assert store.deliveries.get().remote_address == noted


# --- Sessions -------------------------------------------------------------------------


@pytest.mark.parametrize("planted", ["a" * 32, "attacker-chosen-session-key-000000"])
def test_a_session_key_somebody_else_chose_is_never_taken(planted):
    user = make_user()
    victim = Client()
    victim.cookies["hiwelink_session"] = planted
    form = {"username": user.email, "password": PASSWORD}
    assert victim.post("/account/login/", form).status_code == 302
    assert victim.cookies["hiwelink_session"].value != planted
    attacker = Client()
    attacker.cookies["hiwelink_session"] = planted
    assert attacker.get("/dashboard/").status_code == 302


def test_the_cookies_are_out_of_reach_of_scripts_other_sites_and_plain_http(settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client = Client()
    client.get("/account/login/", secure=True)
    user = make_user()
    form = {"username": user.email, "password": PASSWORD}
    client.post("/account/login/", form, secure=True)
    for name in ("hiwelink_session", "hiwelink_csrf"):
        cookie = client.cookies[name]
        assert cookie["secure"] and cookie["samesite"] == "Lax", name
        assert cookie["httponly"], name
        assert not cookie["domain"], name


def test_what_the_session_table_holds_opens_no_session():
    client = Client()
    client.force_login(make_user())
    assert client.get("/dashboard/").status_code == 200
    thief = Client()
    thief.cookies["hiwelink_session"] = client.session.model.objects.get().pk
    assert thief.get("/dashboard/").status_code == 302
    client.post("/account/logout/")
    assert not client.session.model.objects.filter(session_data__gt="").exists()
