"""examples/fastapi_store over HTTP, as HiWelink and a shopper's browser meet it."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser

import pytest
import requests
from requests.auth import HTTPBasicAuth

from tests.examples.servers import (
    KEY,
    RunningStore,
    demo_store,
    get,
    published_fastapi,
    read_all,
    send_published_webhook,
)

PATHS = ("/health", "/api/products", "/api/orders")
STATUSES = {
    "pending",
    "processing",
    "shipped",
    "completed",
    "cancelled",
    "refunded",
}


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    with demo_store() as running:
        yield running


@pytest.fixture(scope="module")
def products(store):
    return read_all(store, "/api/products")[0]


@pytest.fixture(scope="module")
def orders(store):
    return read_all(store, "/api/orders")[0]


# Who may read


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", [None, "", "wrong", KEY + "x", "ключ"])
def test_api_key_store_refuses_other_keys(store, path, key):
    headers = {} if key is None else {"X-API-Key": key.encode()}
    assert get(store, path, headers=headers).status_code == 401
    assert get(store, path).status_code == 200


def test_bearer_store_wants_the_bearer_header():
    with demo_store(auth="bearer_token") as bearer:
        for path in PATHS:
            good = {"Authorization": f"Bearer {KEY}"}
            assert get(bearer, path, headers=good).status_code == 200
            for headers in (
                {},
                {"X-API-Key": KEY},
                {"Authorization": KEY},
                {"Authorization": f"Basic {KEY}"},
                {"Authorization": "Bearer wrong"},
            ):
                assert get(bearer, path, headers=headers).status_code == 401


def test_basic_store_wants_user_and_password():
    with demo_store(auth="basic_auth", key="pass:word with colon") as basic:
        good = HTTPBasicAuth("hiwelink", basic.key)
        for path in PATHS:
            assert get(basic, path, headers={}, auth=good).status_code == 200
            assert get(basic, path, headers={}).status_code == 401
            assert get(basic, path).status_code == 401
            for user, password in (("hiwelink", "wrong"), ("other", basic.key)):
                bad = HTTPBasicAuth(user, password)
                assert get(basic, path, headers={}, auth=bad).status_code == 401
            for value in ("Basic", "Basic %%%", "Basic /w=="):
                headers = {"Authorization": value}
                assert get(basic, path, headers=headers).status_code == 401


def test_store_without_a_key_is_closed():
    with demo_store(key="") as closed:
        assert get(closed, "/health").status_code == 401


def test_health_tells_the_time(store):
    body = get(store, "/health").json()
    assert body["status"] == "ok"
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None


# Paging


@pytest.mark.parametrize("path", PATHS[1:])
@pytest.mark.parametrize("per_page", [1, 7, 50, 100])
def test_pages_add_up(store, path, per_page):
    records, pages = read_all(store, path, per_page)
    total = pages[0]["meta"]["total"]
    assert len(records) == len({record["id"] for record in records}) == total
    last_page = -(-total // per_page)
    for number, page in enumerate(pages, start=1):
        assert page["meta"] == {
            "current_page": number,
            "per_page": per_page,
            "total": total,
            "last_page": last_page,
        }
        expected = per_page if number < last_page else total - per_page * (number - 1)
        assert len(page["data"]) == expected


@pytest.mark.parametrize("path", PATHS[1:])
def test_page_past_the_end_is_empty(store, path):
    answer = get(store, path, params={"page": 999})
    assert (answer.status_code, answer.json()["data"]) == (200, [])


def test_page_size_defaults_to_50_and_ends_at_100(store):
    assert len(get(store, "/api/products").json()["data"]) == 50
    assert get(store, "/api/products", params={"per_page": 101}).status_code == 422


# What it sells


def test_catalogue_is_worth_searching(products):
    assert len(products) >= 220
    for field in ("id", "sku", "name", "slug", "description", "short_description"):
        values = [product[field] for product in products]
        assert len(set(values)) == len(values), field
    departments = Counter(product["categories"][0] for product in products)
    assert len(departments) >= 8
    assert min(departments.values()) >= 10


def test_products_are_fully_described(products):
    for product in products:
        text = re.sub(r"<[^>]+>", " ", product["description"])
        assert len(text) >= 60, product["name"]
        assert len(re.findall(r"[.!?]", text)) >= 2, product["name"]
        assert len(product["categories"]) == 2
        assert len(product["tags"]) >= 3
        assert len(product["attributes"]) >= 2
        assert re.fullmatch(r"[A-Z]{3}-\d{4}", product["sku"])
    assert any("<ul>" in product["description"] for product in products)


def test_prices_and_stock_agree(products):
    for product in products:
        assert product["price"] > 0
        in_stock = product["stock_quantity"] > 0
        assert product["stock_status"] == ("in_stock" if in_stock else "out_of_stock")
        if product["sale_price"] is None:
            assert product["regular_price"] == product["price"]
        else:
            assert product["sale_price"] == product["price"] < product["regular_price"]
    on_sale = [p for p in products if p["sale_price"] is not None]
    sold_out = [p for p in products if p["stock_quantity"] == 0]
    assert len(on_sale) >= 20 and len(sold_out) >= 5


def test_orders_are_complete(products, orders):
    names = {product["id"]: product["name"] for product in products}
    assert len(orders) == 120
    assert {order["status"] for order in orders} == STATUSES
    for number, order in enumerate(orders, start=1001):
        assert order["id"] == f"order_{number}"
        assert order["order_number"] == f"ORD-2026-{number}"
        assert order["customer_email"].endswith("@example.com")
        assert order["currency"] == "USD"
        assert set(order["shipping_address"]) == set(order["billing_address"])
        subtotal = sum(i["price"] * i["quantity"] for i in order["items"])
        assert order["subtotal"] == pytest.approx(subtotal)
        parts = order["subtotal"] + order["tax"] + order["shipping"]
        assert order["total"] == pytest.approx(parts)
        for item in order["items"]:
            assert names[item["product_id"]] == item["name"]
    dates = [datetime.fromisoformat(order["created_at"]) for order in orders]
    assert dates == sorted(dates)


def test_orders_are_the_same_every_time(orders):
    with demo_store() as again:
        assert read_all(again, "/api/orders")[0] == orders


# The shop's pages


class Page(HTMLParser):
    """Collects what a page links to and what it says."""

    def __init__(self, html):
        super().__init__()
        self.links, self.inline, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.links += [attributes[k] for k in ("href", "src") if attributes.get(k)]
        self.inline += [k for k in attributes if k == "style" or k.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in attributes):
            self.inline.append(tag)

    def handle_data(self, data):
        self.text += data


def test_every_product_has_its_page_and_picture(store, products):
    with requests.Session() as browser:
        for product in products:
            assert product["permalink"] == f"{store.url}/product/{product['slug']}"
            answer = browser.get(product["permalink"], timeout=10)
            assert answer.status_code == 200
            assert product["name"] in Page(answer.text).text
            (picture,) = product["images"]
            answer = browser.get(picture, timeout=10)
            assert answer.headers["Content-Type"].startswith("image/svg+xml")
            assert ET.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg"


def test_no_link_of_the_shop_leads_nowhere(store):
    seen, waiting = set(), ["/"]
    with requests.Session() as browser:
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            answer = browser.get(store.url + path, timeout=10)
            assert answer.status_code == 200, path
            if answer.headers["Content-Type"].startswith("text/html"):
                page = Page(answer.text)
                assert page.inline == []
                waiting += [link for link in page.links if link.startswith("/")]
    assert {"/about", "/shipping", "/returns", "/my-order"} <= seen
    assert sum(path.startswith("/product/") for path in seen) >= 220


def test_unknown_page_is_a_friendly_404(store):
    for path in ("/product/nothing", "/category/nothing"):
        answer = get(store, path)
        assert answer.status_code == 404
        assert "Back to the shop" in answer.text


def test_widget_appears_once_there_is_a_chatbot():
    with demo_store(hiwelink_url="https://hiwelink.example") as shop:
        assert "<script" not in get(shop, "/").text
        shop.chatbot_file.write_text('a"><b>\n')
        answer = get(shop, "/")
        assert (
            '<script src="https://hiwelink.example/widget/v1/loader.js"'
            ' data-chatbot="a&quot;&gt;&lt;b&gt;" async></script>' in answer.text
        )
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src https://hiwelink.example;" in policy
        assert "unsafe" not in policy


# Webhooks


def test_changed_product_is_saved_and_sent(httpserver):
    path = "/api/generic-api/webhooks/a-token/products"
    httpserver.expect_request(path, method="POST").respond_with_json({"success": True})
    with demo_store(hiwelink_url=httpserver.url_for("/")) as shop:
        change = {"price": 149.5, "stock": 0}
        url = f"{shop.url}/demo/products/prod_1101"
        assert requests.post(url, json=change, timeout=10).status_code == 401
        shop.token_file.write_text("a-token\n")
        headers = {"X-API-Key": shop.key}
        answer = requests.post(url, json=change, headers=headers, timeout=10)
        assert answer.json()["webhook"] == "applied"
        first = get(shop, "/api/products").json()["data"][0]
    assert (first["price"], first["sale_price"], first["regular_price"]) == (
        149.5,
        149.5,
        189.0,
    )
    assert first["stock_status"] == "out_of_stock"
    ((request, _),) = httpserver.log
    assert request.json == {
        "event": "product.updated",
        "data": {
            "id": "prod_1101",
            "name": first["name"],
            "price": 149.5,
            "stock_status": "out_of_stock",
        },
    }


def test_changed_order_is_saved_and_sent(httpserver):
    path = "/api/generic-api/webhooks/a-token/orders"
    httpserver.expect_request(path, method="POST").respond_with_json({"success": True})
    with demo_store(
        hiwelink_url=httpserver.url_for("/"), HIWELINK_STORE_TOKEN="a-token"
    ) as shop:
        answer = requests.post(
            f"{shop.url}/demo/orders/order_1118",
            json={"status": "shipped"},
            headers={"X-API-Key": shop.key},
            timeout=10,
        )
        assert answer.json() == {
            "id": "order_1118",
            "status": "shipped",
            "webhook": "applied",
        }
    ((request, _),) = httpserver.log
    assert request.json["event"] == "order.updated"
    assert request.json["data"]["order_number"] == "ORD-2026-1118"


def test_change_is_kept_when_hiwelink_refuses(httpserver):
    httpserver.expect_request(re.compile(".*")).respond_with_data(status=404)
    with demo_store(
        hiwelink_url=httpserver.url_for("/"), HIWELINK_STORE_TOKEN="old"
    ) as shop:
        answer = requests.post(
            f"{shop.url}/demo/products/prod_1102",
            json={"price": 200},
            headers={"X-API-Key": shop.key},
            timeout=10,
        )
        assert answer.json()["webhook"] == "refused: HiWelink answered 404"
        second = get(shop, "/api/products").json()["data"][1]
        assert (second["price"], second["regular_price"]) == (200, 200)
        assert second["sale_price"] is None


def test_published_service_sends_as_published(httpserver):
    path = "/api/generic-api/webhooks/a-token/products"
    httpserver.expect_request(path, method="POST").respond_with_json({"success": True})
    send_published_webhook(
        "python",
        httpserver.url_for("/"),
        "a-token",
        "product",
        "product.created",
        id=7,
        name="Cork Clock 7",
        sale_price=None,
        price=14.58,
        stock=3,
    )
    ((request, _),) = httpserver.log
    assert request.headers["Content-Type"] == "application/json"
    assert request.json["data"] == {
        "id": "7",
        "name": "Cork Clock 7",
        "price": 14.58,
        "stock_status": "in_stock",
    }


# The recording, and the example as published


def test_requests_are_recorded():
    with published_fastapi() as store:
        get(store, "/api/products", params={"page": 2})
        get(store, "/health", headers={})
        listed, health = store.requests()
        assert (listed["path"], listed["query"]) == ("/api/products", "page=2")
        assert listed["status"] == 200
        assert listed["headers"]["x-api-key"] == store.key
        assert listed["started"] <= listed["ended"] <= health["started"]
        # As published: FastAPI answers 422, not 401, when the header is missing.
        assert health["status"] == 422
