"""Products and orders as the dashboard shows them. What stores send is untrusted."""

from decimal import Decimal

import pytest
from django.utils import timezone

from commerce.models import Order, Product
from tests.commerce.people import owner_of
from tests.factories import make_order, make_product, make_run, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(client):
    store = make_store(
        storefront_url="https://shop.example", currency="EUR", name="Nordlicht"
    )
    client.force_login(owner_of(store))
    return store


def list_of(client, store, part: str, **query) -> str:
    response = client.get(f"/dashboard/stores/{store.uid}/{part}/", query)
    assert response.status_code == 200
    return response.content.decode()


def page_of(client, record: Product | Order) -> str:
    part = "products" if isinstance(record, Product) else "orders"
    return list_of(client, record.store, f"{part}/{record.uid}")


def test_products_are_found_by_name_sku_and_id(client, store):
    make_product(store, "prod_1", name="Merino sock", sku="NL-1")
    make_product(store, "prod_2", name="Rain jacket", sku="NL-2")
    for search in ("merino", "nl-1", "prod_1", " MERINO "):
        content = list_of(client, store, "products", search=search)
        assert "Merino sock" in content
        assert "Rain jacket" not in content
        assert "1 found" in content
    assert "2 in all" in list_of(client, store, "products")


@pytest.mark.parametrize("search", ["nothing like it", "\x00", "%", "<b>", "x" * 5_000])
def test_a_search_without_a_hit_or_sense_is_answered(client, store, search):
    make_product(store, name="Merino sock")
    list_of(client, store, "products", search=search)
    list_of(client, store, "orders", search=search)


def test_a_search_is_shown_as_text(client, store):
    content = list_of(client, store, "products", search='"><b>bold')
    assert "<b>bold" not in content
    assert "Nothing found" in content


def test_pages_of_a_search_keep_it(client, store):
    for number in range(60):
        make_product(store, name=f"Sock {number:02}")
    content = list_of(client, store, "products", search="sock")
    assert "1–50 of 60" in content
    assert "?search=sock&amp;page=2" in content
    second = list_of(client, store, "products", search="sock", page="2")
    assert "Sock 59" in second
    assert "Sock 00" not in second
    for page in ("0", "999", "x"):
        list_of(client, store, "products", page=page)


def test_empty_lists_say_what_will_be_there(client, store):
    assert "No products yet" in list_of(client, store, "products")
    assert "No orders yet" in list_of(client, store, "orders")


def test_deleted_records_are_gone_from_lists_and_pages(client, store):
    product = make_product(store, name="Gone sock", deleted_at=timezone.now())
    order = make_order(store, order_number="GONE-1", deleted_at=timezone.now())
    assert "Gone sock" not in list_of(client, store, "products")
    assert "GONE-1" not in list_of(client, store, "orders")
    for part, record in (("products", product), ("orders", order)):
        url = f"/dashboard/stores/{store.uid}/{part}/{record.uid}/"
        assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"price": Decimal("19.9")}, "€19.90"),
        ({"price": Decimal("19.9"), "currency": "USD"}, "$19.90"),
        ({"price": Decimal("0.0045")}, "€0.0045"),
        ({"price": Decimal(1299)}, "€1,299.00"),
        ({"price": None}, "—"),
    ],
)
def test_prices_are_shown_in_their_currency_with_every_digit(
    client, store, fields, shown
):
    make_product(store, **fields)
    assert f'nowrap">{shown}' in list_of(client, store, "products")


def test_a_price_without_any_currency_is_a_plain_number(client, store):
    store.currency = ""
    store.save()
    make_product(store, price=Decimal("1299.5"))
    assert 'nowrap">1,299.50' in list_of(client, store, "products")


def test_a_sale_shows_what_a_shopper_pays_and_strikes_the_rest(client, store):
    make_product(
        store,
        price=Decimal(20),
        sale_price=Decimal(15),
        regular_price=Decimal(25),
    )
    content = list_of(client, store, "products")
    assert "€15.00 <s" in content
    assert "€25.00</s>" in content


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"stock_status": "in_stock", "stock_quantity": 4}, "4 in stock"),
        ({"stock_status": "in_stock"}, "In stock"),
        ({"stock_status": "out_of_stock", "stock_quantity": 0}, "Out of stock"),
    ],
)
def test_stock_is_shown_as_a_badge(client, store, fields, shown):
    make_product(store, **fields)
    assert f">{shown}</span>" in list_of(client, store, "products")


def test_a_products_page_shows_every_field(client, store):
    run = make_run(store, status="succeeded", trigger="initial")
    product = make_product(
        store,
        "prod/1",
        name="Merino sock",
        sku="NL-1",
        description="<p>Warm and <b>light</b>.</p>",
        short_description="For winter\n& spring",
        categories=["Socks", "Wool"],
        tags=["merino"],
        attributes={"Size": ["S", "M"], "Colour": ["Moss"]},
        images=["https://shop.example/1.jpg"],
        slug="merino-sock",
        stock_quantity=7,
        warnings=[{"field": "price", "code": "x", "detail": "Read as 20."}],
        raw={"id": "prod/1", "title": "Merino <sock>"},
        written_by_id=run.uid,
    )
    content = page_of(client, product)
    for text in (
        "<code>prod/1</code>",
        "NL-1",
        "<p>Warm and <b>light</b>.</p>",
        "For winter<br>&amp; spring",
        "Socks, Wool",
        "S, M",
        "Moss",
        'src="https://shop.example/1.jpg"',
        'referrerpolicy="no-referrer"',
        'href="https://shop.example/product/merino-sock"',
        'rel="noopener noreferrer nofollow"',
        "Read as 20.",
        "Merino &lt;sock&gt;",
        f"/dashboard/stores/{store.uid}/runs/{run.uid}/",
        "Initial sync",
    ):
        assert text in content


def test_a_product_without_a_link_leads_to_the_store_and_says_why(client, store):
    content = page_of(client, make_product(store))
    assert 'href="https://shop.example"' in content
    assert "sends neither permalink nor slug" in content


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>"
    '<a href="javascript:alert(1)">go</a><p style="position:fixed" onclick="x()">Text</p>'
    '<iframe src="https://evil.example"></iframe><h1>Big</h1>'
)


def test_hostile_text_of_a_store_does_nothing(client, store):
    product = make_product(
        store,
        "<script>id",
        name=HOSTILE,
        sku="<script>sku",
        description=HOSTILE,
        short_description=HOSTILE,
        categories=[HOSTILE],
        tags=[HOSTILE, {"deep": HOSTILE}],
        attributes={HOSTILE: [HOSTILE]},
        images=["javascript:alert(1)", 'https://shop.example/"onerror="x', 5, None],
        permalink="javascript:alert(1)",
        raw={"name": HOSTILE},
        warnings=[{"field": HOSTILE, "detail": HOSTILE}],
    )
    order = make_order(
        store,
        order_number=HOSTILE[:190],
        status=HOSTILE[:100],
        customer_name=HOSTILE[:300],
        customer_email=HOSTILE[:300],
        payment_method=HOSTILE[:200],
        items=[{"product_id": HOSTILE, "name": HOSTILE, "quantity": HOSTILE}],
        shipping_address={"street": HOSTILE, HOSTILE: HOSTILE},
        raw={"name": HOSTILE},
    )
    pages = [
        page_of(client, product),
        page_of(client, order),
        list_of(client, store, "products"),
        list_of(client, store, "orders"),
        list_of(client, store, "live"),
    ]
    for content in pages:
        assert "<script>" not in content
        assert "<img src=x" not in content
        assert "<iframe" not in content
        assert 'href="javascript:' not in content
        assert 'src="javascript:' not in content
        assert '"onerror="' not in content
        assert 'style="' not in content
        assert "<h1>Big" not in content


def test_an_orders_page_shows_items_totals_and_addresses(client, store):
    product = make_product(store, "prod_1", name="Merino sock")
    order = make_order(
        store,
        "order_1",
        order_number="ORD-1",
        status="on_hold",
        currency="USD",
        total=Decimal("147.7"),
        tax=Decimal("22.8"),
        subtotal=None,
        customer_name="Alice Johnson",
        customer_email="alice@example.com",
        payment_method="credit_card",
        items=[
            {"product_id": "prod_1", "name": None, "quantity": 2, "price": "49.90"},
            {"product_id": "gone", "name": "Gift wrap", "quantity": 1, "price": None},
            {"product_id": None, "name": None, "quantity": None, "price": "x"},
        ],
        shipping_address={"city": "Berlin", "street": "Hauptstr. 1", "zip": "10115"},
    )
    content = page_of(client, order)
    for text in (
        "Order ORD-1",
        "On hold",
        f'/products/{product.uid}/">Merino sock</a>',
        "Gift wrap",
        "$49.90",
        "$22.80",
        "$147.70",
        "Alice Johnson",
        "Credit card",
        "Hauptstr. 1<br>10115<br>Berlin",
    ):
        assert text in content
    assert "Subtotal" not in content
    assert "Billing" not in content


def test_an_order_with_nothing_but_an_id_is_shown(client, store):
    order = make_order(
        store,
        "order_1",
        order_number="",
        status="",
        total=None,
        currency="",
        customer_email="",
        placed_at=None,
    )
    content = page_of(client, order)
    assert "Order order_1" in content
    assert "sends no items" in content
    assert "No date" in list_of(client, store, "orders")


def test_an_item_without_a_product_or_a_name_breaks_no_page(client, store):
    order = make_order(store, items=[{"name": "Gift wrap", "price": "2.00"}, {}])
    content = page_of(client, order)
    assert "Gift wrap" in content and "Without a name" in content


def test_orders_are_found_by_number_mail_and_name(client, store):
    make_order(store, order_number="A-1", customer_email="alice@example.com")
    make_order(store, order_number="B-2", customer_name="Bob", customer_email="")
    for search, found, other in (
        ("a-1", "A-1", "B-2"),
        ("ALICE", "A-1", "B-2"),
        ("bob", "B-2", "A-1"),
    ):
        content = list_of(client, store, "orders", search=search)
        assert found in content
        assert other not in content
