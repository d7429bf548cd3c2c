"""Rows for tests: plain functions, every field may be given."""

import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone

from commerce.models import Order, Product, Store, SyncRun
from hiwelink.accounts.models import User, Workspace
from hiwelink.accounts.services import create_api_token, create_merchant

_numbers = itertools.count(1)
PASSWORD = "correct horse battery"


def make_user(email: str = "", **fields: Any) -> User:
    """A merchant with a workspace of their own."""
    email = email or f"merchant{next(_numbers)}@example.com"
    user = create_merchant(email=email, password=PASSWORD)
    for name, value in fields.items():
        setattr(user, name, value)
    user.save()
    return user


def workspace_of(user: User) -> Workspace:
    return user.workspaces.get()


def make_token(user: User) -> dict[str, str]:
    """The header that makes a request the user's."""
    return {"HTTP_AUTHORIZATION": f"Token {create_api_token(user)}"}


def make_store(user: User | None = None, **fields: Any) -> Store:
    user = user or make_user()
    number = next(_numbers)
    values: dict[str, Any] = {
        "workspace": workspace_of(user),
        "name": f"Store {number}",
        "environment": "sandbox",
        "status": "connected",
        "base_url": "http://127.0.0.1:9",
        "auth_method": "api_key",
        "credentials": {"api_key": "sk_test_factory"},
    }
    return Store.objects.create(**(values | fields))


def make_product(store: Store, external_id: str = "", **fields: Any) -> Product:
    number = next(_numbers)
    values: dict[str, Any] = {
        "external_id": external_id or f"prod_{number}",
        "name": f"Product {number}",
        "price": Decimal("19.90"),
        "raw_hash": b"",
        "content_hash": b"",
        "observed_at": timezone.now(),
        "written_by_type": "sync_run",
    }
    return Product.objects.create(store=store, **(values | fields))


def make_order(store: Store, external_id: str = "", **fields: Any) -> Order:
    number = next(_numbers)
    values: dict[str, Any] = {
        "external_id": external_id or f"order_{number}",
        "order_number": f"ORD-{number}",
        "status": "completed",
        "total": Decimal("49.90"),
        "currency": "USD",
        "customer_email": "alice@example.com",
        "placed_at": timezone.now(),
        "raw_hash": b"",
        "content_hash": b"",
        "observed_at": timezone.now(),
        "written_by_type": "sync_run",
    }
    return Order.objects.create(store=store, **(values | fields))


def make_run(store: Store, **fields: Any) -> SyncRun:
    values: dict[str, Any] = {"resource": "products", "trigger": "manual"}
    return SyncRun.objects.create(store=store, **(values | fields))
