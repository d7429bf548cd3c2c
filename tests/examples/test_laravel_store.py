"""examples/laravel_store, run by PHP with a real Laravel, against HiWelink."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from commerce.models import Store
from tests.commerce.test_published_stores import connect, everything
from tests.examples.published.values import expected_orders, expected_products
from tests.examples.servers import (
    KEY,
    LaravelShop,
    RunningStore,
    get,
    laravel_store,
    read_all,
)
from tests.factories import make_token, make_user
from tests.webhooks.server import running_web

pytestmark = pytest.mark.slow
PATHS = ("/health", "/api/products", "/api/orders")


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    with laravel_store(expected_products(), expected_orders()) as (running, _):
        yield running


@pytest.mark.parametrize("path", PATHS)
def test_other_keys_are_refused(store, path):
    for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": f"Bearer {KEY}"}):
        assert get(store, path, headers=headers).status_code == 401
    assert get(store, path).status_code == 200


def test_laravel_itself_puts_api_before_the_routes(store):
    for path in ("/products", "/api/api/products", "/api/health"):
        assert get(store, path).status_code == 404


@pytest.mark.parametrize("path", PATHS[1:])
def test_pages_add_up_and_end_in_an_empty_one(store, path):
    records, pages = read_all(store, path)
    total = 250 if path == "/api/products" else 120
    assert len({record["id"] for record in records}) == len(records) == total
    assert pages[-1]["meta"]["last_page"] == len(pages) == -(-total // 50)
    past = get(store, path, params={"page": 999})
    assert (past.status_code, past.json()["data"]) == (200, [])


@pytest.mark.django_db(transaction=True)
def test_every_value_arrives_in_hiwelink(client, drain, store):
    auth = make_token(make_user())
    uid = connect(client, store, auth)
    drain()
    products = everything(client, f"/api/v1/stores/{uid}/products/", auth)
    for expected in expected_products():
        product = products.pop(expected["id"])
        assert Decimal(product["price"]) == expected.pop("price")
        assert {name: product[name] for name in expected} == expected
        assert product["url"] == f"{store.url}/product/product-{product['id']}"
        assert product["warnings"] == []
    assert products == {}
    orders = everything(client, f"/api/v1/stores/{uid}/orders/", auth)
    assert len(orders) == 120
    for expected in expected_orders():
        order = orders[expected["id"]]
        assert Decimal(order["total"]) == expected["total"]
        assert order["currency"] == (expected["currency"] or "USD")
        assert order["created_at"] == f"{expected['created_at']:%Y-%m-%dT%H:%M:%SZ}"
        assert len(order["items"]) == len(expected["items"])


@pytest.mark.django_db(transaction=True)
def test_what_is_saved_in_the_shop_arrives_at_once():
    store = Store.objects.create(
        workspace=make_user().workspaces.get(), name="Laravel", environment="sandbox",
        status="connected", base_url="http://127.0.0.1:9", auth_method="api_key",
        credentials={"api_key": KEY},
    )  # fmt: skip
    with running_web() as web:
        told = {
            "HIWELINK_WEBHOOK_URL": web.url + "/",
            "HIWELINK_STORE_TOKEN": str(store.token),
        }
        with laravel_store([], [], **told) as (_, shop):
            change(shop, "Product", name="Café 1/2", price="349.00", stock="3")
            change(shop, "Product", sale_price="299.50", stock="0")
            change(shop, "Order", order_number="ORD-7", total="20", status="pending",
                   customer_email="bob@example.com")  # fmt: skip
            product, order = store.products.get(), store.orders.get()
            assert (product.name, product.price) == ("Café 1/2", Decimal("299.5"))
            assert product.stock_status == "out_of_stock"
            assert (order.order_number, order.total) == ("ORD-7", 20)
            shop.do("delete", "Product", "42")
    product.refresh_from_db()
    assert product.deleted_at is not None
    assert {d.http_status for d in store.deliveries.all()} == {200}


def change(shop: LaravelShop, model: str, **values: str) -> None:
    shop.do("save", model, "42", json.dumps(values))
