"""examples/express_store and the Express example as published, run by Node.js."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import requests

from tests.examples.published.values import expected_orders, expected_products
from tests.examples.servers import (
    KEY,
    RunningStore,
    express_store,
    get,
    published_express,
    read_all,
    send_published_webhook,
)

pytestmark = pytest.mark.slow
PATHS = ("/health", "/api/products", "/api/orders")
STORES = {"example": express_store, "published": published_express}


@pytest.fixture(scope="module", params=STORES)
def store(request) -> Iterator[RunningStore]:
    with STORES[request.param]() as running:
        yield running


@pytest.mark.parametrize("path", PATHS)
def test_other_keys_are_refused(store, path):
    for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": f"Bearer {KEY}"}):
        assert get(store, path, headers=headers).status_code == 401
    assert get(store, path).status_code == 200


@pytest.mark.parametrize("path", PATHS[1:])
@pytest.mark.parametrize("per_page", [7, 50, 100])
def test_pages_add_up(store, path, per_page):
    records, pages = read_all(store, path, per_page)
    total = 250 if path == "/api/products" else 120
    assert len({record["id"] for record in records}) == len(records) == total
    for number, page in enumerate(pages, start=1):
        assert page["meta"] == {
            "current_page": number,
            "per_page": per_page,
            "total": total,
            "last_page": -(-total // per_page),
        }


def test_page_past_the_end_is_empty(store):
    answer = get(store, "/api/products", params={"page": 999})
    assert (answer.status_code, answer.json()["data"]) == (200, [])


def test_values_are_those_expected(store):
    products, _ = read_all(store, "/api/products")
    for product in products:
        product.pop("slug", None)  # ours adds it to what is published
        product["price"] = Decimal(str(product["price"]))
    assert products == expected_products()
    orders, _ = read_all(store, "/api/orders")
    for order, expected in zip(orders, expected_orders(), strict=True):
        assert Decimal(str(order["total"])) == expected["total"]
        assert order["currency"] == (expected["currency"] or "USD")
        assert order["created_at"] == f"{expected['created_at']:%Y-%m-%dT%H:%M:%S}.000Z"
        prices = [Decimal(str(i["price"])) for i in order["items"]]
        assert prices == [i["price"] for i in expected["items"]]
        for field in ("order_number", "status", "customer_email", "customer_name"):
            assert order[field] == expected[field]


def test_requests_are_recorded(store):
    before = len(store.requests())
    get(store, "/api/orders", params={"page": 3})
    (entry,) = store.requests()[before:]
    assert (entry["path"], entry["query"], entry["status"]) == (
        "/api/orders",
        "page=3",
        200,
    )
    assert entry["headers"]["x-api-key"] == KEY
    assert entry["started"] <= entry["ended"]


def test_counts_can_be_chosen():
    with express_store(products=3, orders=0) as small:
        assert get(small, "/api/products").json()["meta"]["total"] == 3
        assert get(small, "/api/orders").json()["meta"] == {
            "current_page": 1,
            "per_page": 50,
            "total": 0,
            "last_page": 0,
        }


@pytest.mark.parametrize("query", ["page=0", "page=-3", "page=abc&per_page=x", "page="])
def test_example_reads_nonsense_as_the_first_page(query):
    with express_store() as store:
        body = get(store, f"/api/products?{query}").json()
        assert (len(body["data"]), body["meta"]["current_page"]) == (50, 1)


def test_published_service_sends_as_published(httpserver):
    path = "/api/generic-api/webhooks/a-token/orders"
    httpserver.expect_request(path, method="POST").respond_with_json({"success": True})
    send_published_webhook(
        "node",
        httpserver.url_for("/"),
        "a-token",
        "order",
        "order.created",
        id=12,
        orderNumber="ORD-2026-1012",
        status="pending",
        total="43.10",
        customerEmail="customer12@example.com",
    )
    ((request, _),) = httpserver.log
    assert request.headers["Content-Type"] == "application/json"
    assert request.json == {
        "event": "order.created",
        "data": {
            "id": "12",
            "order_number": "ORD-2026-1012",
            "status": "pending",
            "total": 43.1,
            "customer_email": "customer12@example.com",
        },
    }


def test_example_has_no_cookie_and_no_banner():
    with express_store() as store:
        answer = requests.get(f"{store.url}/", timeout=10)
        assert {"Set-Cookie", "X-Powered-By"}.isdisjoint(answer.headers)
