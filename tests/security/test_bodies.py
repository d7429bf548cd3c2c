"""Bodies too large, too deep, too many: each is refused, none breaks or changes anything.

Every route that takes a POST, from the URL table. What webhooks take: tests/webhooks/.
"""

from __future__ import annotations

import json

import pytest
from django.conf import settings as told
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import make_token
from tests.security.hostile_world import owner
from tests.security.routes import Route, all_routes
from tests.security.test_forgery import filled
from tests.security.test_routes import snapshot
from tests.security.victim import make_victim

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024
LIMIT = told.DATA_UPLOAD_MAX_MEMORY_SIZE
FORM = "application/x-www-form-urlencoded"
OVERSIZED = {
    "json": (b'{"name": "' + b"x" * LIMIT + b'"}', "application/json"),
    "form": (b"name=" + b"x" * LIMIT, FORM),
    "blanks": (b" " * (LIMIT + 1), "application/json"),
}
STRANGE = {
    "deep lists": (b"[" * 100_000, "application/json"),
    "deep objects": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "application/json"),
    "many fields": (b"&".join(b"a%d=1" % n for n in range(20_000)), FORM),
    "one key again and again": (b"name=a&" * 5_000, FORM),
    "a huge number": (b'{"per_page": ' + b"9" * 100_000 + b"}", "application/json"),
    "no text": (b"\xff\xfe\x00\x80" * 500, "application/json"),
    "nul": (b"name=a%00b&email=a%00@example.com&q=%00&message=%00", FORM),
    "json nul": (b'{"name": "a\\u0000b", "message": "\\u0000", "q": "\\ud800"}',
                 "application/json"),
    "not multipart": (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
    "no boundary": (b"a", "multipart/form-data"),
    "an encoding": (b"name=a", f"{FORM}; charset=utf-99"),
    "numbers that are none": (b'{"per_page": NaN, "page": Infinity}', "application/json"),
}  # fmt: skip
POSTED = [r for r in all_routes() if not r.is_staff and r.pattern]


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def ask(route: Route, victim: dict[str, object], body: bytes, kind: str):
    """As the merchant whose object it is, so that only the body can be refused."""
    client = Client(raise_request_exception=False)
    client.force_login(owner())
    header = make_token(owner()) if route.pattern.startswith("api/v1/") else {}
    cache.clear()
    return client.generic("POST", filled(route, victim), body, kind, **header)


@pytest.mark.parametrize("name", OVERSIZED)
def test_an_oversized_body_is_refused_everywhere(name):
    victim, takers = make_victim(), 0
    before = snapshot()
    for route in POSTED:
        answer = ask(route, victim, *OVERSIZED[name])
        assert answer.status_code in (405, 413, 415), route.pattern
        takers += answer.status_code == 413
        if route.pattern.startswith("api/"):
            assert set(answer.json()) == {"code", "detail"}, route.pattern
        if route.pattern.startswith("api/chatbot/"):
            assert answer.status_code in (405, 413), route.pattern
        # Webhooks write down what they refuse; nothing else changed.
        assert without_deliveries(snapshot()) == without_deliveries(before), (
            route.pattern
        )
    assert takers > 40


@pytest.mark.slow
@pytest.mark.parametrize("name", STRANGE)
def test_a_strange_body_breaks_nothing(name):
    victim = make_victim()
    before = without_deliveries(snapshot())
    for route in POSTED:
        answer = ask(route, victim, *STRANGE[name])
        assert answer.status_code < 500, (route.pattern, answer.status_code)
        if answer.status_code >= 400:
            assert without_deliveries(snapshot()) == before, route.pattern
        else:  # it was an act that takes no body, or a form shown again
            victim = renewed(victim)
            before = without_deliveries(snapshot())


def renewed(victim: dict[str, object]) -> dict[str, object]:
    """A new victim where the act was done to the first one."""
    user = owner()
    if user.workspaces.filter(stores__deleting_at__isnull=True).exists():
        return victim
    user.email = f"gone{user.pk}@example.com"
    user.save()
    return make_victim()


def without_deliveries(rows: str) -> list[dict[str, object]]:
    left_out = ("webhooks.delivery", "teams.auditentry")
    return [row for row in json.loads(rows) if row["model"] not in left_out]


def test_uploads_go_nowhere():
    """No form of ours takes a file: many and large ones change nothing."""
    make_victim()
    client = Client(raise_request_exception=False)
    client.force_login(owner())
    many = {f"f{n}": SimpleUploadedFile(f"{n}.php", b"<?php") for n in range(150)}
    large = {"name": SimpleUploadedFile("../../etc/passwd", b"x" * (3 * MIB))}
    assert client.post("/account/", many).status_code == 400
    assert client.post("/account/", large).status_code == 200  # the form, shown again
    assert b"passwd" not in client.get("/account/").content
