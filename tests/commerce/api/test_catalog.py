"""stores/{id}/products/ and orders/ : what is stored, as the specification names it."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from django.utils import timezone

from tests.factories import make_order, make_product, make_store
from tests.stores import MisbehavingStore, make_orders, make_products

from .conftest import body_for


@pytest.fixture
def store(user):
    return make_store(user, currency="EUR")


@pytest.mark.django_db(transaction=True)
def test_a_synced_product_shows_every_field(api, drain):
    (sent,) = make_products(1, first=7)
    with MisbehavingStore(products=[sent], orders=[]) as remote:
        store = api.post("stores/", body_for(remote, currency="USD")).json()
        drain()
    product = api.get(f"stores/{store['id']}/products/prod_7/").json()
    (run,) = [
        r
        for r in api.get(f"stores/{store['id']}/sync-runs/").json()["results"]
        if r["resource"] == "products"
    ]
    assert product.pop("updated_at").endswith("Z")
    assert product == {
        "id": "prod_7",
        "name": "Product 7",
        "description": "<p>The product with the number 7.</p>",
        "short_description": "Number 7",
        "sku": "SKU-00007",
        "price": "18.75",
        "regular_price": "23.75",
        "sale_price": "18.75",
        "current_price": "18.75",
        "currency": "USD",
        "stock_status": "in_stock",
        "stock_quantity": 20,
        "categories": ["Electronics", "Audio"],
        "tags": ["wireless"],
        "images": ["https://store.example/images/7.jpg"],
        "attributes": {"color": ["Black"], "size": ["0"]},
        "permalink": "https://store.example/product/product-7",
        "slug": "product-7",
        "url": "https://store.example/product/product-7",
        "raw": sent,
        "warnings": [],
        "written_by": {"type": "sync_run", "id": run["id"]},
    }
    assert api.get(f"stores/{store['id']}/products/").json()["results"][0] == (
        product | {"updated_at": api.get(f"stores/{store['id']}/products/prod_7/")
                   .json()["updated_at"]}
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_synced_order_shows_every_field(api, drain):
    (sent,) = make_orders(1)
    with MisbehavingStore(products=[], orders=[sent]) as remote:
        store = api.post("stores/", body_for(remote)).json()
        drain()
    order = api.get(f"stores/{store['id']}/orders/order_1/").json()
    assert order.pop("updated_at").endswith("Z")
    assert order.pop("written_by")["type"] == "sync_run"
    address = {"street": "123 Main St", "city": "New York", "country": "US"}
    assert order == {
        "id": "order_1",
        "order_number": "ORD-2024-0001",
        "status": "completed",
        "total": "699.98",
        "subtotal": "649.98",
        "tax": "32.50",
        "shipping": "17.50",
        "currency": "USD",
        "customer_email": "customer1@store.example",
        "customer_name": "Customer 1",
        "items": [
            {
                "product_id": "prod_1",
                "name": "Product 1",
                "quantity": 2,
                "price": "349.99",
            }
        ],
        "shipping_address": address,
        "billing_address": address,
        "payment_method": "credit_card",
        "created_at": "2024-01-15T10:30:00Z",
        "raw": sent,
        "warnings": [],
    }


def test_what_a_store_did_not_tell_is_null(api, store):
    make_product(store, "p", price=None)
    product = api.get(f"stores/{store.uid}/products/p/").json()
    for name in ("price", "regular_price", "sale_price", "current_price", "sku"):
        assert product[name] is None, name
    for name in ("description", "short_description", "permalink", "slug"):
        assert product[name] is None, name
    assert (product["stock_status"], product["stock_quantity"]) == (None, None)
    for name in ("categories", "tags", "images", "warnings"):
        assert product[name] == []
    assert product["attributes"] == {}
    make_order(
        store, "o", order_number="", status="", total=None, currency="", placed_at=None
    )
    order = api.get(f"stores/{store.uid}/orders/o/").json()
    for name in ("order_number", "status", "total", "tax", "created_at"):
        assert order[name] is None, name
    assert (order["shipping_address"], order["items"]) == (None, [])
    assert order["currency"] == "EUR"  # the store's


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("20", "20.00"),
        ("19.9", "19.90"),
        ("0.125", "0.125"),
        ("1234567890.1234", "1234567890.1234"),
        ("0", "0.00"),
    ],
)
def test_money_has_two_places_and_no_idle_zeros(api, store, stored, shown):
    make_product(store, "p", price=Decimal(stored))
    product = api.get(f"stores/{store.uid}/products/p/").json()
    assert (product["price"], product["current_price"]) == (shown, shown)


@pytest.mark.parametrize(
    ("price", "sale", "paid"),
    [("20", "15", "15.00"), ("20", "0", "20.00"), ("20", "25", "20.00")],
)
def test_the_current_price_is_what_a_shopper_pays(api, store, price, sale, paid):
    make_product(store, "p", price=Decimal(price), sale_price=Decimal(sale))
    assert api.get(f"stores/{store.uid}/products/p/").json()["current_price"] == paid


def test_a_products_currency_is_its_own_else_the_stores(api, store):
    make_product(store, "own", currency="USD")
    make_product(store, "none")
    shown = [
        api.get(f"stores/{store.uid}/products/{p}/").json()["currency"]
        for p in ("own", "none")
    ]
    assert shown == ["USD", "EUR"]


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"permalink": "https://x.example/a", "slug": "b"}, "https://x.example/a"),
        ({"permalink": "/lamps/a"}, "https://shop.example/lamps/a"),
        ({"slug": "lamp"}, "https://shop.example/product/lamp"),
        ({}, "https://shop.example"),
    ],
)
def test_the_url_follows_the_link_rule(api, user, fields, url):
    store = make_store(user, storefront_url="https://shop.example")
    make_product(store, "p", **fields)
    assert api.get(f"stores/{store.uid}/products/p/").json()["url"] == url


@pytest.mark.parametrize(
    "external_id",
    [
        "a/b",
        "a/b/",
        "/a",
        "a b",
        "ü/é 1",
        "100%",
        "?x=1",
        "#7",
        "..",
        "a//b",
        "products",
    ],
)
def test_any_id_a_store_may_have_is_found(api, store, external_id):
    make_product(store, external_id)
    make_order(store, external_id)
    for part in ("products", "orders"):
        path = f"stores/{store.uid}/{part}/{quote(external_id, safe='')}/"
        answer = api.get(path)
        assert (answer.status_code, answer.json()["id"]) == (200, external_id)


@pytest.mark.parametrize("external_id", ["unknown", "%00", "%ED%A0%80", "x" * 3000])
def test_an_unknown_id_is_404(api, store, external_id):
    make_product(store)
    for part in ("products", "orders"):
        answer = api.get(f"stores/{store.uid}/{part}/{external_id}/")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_deleted_ones_are_gone(api, store):
    make_product(store, "p", deleted_at=timezone.now())
    make_order(store, "o", deleted_at=timezone.now())
    for part, external_id in (("products", "p"), ("orders", "o")):
        path = f"stores/{store.uid}/{part}/"
        assert api.get(path).json()["count"] == 0
        assert api.get(f"{path}{external_id}/").status_code == 404


def test_products_are_searched_by_name_sku_and_id(api, store):
    make_product(store, "p1", name="Desk Lamp", sku="DL-1")
    make_product(store, "p2", name="Chair 100%", sku="CH_1")
    make_product(make_store(), name="Desk Lamp")
    path = f"stores/{store.uid}/products/"
    for search, found in [
        ("lamp", ["p1"]),
        ("dl-1", ["p1"]),
        ("P2", ["p2"]),
        ("100%", ["p2"]),
        ("h_1", ["p2"]),
        ("", ["p2", "p1"]),
        ("a\x00b", []),
        ("' OR 1=1 --", []),
        ("x" * 5000, []),
    ]:
        results = api.get(path, search=search).json()["results"]
        assert [p["id"] for p in results] == found, search


def test_orders_are_searched_and_newest_first(api, store):
    old = timezone.now() - timezone.timedelta(days=1)
    make_order(store, "o1", order_number="A-1", customer_email="ann@x.example")
    make_order(store, "o2", order_number="B-2", customer_name="Bob", placed_at=old)
    path = f"stores/{store.uid}/orders/"
    for search, found in [
        ("", ["o1", "o2"]),
        ("a-1", ["o1"]),
        ("ANN@", ["o1"]),
        ("bob", ["o2"]),
        ("o2", ["o2"]),
    ]:
        results = api.get(path, search=search).json()["results"]
        assert [o["id"] for o in results] == found, search


def test_pages_are_linked(api, store):
    for number in range(5):
        make_product(store, f"p{number}", name=f"Lamp {number}")
    path = f"stores/{store.uid}/products/"
    page = api.get(path, page=2, page_size=2, search="lamp").json()
    assert (page["count"], [p["id"] for p in page["results"]]) == (5, ["p2", "p3"])
    assert "page=3" in page["next"] and "search=lamp" in page["next"]
    assert page["previous"].startswith("http://testserver/api/v1/stores/")
    assert api.get(path, page=4, page_size=2).status_code == 404


def test_lists_ask_the_database_a_fixed_number_of_questions(
    api, store, django_assert_max_num_queries
):
    for number in range(20):
        make_product(store)
        make_order(store, items=[{"product_id": f"x{number}", "quantity": 1}])
    for part in ("products", "orders"):
        with django_assert_max_num_queries(7):
            assert len(api.get(f"stores/{store.uid}/{part}/").json()["results"]) == 20


def test_an_orders_items_take_the_products_names(api, store):
    make_product(store, "lamp", name="Desk Lamp")
    items = [
        {"product_id": "lamp", "quantity": 2, "price": "19.90"},
        {"product_id": "lamp", "name": "As sold", "quantity": 0.5, "note": "gift"},
        {"name": "Only a name"},
        {"product_id": "gone"},
    ]
    make_order(store, "o", items=items)
    expected = [
        {
            "product_id": "lamp",
            "name": "Desk Lamp",
            "quantity": 2,
            "price": "19.90",
        },
        {"product_id": "lamp", "name": "As sold", "quantity": 0.5, "price": None},
        {
            "product_id": None,
            "name": "Only a name",
            "quantity": None,
            "price": None,
        },
        {"product_id": "gone", "name": None, "quantity": None, "price": None},
    ]
    path = f"stores/{store.uid}/orders/"
    assert api.get(f"{path}o/").json()["items"] == expected
    assert api.get(path).json()["results"][0]["items"] == expected


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_read_is_a_warning(api, drain):
    odd = make_products(1, price="ask us", stock_status="maybe")
    with MisbehavingStore(products=odd, orders=[]) as remote:
        store = api.post("stores/", body_for(remote)).json()
        drain()
    product = api.get(f"stores/{store['id']}/products/prod_1/").json()
    assert (product["price"], product["stock_status"]) == (None, "in_stock")
    assert {w["field"] for w in product["warnings"]} == {"price", "stock_status"}
    assert all(w["code"] and w["detail"].endswith(".") for w in product["warnings"])
