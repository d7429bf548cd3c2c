"""What another site can do with a merchant's browser: nothing. Every route is asked.

Forms sent without our token, addresses to be led away to, frames, scripts of another
origin, and a Host header of somebody else's.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from chatbot.models import Chatbot
from commerce.models import Store
from tests.factories import PASSWORD, make_user
from tests.security.hostile_world import owner
from tests.security.markup import HOSTILE
from tests.security.routes import Route, all_routes
from tests.security.test_markup import page_paths
from tests.security.test_routes import snapshot
from tests.security.victim import make_victim, values_for
from tests.staff import make_superuser
from tests.work import drain_queue

pytestmark = pytest.mark.django_db
# No cookie opens these, so there is nothing to forge: they are known by what is in
# their address, or by the Origin the browser itself names.
COOKIELESS = ("api/generic-api/webhooks/", "api/chatbot/")
ROUTES = all_routes()
LEADING_AWAY = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "/%2F/evil.example",
    "http://testserver@evil.example/",
    "\x00//evil.example",
    "\t//evil.example",
    HOSTILE["link"],
    HOSTILE["data"],
)


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def filled(route: Route, victim: dict[str, object]) -> str:
    store = Store.objects.get(uid=victim["store"])
    values = victim | {"uidb64": "MQ", "secret": "x", "endpoint": "products"}
    values |= {"message": store.uid, "conversation": victim["conversation_uid"]}
    values["token"] = store.token if "webhooks" in route.pattern else "set-password"
    if "invitations/<uuid:uid>" in route.pattern:
        return route.path(values | {"uid": victim["invitation_uid"]})
    return route.path(values_for(route, values))


def merchant_with(victim: dict[str, object], **options) -> Client:
    client = Client(raise_request_exception=False, **options)
    client.force_login(owner())
    return client


@pytest.mark.parametrize(
    "route",
    [r for r in ROUTES if not r.is_staff and not r.pattern.startswith(COOKIELESS)],
    ids=lambda r: r.pattern,
)
def test_no_form_of_another_site_is_taken(route):
    victim = make_victim()
    client = merchant_with(victim, enforce_csrf_checks=True)
    before = snapshot()
    path = filled(route, victim)
    for body, kind in (
        (b"", "application/x-www-form-urlencoded"),
        (b"confirmed=yes&name=x&resource=all&email=a@example.com", "text/plain"),
        (b'{"resource": "all"}', "application/json"),
    ):
        answer = client.generic("POST", path, body, kind, headers={"Origin": "null"})
        assert answer.status_code in (403, 404, 405), (kind, answer.status_code)
    assert snapshot() == before


def test_no_staff_form_of_another_site_is_taken():
    make_victim()
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(make_superuser())
    before = snapshot()
    for route in ROUTES:
        if route.is_staff and "(?P" not in route.pattern:
            path = route.path(dict.fromkeys(route.parameters, "1"))
            assert client.post(path, {"post": "yes"}).status_code == 403, path
    assert snapshot() == before


@pytest.mark.parametrize("away", LEADING_AWAY)
def test_no_page_of_accounts_leads_away(away):
    """`next`, asked for and sent along, by a member and by nobody."""
    victim = make_victim()
    paths = [
        filled(r, victim)
        for r in ROUTES
        if r.pattern.startswith(("account/", "admin/log"))
    ]
    nobody = Client(raise_request_exception=False)
    for path in paths:
        stays_here(nobody.post(f"{path}?next={quote(away)}", {"next": away}), path)
        for client in (nobody, merchant_with(victim)):
            stays_here(client.get(path, {"next": away}), path)
    user = make_user()
    form = {"username": user.email, "password": PASSWORD, "next": away}
    for path in ("/account/login/", "/account/signup/"):
        signed_up = form | {"email": "new@example.com"}
        answer = Client().post(f"{path}?next={quote(away)}", signed_up)
        assert answer.status_code == 302
        stays_here(answer, path)


def test_no_page_at_all_leads_away():
    """Whatever a page may call the parameter it takes its way from."""
    victim = make_victim()
    client = merchant_with(victim)
    names = ("next", "back", "url", "return", "redirect", "continue", "to", "search")
    for path in page_paths(victim):
        stays_here(client.get(path, dict.fromkeys(names, "//evil.example/")), path)


def stays_here(answer, path: str) -> None:
    where = answer.headers.get("Location", "")
    parts = urlsplit("".join(c for c in where if c > " ").replace("\\", "/"))
    assert parts.scheme in ("", "http") and parts.netloc in ("", "testserver"), (
        path,
        where,
    )
    assert not where.startswith(("//", "/\\")), (path, where)
    assert "evil" not in answer.headers.get("HX-Redirect", ""), path


def test_no_page_may_be_framed_and_only_the_widget_by_its_shops():
    victim = make_victim()
    Chatbot.objects.update(allowed_origins=["https://shop.example"])
    client = merchant_with(victim)
    framed = []
    for route in ROUTES:
        if route.is_staff:
            continue
        answer = client.get(filled(route, victim))
        policy = answer.headers.get("Content-Security-Policy", "")
        assert answer["X-Content-Type-Options"] == "nosniff", route.pattern
        assert answer["Referrer-Policy"] == "same-origin", route.pattern
        assert not {"Server", "X-Powered-By"} & set(answer.headers), route.pattern
        if route.pattern.startswith("widget/v1/<str:public_id>/"):
            framed.append(route.pattern)
            assert "frame-ancestors 'self' https://shop.example;" in policy + ";"
            continue
        assert answer["X-Frame-Options"] == "DENY", route.pattern
        assert "frame-ancestors 'none'" in policy, route.pattern
        assert "script-src 'self';" in policy + ";", route.pattern
        assert "unsafe" not in policy, route.pattern
    assert framed == ["widget/v1/<str:public_id>/"]
    staff = Client()
    staff.force_login(make_superuser())
    answer = staff.get("/admin/")
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


STRANGE_ORIGINS = (
    "https://evil.example",
    "null",
    "https://shop.example.evil.example",
    "https://evilshop.example",
    "https://shop.example:8443",
    "http://shop.example",
    "https://sub.shop.example",
    "https://shop.example@evil.example",
    "https://shop.example\\.evil.example",
    "file://",
)


@pytest.mark.parametrize("origin", STRANGE_ORIGINS)
def test_no_other_origin_uses_the_widget(origin):
    victim = make_victim()
    Chatbot.objects.update(allowed_origins=["https://shop.example"])
    for route in ROUTES:
        if route.pattern.startswith("api/chatbot/"):
            for answer in asked_across(Client(), filled(route, victim), origin):
                assert answer.status_code == 403, route.pattern
                assert answer.json()["code"] == "origin_not_allowed"


def test_no_other_origin_reads_any_answer():
    """With the merchant's own cookies in the browser."""
    victim = make_victim()
    client = merchant_with(victim)
    for route in ROUTES:
        if not route.is_staff:
            asked_across(client, filled(route, victim), "https://evil.example")


def asked_across(client: Client, path: str, origin: str) -> list[HttpResponse]:
    """Ask from a page of `origin`; none of the answers may be read there."""
    answers = [
        client.generic(verb, path, headers={"Origin": origin})
        for verb in ("GET", "POST", "OPTIONS")
        if verb != "POST" or "api/chatbot/" in path
    ]
    for answer in answers:
        told = [name for name in answer.headers if name.startswith("Access-Control")]
        assert told == [], (path, told)
    return answers


def test_an_allowed_origin_reads_without_cookies_and_nobody_gets_a_star():
    victim = make_victim()
    Chatbot.objects.update(allowed_origins=["https://shop.example"])
    path = f"/api/chatbot/{victim['public_id']}/search"
    answer = Client().get(path, {"q": "x"}, headers={"Origin": "https://shop.example"})
    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in answer["Vary"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "testserver.evil.example"},
        {"Host": "testserver@evil.example"},
        {"Host": "testserver:80@evil.example"},
        {"Host": "evil.example, testserver"},
        {"Host": ""},
    ],
    ids=lambda h: h["Host"] or "empty",
)
def test_a_host_that_is_not_ours_gets_nothing(settings, headers):
    settings.ALLOWED_HOSTS = ["testserver"]
    make_user("ann@example.com")
    client = Client(raise_request_exception=False)
    for path in (
        "/account/login/",
        "/dashboard/",
        "/docs/generic-api/",
        "/account/reset/",
    ):
        assert client.get(path, headers=headers).status_code == 400, path
    answer = client.post(
        "/account/reset/", {"email": "ann@example.com"}, headers=headers
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},  # an operator who allows every host
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
        {"X-Original-Url": "//evil.example/", "X-Rewrite-Url": "//evil.example/"},
        {"Forwarded": "host=evil.example;proto=https"},
    ],
    ids=str,
)
@pytest.mark.django_db(transaction=True)
def test_no_link_we_write_takes_its_host_from_the_request(headers):
    victim = make_victim()
    make_user("ann@example.com")
    client = merchant_with(victim)
    client.post("/account/reset/", {"email": "ann@example.com"}, headers=headers)
    drain_queue()
    assert mail.outbox and "evil" not in "".join(
        m.body + m.subject for m in mail.outbox
    )
    for path in page_paths(victim):
        answer = client.get(path, headers=headers)
        assert "evil.example" not in answer.content.decode(), path
        assert "evil.example" not in str(answer.headers), path
    for path in (f"stores/{victim['store']}/", f"chatbots/{victim['chatbot']}/"):
        assert (
            "evil"
            not in client.get(f"/api/v1/{path}", headers=headers).content.decode()
        )
    assert not answer.wsgi_request.is_secure()
