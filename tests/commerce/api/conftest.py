"""A caller of the management API, and what a store that connects sends."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from hiwelink.accounts.models import User
from tests.factories import make_token, make_user
from tests.stores import MisbehavingStore


class Api:
    """Calls /api/v1/ with a user's token, from outside."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = make_token(user) if user else {}

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.client.get(f"/api/v1/{path}", query, **self.headers)

    def post(self, path: str, body: Any = None) -> HttpResponse:
        return self.send("POST", path, body)

    def patch(self, path: str, body: Any) -> HttpResponse:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> HttpResponse:
        return self.client.delete(f"/api/v1/{path}", **self.headers)

    def send(self, method: str, path: str, body: Any) -> HttpResponse:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(
            method, f"/api/v1/{path}", text, "application/json", **self.headers
        )


@pytest.fixture(autouse=True)
def _fresh_throttles():
    cache.clear()


@pytest.fixture
def user(db) -> User:
    return make_user()


@pytest.fixture
def api(user) -> Api:
    return Api(user)


def body_for(remote: MisbehavingStore, **fields: Any) -> dict[str, Any]:
    """The body that connects `remote`."""
    return {
        "name": "My store",
        "base_url": remote.url,
        "environment": "sandbox",
        "auth_method": remote.auth_method,
        "credentials": remote.credentials,
    } | fields
