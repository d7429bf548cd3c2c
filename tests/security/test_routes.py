"""Every route, every verb, asked by another merchant and by nobody.

The routes come from the URL table: a new one is tested as soon as it exists, and one
with a parameter nobody filled in here fails until somebody does.
"""

from __future__ import annotations

import re

import pytest
from django.core import serializers
from django.core.cache import cache
from django.test import Client

from chatbot.models import Chatbot, Conversation, MerchantAnswer, Message
from commerce.models import Order, Product, Store, SyncRun
from hiwelink.accounts.models import Membership, User, Workspace
from hiwelink.teams.models import AuditEntry, Invitation
from tests.factories import (
    make_token,
    make_user,
)
from tests.security.routes import VERBS, Route, all_routes, missing
from tests.security.victim import CANARY, make_victim, values_for
from webhooks.models import Delivery, WebhookSecret

pytestmark = pytest.mark.django_db
ROUTES = all_routes()
PRIVATE = [r for r in ROUTES if not r.is_public and not r.is_staff]
GUARDED = [
    Workspace,
    Membership,
    Invitation,
    Store,
    Product,
    Order,
    SyncRun,
    Delivery,
    WebhookSecret,
    Chatbot,
    Conversation,
    Message,
    MerchantAnswer,
    AuditEntry,
]
# What differs between two answers for reasons of its own.
CHANGING = re.compile(
    r'name="csrfmiddlewaretoken" value="\w+"|nonce-[\w+/=]+|data-csrf="\w+"'
)


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def victim() -> dict[str, object]:
    return make_victim()


def snapshot() -> str:
    return serializers.serialize(
        "json", [row for model in GUARDED for row in model.objects.order_by("pk")]
    )


def ask(client: Client, verb: str, path: str, header: dict[str, str]):
    return client.generic(verb, path, b"{}", "application/json", **header)


def comparable(response, values: dict[str, object]) -> tuple[int, str, str]:
    """What an asker learns, without the names they asked with."""
    body = b"".join(response) if response.streaming else response.content
    text = CHANGING.sub("", body.decode(errors="replace"))
    for value in values.values():
        if len(str(value)) > 3:
            text = text.replace(str(value), "…")
    return response.status_code, text, response.headers.get("Allow", "")


def with_objects(routes: list[Route]) -> list[Route]:
    return [route for route in routes if route.parameters]


@pytest.mark.parametrize("route", with_objects(PRIVATE), ids=lambda r: r.pattern)
def test_another_merchants_object_is_like_one_that_is_not_there(route, victim):
    eve = make_user("eve@example.com")
    client = Client(raise_request_exception=False)
    client.force_login(eve)
    header = make_token(eve) if route.pattern.startswith("api/") else {}
    theirs = values_for(route, victim)
    nobodys = {name: missing(value) for name, value in theirs.items()}
    before = snapshot()
    for verb in VERBS:
        foreign = ask(client, verb, route.path(theirs), header)
        absent = ask(client, verb, route.path(nobodys), header)
        told = comparable(foreign, theirs)
        assert told == comparable(absent, nobodys), verb
        assert told[0] in (403, 404, 405) or verb == "OPTIONS", (verb, told[0])
        assert CANARY not in told[1]
    assert snapshot() == before


@pytest.mark.parametrize("route", PRIVATE, ids=lambda r: r.pattern)
def test_nobody_is_sent_away(route, victim):
    path = route.path(values_for(route, victim))
    client = Client(raise_request_exception=False)
    before = snapshot()
    for verb in VERBS:
        answer = ask(client, verb, path, {})
        login = answer.status_code == 302 and "/login/" in answer["Location"]
        assert login or answer.status_code in (401, 403, 405), (verb, answer)
        assert CANARY not in answer.content.decode()
    assert snapshot() == before


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if r.is_staff and not r.is_public],
    ids=lambda r: r.pattern,
)  # fmt: skip
def test_staff_pages_are_for_staff(route, victim):
    if "(?P" in route.pattern:
        pytest.skip("the catch-all of the admin")
    values = dict.fromkeys(route.parameters, "1")
    client = Client(raise_request_exception=False)
    for user in (None, User.objects.get(email="victoria@example.com")):
        if user:
            client.force_login(user)
        for verb in ("GET", "POST"):
            answer = ask(client, verb, route.path(values), {})
            assert answer.status_code in (302, 403, 404), (verb, answer)
            if answer.status_code == 302:
                assert "/admin/login/" in answer["Location"]


def test_the_table_holds_what_we_know_of():
    patterns = {route.pattern for route in ROUTES}
    assert "api/v1/stores/<str:store_id>/products/<path:external_id>/" in patterns
    assert len(PRIVATE) > 60
