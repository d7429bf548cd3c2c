"""A store and whoever sends it webhooks, from outside."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from commerce.models import Store
from tests.factories import make_store

OK = {"success": True, "message": "Webhook processed"}


class Sender:
    """Posts to the webhook addresses of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.client = Client(raise_request_exception=False, enforce_csrf_checks=True)

    def post(
        self, endpoint: str, body: Any, content_type="application/json", **headers: str
    ) -> HttpResponse:
        """body: bytes as they are, anything else as JSON."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", endpoint, text, content_type, **headers)

    def send(
        self, method: str, endpoint: str, body=b"", content_type="", **headers: str
    ) -> HttpResponse:
        path = f"/api/generic-api/webhooks/{self.store.token}/{endpoint}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, path, body, content_type, headers=named)

    def product(self, event: str, **headers: str) -> Any:
        return lambda **data: self.post(
            "products", {"event": f"product.{event}", "data": data}, **headers
        )

    def order(self, event: str, **headers: str) -> Any:
        return lambda **data: self.post(
            "orders", {"event": f"order.{event}", "data": data}, **headers
        )


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()


@pytest.fixture
def store(db) -> Store:
    return make_store()


@pytest.fixture
def sender(store) -> Sender:
    return Sender(store)
