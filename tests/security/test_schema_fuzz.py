"""The management API against its own OpenAPI schema, with what schemathesis makes up.

Every operation, valid and invalid bodies and parameters, on objects that are there and
on ones that are not: never a 5xx, only documented statuses, and answers as described.
Derandomised: the same examples in every run.
"""

from __future__ import annotations

import socket
from functools import cache as once
from typing import Any

import pytest
import requests
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from commerce.models import Store
from tests.factories import make_token
from tests.security.hostile_world import owner
from tests.security.test_routes import snapshot
from tests.security.victim import make_victim
from tests.stores import MisbehavingStore

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = 24  # an operation: half valid, half not
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@once
def operations() -> dict[str, Any]:
    raw = SchemaGenerator().get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(raw)
    schema.app = get_wsgi_application()
    return {op.ok().label: op.ok() for op in schema.get_all_operations()}


@pytest.fixture(autouse=True)
def _this_machine_only(monkeypatch):
    """Made-up addresses lead nowhere, and nobody waits to try one again."""
    resolve = socket.getaddrinfo

    def find(host, *args, **options):
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name here")
        return resolve(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", find)
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture(autouse=True)
def _one_connection():
    """As Django's own test client: the application stays in the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def remote():
    with MisbehavingStore() as remote:
        yield remote


def labels() -> list[str]:
    return list(operations())


@pytest.mark.parametrize("label", labels())
def test_every_answer_is_as_the_schema_says(label, remote):
    operation = operations()[label]
    valid, invalid = (
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    )

    @BOUNDED
    @given(case=st.one_of(valid, invalid), real=st.booleans())
    def ask(case, real):
        cache.clear()
        with transaction.atomic():
            victim = make_victim()
            Store.objects.update(base_url=remote.url, credentials=remote.credentials)
            if real:
                fill_in(case, victim, remote)
            response = case.call(headers=token())
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)

    ask()


def token() -> dict[str, str]:
    plain = {"Accept-Encoding": "identity"}  # the WSGI transport unpacks nothing
    return plain | {"Authorization": make_token(owner())["HTTP_AUTHORIZATION"]}


def fill_in(case, victim: dict[str, object], remote: MisbehavingStore) -> None:
    """Name what is there, and a store that answers."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = str(victim[name])
    if case.path_parameters and "orders/{external_id}" in case.operation.path:
        order = Store.objects.get(uid=victim["store"]).orders.get()
        case.path_parameters["external_id"] = order.external_id
    if isinstance(case.body, dict):
        known = {
            "base_url": remote.url,
            "environment": "sandbox",
            "auth_method": "api_key",
            "credentials": remote.credentials,
            "store": str(victim["store"]),
        }
        case.body |= {k: v for k, v in known.items() if k in case.body}


def test_an_answer_of_another_shape_is_found():
    """The check of the check: a status, and a body, that the schema does not know."""
    operation = operations()["GET /api/v1/stores/"]
    case = operation.Case()
    for status, body in ((200, b'{"count": "many"}'), (418, b"{}"), (500, b"{}")):
        told = requests.Response()
        told.status_code, told._content = status, body
        told.headers["Content-Type"] = "application/json"
        told.request = requests.Request("GET", "http://127.0.0.1/").prepare()
        with pytest.raises(FailureGroup):
            case.validate_response(Response.from_requests(told, True), checks=CHECKS)


@pytest.mark.parametrize("label", labels())
@pytest.mark.parametrize("told", [None, "Token ", "Token 0123456789abcdef", "Bearer x"])
def test_without_a_token_of_ours_every_operation_is_401(label, told, remote):
    victim = make_victim()
    before = snapshot()
    operation = operations()[label]
    case = operation.Case(
        path_parameters={p.name: "x" for p in operation.path_parameters},
        body={} if operation.body else schemathesis.core.NOT_SET,
        media_type="application/json",
    )
    fill_in(case, victim, remote)
    response = case.call(headers={"Authorization": told} if told else {})
    assert response.status_code == 401
    case.validate_response(response, checks=CHECKS)
    assert snapshot() == before
