"""Files of a store's products and orders: complete, exact, harmless, and theirs alone."""

import csv
import io
import json
import tracemalloc
from decimal import Decimal

import pytest
from django.utils import timezone

from commerce.models import Product
from hiwelink.teams.models import AuditEntry
from tests.commerce.api.conftest import Api
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_order, make_product, make_store, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(user):
    return make_store(user, name="Nørdlicht / Söhne", currency="EUR")


def fetch(api: Api, store, name: str, **query):
    return api.get(f"stores/{store.uid}/export/{name}", **query)


def body_of(answer) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def rows_of(answer) -> list[dict[str, str]]:
    text = body_of(answer).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_products_come_with_the_specifications_columns_in_its_order(api, store):
    make_product(
        store,
        "prod_1",
        name='Söck, "warm"',
        price=Decimal(20),
        sale_price=Decimal("15.5000"),
        sku="S-1",
        description="Line one\nline two",
        stock_status="in_stock",
        stock_quantity=3,
        categories=["Clothes", "Winter"],
        images=["https://a.example/1.jpg", "https://a.example/2.jpg"],
        attributes={"Size": ["M", "L"]},
        slug="sock",
    )
    make_product(store, deleted_at=timezone.now())
    answer = fetch(api, store, "products.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    body = body_of(answer)
    assert body.startswith(b"\xef\xbb\xbfid,name,price,regular_price,sale_price,sku,")
    assert b"\r\n" in body
    [row] = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert list(row) == [
        *("id", "name", "price", "regular_price", "sale_price", "sku", "description"),
        *("short_description", "stock_status", "stock_quantity", "categories", "tags"),
        *("images", "attributes", "permalink", "slug", "currency"),
        *("current_price", "url", "updated_at"),
    ]
    assert row["name"] == 'Söck, "warm"'
    assert (row["price"], row["sale_price"], row["current_price"]) == (
        "20.00",
        "15.50",
        "15.50",
    )
    assert row["regular_price"] == ""
    assert row["description"] == "Line one\nline two"
    assert row["categories"] == "Clothes | Winter"
    assert json.loads(row["attributes"]) == {"Size": ["M", "L"]}
    assert row["currency"] == "EUR"
    assert row["url"] == "http://127.0.0.1:9/product/sock"


def test_orders_hold_their_items_with_the_products_names(api, store):
    make_product(store, "prod_1", name="Sock")
    make_order(
        store,
        "order_1",
        total=Decimal(-5),
        items=[{"product_id": "prod_1", "name": None, "quantity": 2, "price": "2.50"}],
        shipping_address={"city": "Oslo"},
    )
    [row] = rows_of(fetch(api, store, "orders.csv"))
    assert list(row)[:9] == [
        *("id", "order_number", "status", "total", "customer_email", "customer_name"),
        *("items", "currency", "created_at"),
    ]
    assert row["total"] == "-5.00"  # a number, not a formula
    assert json.loads(row["items"])[0]["name"] == "Sock"
    assert json.loads(row["shipping_address"]) == {"city": "Oslo"}
    assert row["billing_address"] == ""


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example","x")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1+1",
    ],
)
def test_no_text_is_a_formula_in_a_spreadsheet(api, store, text):
    make_product(store, name=text, sku=text, categories=[text], attributes={text: []})
    make_order(store, customer_name=text)
    [product] = rows_of(fetch(api, store, "products.csv"))
    assert product["name"] == product["sku"] == product["categories"] == f"'{text}"
    assert not product["attributes"].startswith(("=", "+", "-", "@", "\t", "\r"))
    [order] = rows_of(fetch(api, store, "orders.csv"))
    assert order["customer_name"] == f"'{text}"
    [exact] = json.loads(body_of(fetch(api, store, "products.json")))
    assert exact["name"] == text


@pytest.mark.parametrize("resource", ["products", "orders"])
def test_json_holds_the_very_objects_of_the_api(api, store, resource):
    make = make_product if resource == "products" else make_order
    for number in range(3):
        make(store, f"id/{number}", raw={"id": f"id/{number}", "ü": None})
    answer = fetch(api, store, f"{resource}.json")
    assert answer["Content-Type"] == "application/json"
    exported = json.loads(body_of(answer))
    listed = api.get(f"stores/{store.uid}/{resource}/").json()["results"]
    key = lambda row: row["id"]
    assert sorted(exported, key=key) == sorted(listed, key=key)


def test_an_empty_store_gives_empty_files(api, store):
    assert rows_of(fetch(api, store, "products.csv")) == []
    assert json.loads(body_of(fetch(api, store, "orders.json"))) == []


def test_a_search_narrows_the_file(api, store):
    make_product(store, name="Sock")
    make_product(store, name="Hat")
    [row] = rows_of(fetch(api, store, "products.csv", search="soc"))
    assert row["name"] == "Sock"
    assert rows_of(fetch(api, store, "products.csv", search="\x00=")) == []


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_file_is_named_after_store_and_day(api, store, kind):
    named = fetch(api, store, f"products.{kind}")["Content-Disposition"]
    day = timezone.now().strftime("%Y-%m-%d")
    assert named.startswith("attachment; filename*=utf-8''n%C3%B8rdlicht-s%C3%B6hne-")
    assert named.endswith(f"-products-{day}.{kind}")


@pytest.mark.parametrize(
    "name", ['"; filename=evil.exe', "../../etc/passwd", "\r\nX-Evil: 1", "!!!"]
)
def test_no_name_of_a_store_breaks_out_of_the_header(api, user, name):
    answer = fetch(api, make_store(user, name=name), "products.csv")
    assert "X-Evil" not in answer
    named = answer["Content-Disposition"].removeprefix('attachment; filename="')
    assert set('"/\\;\r\n') & set(named.removesuffix('"')) == set()


def test_every_record_is_in_it_once_while_others_come_and_go(api, store):
    for number in range(250):
        make_product(store, f"prod_{number}")
    stream = fetch(api, store, "products.json").streaming_content
    parts = [next(stream), next(stream)]
    store.products.filter(external_id="prod_240").delete()
    make_product(store, "prod_new")
    exported = json.loads(b"".join([*parts, *stream]))
    ids = [row["id"] for row in exported]
    assert len(ids) == len(set(ids)) == 250
    assert "prod_240" not in ids and "prod_new" in ids


@pytest.mark.slow
def test_memory_stays_flat(api, store):
    Product.objects.bulk_create(
        Product(
            store=store,
            external_id=f"prod_{number}",
            name=f"Product {number}",
            description="x" * 2000,
            raw={"id": number, "text": "y" * 4000},
            raw_hash=b"",
            content_hash=b"",
            observed_at=timezone.now(),
        )
        for number in range(3000)
    )
    for name in ("products.csv", "products.json"):
        stream = fetch(api, store, name).streaming_content
        next(stream), next(stream)
        tracemalloc.start()
        size = sum(map(len, stream))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 5_000_000
        assert peak < 5_000_000


def test_viewers_take_products_but_not_the_customers_of_all_orders(store):
    make_product(store)
    make_order(store)
    viewer = Api(make_viewer(store))
    assert len(rows_of(fetch(viewer, store, "products.csv"))) == 1
    for kind in ("csv", "json"):
        answer = fetch(viewer, store, f"orders.{kind}")
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_others_find_nothing(store):
    for api in (Api(make_user()), Api(None)):
        for name in ("products.csv", "orders.json"):
            assert fetch(api, store, name).status_code in (401, 404)


@pytest.mark.parametrize("name", ["products.xlsx", "customers.csv", "products.", "x"])
def test_other_files_do_not_exist(api, store, name):
    answer = fetch(api, store, name)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_an_export_is_written_into_the_audit_log(api, store):
    fetch(api, store, "orders.csv")
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.detail) == ("exported", "orders as CSV")


def test_exports_have_a_limit(api, store, monkeypatch):
    monkeypatch.setattr("commerce.throttles.ExportThrottle.rate", "2/hour")
    for _ in range(2):
        assert fetch(api, store, "products.csv").status_code == 200
    answer = fetch(api, store, "products.csv")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("resource", ["products", "orders"])
def test_the_lists_offer_what_may_be_taken(client, store, resource):
    make_product(store, name="Sock")
    make_order(store)
    url = f"/dashboard/stores/{store.uid}/{resource}/"
    file = f"/api/v1/stores/{store.uid}/export/{resource}"
    client.force_login(owner_of(store))
    content = client.get(url, {"page": 1}).content.decode()
    assert f'href="{file}.csv"' in content
    assert f'href="{file}.json"' in content
    assert client.get(f"{file}.csv").status_code == 200  # by the session alone
    found = client.get(f"/dashboard/stores/{store.uid}/products/", {"search": "sock"})
    assert "export/products.csv?search=sock" in found.content.decode()
    client.force_login(make_viewer(store))
    offered = f"{file}.csv" in client.get(url).content.decode()
    assert offered == (resource == "products")
