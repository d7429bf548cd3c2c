"""The specification's own store code, as published, connected over the API."""

import itertools
import json
from decimal import Decimal

import pytest

from commerce.mapping.money import money_text
from tests.examples.published.values import (
    ORDERS,
    PRODUCTS,
    order_values,
    product_values,
)
from tests.examples.servers import demo_store, published_express, published_fastapi
from tests.factories import make_token, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

METHODS = {
    "api_key": lambda key: {"api_key": key},
    "bearer_token": lambda key: {"token": key},
    "basic_auth": lambda key: {"username": "hiwelink", "password": key},
}


def connect(client, store, auth, method="api_key"):
    answer = client.post(
        "/api/v1/stores/",
        json.dumps(
            {
                "name": "Published",
                "base_url": store.url,
                "environment": "sandbox",
                "auth_method": method,
                "credentials": METHODS[method](store.key),
            }
        ),
        content_type="application/json",
        **auth,
    )
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def everything(client, path, auth) -> dict[str, dict]:
    """Every record of a list, by id."""
    found, page = {}, 1
    while page:
        body = client.get(f"{path}?page={page}&page_size=100", **auth).json()
        found |= {row["id"]: row for row in body["results"]}
        page = page + 1 if body["next"] else 0
    assert len(found) == body["count"]
    return found


@pytest.mark.parametrize("serve", [published_fastapi, published_express])
def test_every_value_of_the_published_code_arrives(client, drain, settings, serve):
    settings.SYNC_PAUSE_SECONDS = 0.2
    auth = make_token(make_user())
    with serve() as store:
        uid = connect(client, store, auth)
        drain()
        asked = store.requests()
    pages = [r for r in asked if r["path"] != "/health"]
    assert [r["query"] for r in pages if r["path"] == "/api/products"] == [
        f"page={page}&per_page=50" for page in range(1, 6)
    ]
    for before, after in itertools.pairwise(pages):
        assert after["started"] - before["ended"] >= 0.19  # their clock rounds
    products = everything(client, f"/api/v1/stores/{uid}/products/", auth)
    orders = everything(client, f"/api/v1/stores/{uid}/orders/", auth)
    assert (len(products), len(orders)) == (PRODUCTS, ORDERS)
    check_products(products)
    check_orders(orders)


def check_products(products: dict[str, dict]) -> None:
    for uid, product in products.items():
        for name, value in product_values(int(uid)).items():
            shown = money_text(value) if isinstance(value, Decimal) else value
            assert product[name] == shown, (uid, name)


def check_orders(orders: dict[str, dict]) -> None:
    for uid, order in orders.items():
        values = order_values(int(uid))
        for name in ("order_number", "status", "customer_email", "customer_name"):
            assert order[name] == values[name], (uid, name)
        assert order["total"] == money_text(values["total"])
        moment = values["created_at"].isoformat().replace("+00:00", "Z")
        assert order["created_at"] == moment
        assert [
            (item["product_id"], item["quantity"], item["price"])
            for item in order["items"]
        ] == [
            (item["product_id"], item["quantity"], money_text(item["price"]))
            for item in values["items"]
        ]


@pytest.mark.parametrize("method", list(METHODS))
def test_each_method_sends_the_header_the_specification_shows(client, drain, method):
    auth = make_token(make_user())
    with demo_store(auth=method) as store:
        uid = connect(client, store, auth, method)
        drain()
        asked = store.requests()
    header, value = {
        "api_key": ("x-api-key", store.key),
        "bearer_token": ("authorization", f"Bearer {store.key}"),
        "basic_auth": ("authorization", "Basic "),
    }[method]
    assert asked
    assert all(
        r["headers"][header].startswith(value)
        for r in asked
        if "HiWelink" in r["headers"].get("user-agent", "")
    )
    counts = client.get(f"/api/v1/stores/{uid}/", **auth).json()["counts"]
    assert counts["products"] >= 200
    assert counts["orders"] == 120


@pytest.mark.parametrize(
    ("serve", "remarks"),
    [
        # The published products have neither a permalink nor a slug.
        (published_fastapi, ["products_links"]),
        (published_express, ["products_links"]),
        (demo_store, []),
    ],
)
def test_the_doctor_finds_in_the_published_code_what_it_lacks(client, serve, remarks):
    with serve() as store:
        answer = client.post(
            "/api/v1/check/",
            json.dumps(
                {
                    "base_url": store.url,
                    "environment": "sandbox",
                    "auth_method": "api_key",
                    "credentials": METHODS["api_key"](store.key),
                }
            ),
            content_type="application/json",
            **make_token(make_user()),
        )
    checks = answer.json()["checks"]
    assert [c["code"] for c in checks if c["verdict"] != "pass"] == remarks
