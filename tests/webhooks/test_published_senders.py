"""The published senders, unchanged, against a running web server."""

from decimal import Decimal

import pytest
import requests

from tests.examples.servers import demo_store, send_published_webhook
from tests.factories import make_store
from tests.webhooks.conftest import OK
from tests.webhooks.server import running_web

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# What Http::post of the published Laravel service and observer sends: json_encode
# escapes slashes and letters beyond ASCII, and writes (float) 349.0 as 349.0.
LARAVEL_HEADERS = {"User-Agent": "GuzzleHttp/7", "Content-Type": "application/json"}
LARAVEL = [
    (
        "products",
        (
            rb'{"event":"product.created","data":{"id":"42","name":"Caf\u00e9 1\/2",'
            rb'"price":349.0,"stock_status":"in_stock"}}'
        ),
    ),
    (
        "products",
        (
            rb'{"event":"product.updated","data":{"id":"42","name":"Caf\u00e9 1\/2",'
            rb'"price":0.0,"stock_status":"out_of_stock"}}'
        ),
    ),
    (
        "orders",
        (
            rb'{"event":"order.created","data":{"id":"7","order_number":null,'
            rb'"status":"pending","total":0.0,"customer_email":"bob@example.com"}}'
        ),
    ),
    ("products", rb'{"event":"product.deleted","data":{"id":"42"}}'),
]


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), running_web() as server:
        yield server
        print(server.log.read_text()[-3000:])


@pytest.fixture
def store(transactional_db):
    return make_store()


@pytest.mark.parametrize("language", ["python", "node"])
def test_the_published_service_updates_product_and_order(web, store, language):
    def send(resource, event, **record):
        token = str(store.token)
        send_published_webhook(language, web.url, token, resource, event, **record)

    names = ("salePrice", "orderNumber", "customerEmail")
    if language == "python":
        names = ("sale_price", "order_number", "customer_email")
    sale_price, order_number, customer_email = names
    product = {"id": 42, "name": "Lamp", "price": 349.99, sale_price: None}
    send("product", "product.created", stock=3, **product)
    send("product", "product.updated", stock=0, **product | {sale_price: 299.5})
    order = {"id": 7, "status": "pending", "total": 20, order_number: "ORD-7"}
    send("order", "order.created", **order | {customer_email: "bob@example.com"})
    saved = store.products.get()
    assert (saved.external_id, saved.name, saved.price) == (
        "42",
        "Lamp",
        Decimal("299.5"),
    )
    assert saved.stock_status == "out_of_stock"
    assert store.orders.get().customer_email == "bob@example.com"
    send("product", "product.deleted", stock=0, **product)
    saved.refresh_from_db()
    assert saved.deleted_at is not None
    assert {d.http_status for d in store.deliveries.all()} == {200}


def test_what_laravel_sends(web, store):
    for endpoint, body in LARAVEL:
        answer = requests.post(
            web.address(store, endpoint), data=body, headers=LARAVEL_HEADERS, timeout=10
        )
        assert (answer.status_code, answer.json()) == (200, OK)
        assert answer.history == []
    product = store.products.get()
    assert (product.name, product.stock_status) == ("Café 1/2", "out_of_stock")
    assert product.deleted_at is not None
    assert store.orders.get().status == "pending"


def test_the_demo_store_pushes_what_is_edited_in_it(web, store):
    with demo_store(hiwelink_url=web.url) as shop:
        shop.token_file.write_text(str(store.token))
        key = {"X-API-Key": shop.key}
        told = requests.get(f"{shop.url}/api/products", headers=key, timeout=10).json()
        product = told["data"][0]
        changed = requests.post(
            f"{shop.url}/demo/products/{product['id']}",
            json={"price": 7.5, "stock": 0},
            headers=key,
            timeout=10,
        )
        assert changed.json()["webhook"] == "applied"
    saved = store.products.get()
    assert saved.external_id == str(product["id"])
    assert (saved.price, saved.stock_status) == (Decimal("7.5"), "out_of_stock")
