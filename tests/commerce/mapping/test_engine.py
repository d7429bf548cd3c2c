"""Records to values: the published payloads exactly, then every rule."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from commerce.mapping.engine import map_record
from commerce.mapping.fields import ORDER_FIELDS, PRODUCT_FIELDS, Resource
from commerce.mapping.mappings import FieldMappings
from tests.commerce.mapping import payloads

PRODUCTS, ORDERS = Resource.PRODUCTS, Resource.ORDERS


def mapping_for(resource, raw):
    return FieldMappings.parse(raw).for_resource(resource)


def map_product(record, raw_mapping=None, **options):
    return map_record(record, PRODUCTS, mapping_for(PRODUCTS, raw_mapping), **options)


def map_order(record, raw_mapping=None):
    return map_record(record, ORDERS, mapping_for(ORDERS, raw_mapping))


def codes(mapped):
    return [(issue.field, issue.code) for issue in mapped.issues]


def test_the_published_product():
    mapped = map_product(payloads.PRODUCT)
    assert mapped.external_id == "prod_123"
    assert mapped.values == {
        **payloads.PRODUCT,
        "price": Decimal("349.99"),
        "regular_price": Decimal("399.99"),
        "sale_price": Decimal("349.99"),
        "attributes": {
            "color": ["Black"],
            "connectivity": ["Bluetooth 5.2"],
            "battery": ["40 hours"],
        },
    }
    assert mapped.sources == {name: name for name in payloads.PRODUCT}
    assert (mapped.issues, mapped.skipped) == ([], False)
    assert mapped.raw == payloads.PRODUCT


def test_the_published_order():
    mapped = map_order(payloads.ORDER)
    assert mapped.external_id == "order_456"
    assert mapped.values == {
        **payloads.ORDER,
        "total": Decimal("699.98"),
        "subtotal": Decimal("649.98"),
        "tax": Decimal("32.5"),
        "shipping": Decimal("17.5"),
        "items": [{**payloads.ORDER["items"][0], "price": "349.99"}],
        "created_at": datetime(2024, 1, 15, 10, 30, tzinfo=UTC),
    }
    assert mapped.sources == {name: name for name in payloads.ORDER}
    assert (mapped.issues, mapped.skipped) == ([], False)


def test_the_published_webhooks_speak_of_what_they_send():
    updated = map_product(payloads.PRODUCT_UPDATED, known=True)
    assert updated.values == {**payloads.PRODUCT_UPDATED, "price": Decimal("349.99")}
    deleted = map_product(payloads.PRODUCT_DELETED, known=True)
    assert (deleted.values, deleted.skipped) == ({"id": "prod_123"}, False)
    created = map_order(payloads.ORDER_CREATED)
    assert created.values == {
        **payloads.ORDER_CREATED,
        "total": Decimal("349.99"),
        "items": [{"product_id": "prod_123", "quantity": 1, "price": "349.99"}],
    }
    assert not updated.issues + deleted.issues + created.issues


@pytest.mark.parametrize(
    "record", [payloads.WITH_PERMALINK, payloads.WITH_SLUG, payloads.WITHOUT_LINK]
)
def test_the_published_links_map_without_an_issue(record):
    mapped = map_product(record)
    assert (mapped.values, mapped.issues) == (record, [])


def test_the_published_mapping():
    mapped = map_product(payloads.FOREIGN_PRODUCT, payloads.FIELD_MAPPINGS)
    assert mapped.values == {
        "id": "7",
        "name": "Blue Hoodie",
        "price": Decimal("49.90"),
        "currency": "USD",
        "description": "<p>Warm.</p>",
        "sku": "BH-1",
        "stock_status": "in_stock",
        "stock_quantity": 3,
        "categories": ["Clothing"],
        "images": ["https://store.com/a.jpg"],
        "permalink": "https://store.com/p/7",
        "slug": "blue-hoodie",
    }
    assert mapped.sources == {
        "id": "id",
        "currency": "retail_price",
        **payloads.FIELD_MAPPINGS,
    }
    assert mapped.issues == []


SAMPLES = {
    "id": "x1",
    "name": "x1",
    "price": 5,
    "regular_price": 5,
    "sale_price": 5,
    "sku": "x1",
    "description": "x1",
    "short_description": "x1",
    "stock_status": "outofstock",
    "stock_quantity": 5,
    "categories": ["x1"],
    "tags": ["x1"],
    "images": ["https://s.com/x1.jpg"],
    "attributes": {"size": ["M"]},
    "permalink": "https://s.com/x1",
    "slug": "x1",
    "order_number": "x1",
    "status": "x1",
    "total": 5,
    "customer_email": "x1",
    "customer_name": "x1",
    "items": [{"quantity": 1}],
    "currency": "EUR",
    "created_at": "2024-01-15",
}
EVERY_KEY = [
    (resource, field.name, key)
    for resource, fields in ((PRODUCTS, PRODUCT_FIELDS), (ORDERS, ORDER_FIELDS))
    for field in fields
    for key in (field.name, *field.aliases)
]


@pytest.mark.parametrize(("resource", "name", "key"), EVERY_KEY)
def test_every_name_and_alias_is_read(resource, name, key):
    record = {key: SAMPLES[name]}
    mapped = map_record(record, resource)
    if name == "id":
        assert mapped.external_id == "x1"
    assert mapped.sources[name] == key
    assert name not in dict(codes(mapped))
    wanted = {
        "stock_status": "out_of_stock",
        "created_at": datetime(2024, 1, 15, tzinfo=UTC),
    }
    assert mapped.values[name] == wanted.get(name, SAMPLES[name])


@pytest.mark.parametrize(
    ("record", "mapping", "name", "source"),
    [
        # Own name, then aliases in the table's order, whatever the record's order.
        ({"product_name": "C", "title": "B", "name": "A"}, None, "A", "name"),
        ({"product_name": "C", "title": "B"}, None, "B", "title"),
        # What says nothing gives way.
        ({"name": None, "title": "B"}, None, "B", "title"),
        ({"name": " ", "title": "B"}, None, "B", "title"),
        ({"name": [], "title": "B"}, None, "B", "title"),
        ({"name": 0, "title": "B"}, None, "0", "name"),
        # A mapped field reads its source and nothing else.
        ({"label": "M", "name": "A"}, {"name": "label"}, "M", "label"),
        ({"label": None, "name": "A"}, {"name": "label"}, None, "label"),
        ({"name": "A", "title": "B"}, {"name": "label"}, None, None),
        ({"name": "A", "title": "B"}, {"products": {"name": "title"}}, "B", "title"),
        # The literal key before the path.
        ({"a.b": "K", "a": {"b": "P"}}, {"name": "a.b"}, "K", "a.b"),
        ({"a": {"b": "P"}}, {"name": "a.b"}, "P", "a.b"),
        ({"a": {"b": None}}, {"name": "a.b"}, None, "a.b"),
        ({"a": None}, {"name": "a.b"}, None, "a.b"),
        ({"a": {}}, {"name": "a.b"}, None, None),
        ({"a": "text"}, {"name": "a.b"}, None, None),
        ({"v": [{"n": "P"}]}, {"name": "v[0].n"}, "P", "v[0].n"),
        ({"v": []}, {"name": "v[0].n"}, None, "v[0].n"),
        ({"w": 1}, {"name": "v[0].n"}, None, None),
        ({"brand": "X", "model": "Y"}, {"name": "join(' ', [brand, model])"}, "X Y",
         "join(' ', [brand, model])"),
        # What is no path is a key.
        ({"Product Name": "K"}, {"name": "Product Name"}, "K", "Product Name"),
        ({"product-name": "K"}, {"name": "product-name"}, "K", "product-name"),
        ({"x": "K"}, {"name": "Product Name"}, None, None),
    ],
)  # fmt: skip
def test_precedence(record, mapping, name, source):
    mapped = map_product({"id": 1, **record}, mapping, known=True)
    assert mapped.values.get("name") == name
    assert mapped.sources.get("name") == source


def test_a_path_reads_lists():
    record = {"id": 1, "name": "A", "media": [{"src": "https://s.com/a.jpg"}, {"x": 1}]}
    mapped = map_product(record, {"images": "media[].src"})
    assert mapped.values["images"] == ["https://s.com/a.jpg"]
    assert mapped.issues == []


@pytest.mark.parametrize("path", ["nosuch(a)", "length(a)", "sort_by(a, &b)", "a * b"])
def test_a_path_that_fails_costs_its_field(path):
    mapped = map_product({"id": 1, "name": "A", "a": 5}, {"price": path})
    assert "price" not in mapped.values
    assert not mapped.skipped
    assert codes(mapped) in ([("price", "mapping_failed")], [])


def test_what_is_absent_stays_and_null_clears():
    mapped = map_product({"id": 1, "name": "A", "sku": None, "tags": None, "price": ""})
    assert mapped.values == {
        "id": "1", "name": "A", "sku": None, "tags": None, "price": None,
    }  # fmt: skip
    empty = map_product({"id": 1, "name": "A", "tags": [], "attributes": []})
    assert (empty.values["tags"], empty.values["attributes"]) == ([], {})


def test_a_sku_may_be_the_id_and_an_order_number_too():
    product = map_product({"sku": "A-1", "name": "A"})
    assert (product.external_id, product.values["sku"]) == ("A-1", "A-1")
    assert product.sources["id"] == "sku"
    order = map_order({"order_number": "N-1"})
    assert (order.external_id, order.values["order_number"]) == ("N-1", "N-1")


@pytest.mark.parametrize("value", ["42", 42, 42.0, " 42 "])
def test_equal_ids_are_one(value):
    assert map_product({"id": value, "name": "A"}).external_id == "42"


@pytest.mark.parametrize(
    ("record", "reasons"),
    [
        ({}, ["missing_name", "missing_id"]),
        ({"name": "A"}, ["missing_id"]),
        ({"id": None, "sku": " ", "name": "A"}, ["missing_id"]),
        ({"id": 1}, ["missing_name"]),
        ({"id": 1, "name": "\0"}, ["missing_name"]),
        ({"id": 1, "name": True}, ["invalid_text", "missing_name"]),
        ({"id": {}, "name": "A"}, ["missing_id"]),
        ({"id": {"a": 1}, "name": "A", "price": "x"}, ["invalid_price", "invalid_id"]),
        ({"id": [1], "sku": "S", "name": "A"}, ["invalid_id"]),
        ({"id": True, "name": "A"}, ["invalid_id"]),
        ({"id": float("nan"), "name": "A"}, ["invalid_id"]),
        ({"id": "x" * 191, "name": "A"}, ["invalid_id"]),
        ({"id": "a\tb", "name": "A"}, ["invalid_id"]),
    ],
)
def test_a_product_needs_an_id_and_a_name(record, reasons):
    mapped = map_product(record)
    assert mapped.skipped
    assert [issue.code for issue in mapped.issues] == reasons
    assert (mapped.external_id is None) == ("id" in reasons[-1])


@pytest.mark.parametrize("record", [None, True, 5, "x", [], [{"id": 1}], float("nan")])
def test_what_is_no_object_is_skipped(record):
    mapped = map_product(record)
    assert (mapped.skipped, codes(mapped)) == (True, [("", "not_an_object")])


def test_an_order_needs_an_id_only():
    assert not map_order({"id": 1}).skipped
    mapped = map_order({"status": "paid"})
    assert (mapped.skipped, codes(mapped)) == (True, [("id", "missing_id")])


def test_a_known_products_name_may_be_absent_but_is_never_cleared():
    mapped = map_product({"id": 1, "price": 5}, known=True)
    assert (mapped.skipped, mapped.issues) == (False, [])
    mapped = map_product({"id": 1, "name": None}, known=True)
    assert (mapped.skipped, "name" in mapped.values) == (False, False)
    assert codes(mapped) == [("name", "missing_name")]


def test_the_issue_names_the_mapping_that_found_nothing():
    mapped = map_product({"id": 1, "name": "A"}, {"name": "product_title"})
    assert '"product_title"' in mapped.issues[-1].detail


def test_a_flat_mapping_of_id_is_tried_on_orders_and_given_up():
    flat, split = {"id": "item_id"}, {"orders": {"id": "item_id"}}
    assert map_order({"id": 5}, flat).external_id == "5"
    assert map_order({"order_id": 5}, flat).external_id == "5"
    assert map_order({"item_id": 6, "id": 5}, flat).external_id == "6"
    assert map_order({"id": 5}, split).skipped
    assert map_product({"id": 5, "name": "A"}, flat).skipped


@pytest.mark.parametrize(
    ("record", "status", "source"),
    [
        ({"stock_quantity": 3}, "in_stock", "stock_quantity"),
        ({"stock": 0}, "out_of_stock", "stock"),
        ({"inventory": "-2"}, "out_of_stock", "inventory"),
        ({"stock": 3, "stock_status": None}, "in_stock", "stock"),
        ({"stock": 3, "stock_status": "outofstock"}, "out_of_stock", "stock_status"),
        ({"stock": 0, "availability": "available"}, "in_stock", "availability"),
        ({"stock": True}, "in_stock", "stock"),
        ({"stock": False}, "out_of_stock", "stock"),
        ({"stock": "unavailable"}, "out_of_stock", "stock"),
    ],
)
def test_stock_status_comes_from_the_quantity_when_only_that_is_told(
    record, status, source
):
    mapped = map_product({"id": 1, "name": "A", **record})
    assert mapped.values["stock_status"] == status
    assert mapped.sources["stock_status"] == source
    assert mapped.issues == []


def test_without_stock_nothing_is_said_of_it():
    mapped = map_product({"id": 1, "name": "A", "stock": None})
    assert "stock_status" not in mapped.values
    mapped = map_product({"id": 1, "name": "A", "stock": "plenty"})
    assert codes(mapped) == [("stock_quantity", "invalid_number")]
    assert not {"stock_status", "stock_quantity"} & mapped.values.keys()


def test_an_unknown_stock_status_is_in_stock_and_a_warning():
    mapped = map_product({"id": 1, "name": "A", "stock_status": "backorder"})
    assert mapped.values["stock_status"] == "in_stock"
    [issue] = mapped.issues
    assert (issue.code, issue.is_warning) == ("unknown_stock_status", True)
    assert '"backorder"' in issue.detail


def test_the_laravel_example_sends_zero_for_no_regular_price():
    record = {"id": 1, "name": "A", "price": 0, "regular_price": 0.0, "sale_price": "0"}
    mapped = map_product(record)
    assert mapped.values["price"] == 0
    assert mapped.values["regular_price"] is mapped.values["sale_price"] is None
    assert mapped.issues == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (-5, "negative_price"),
        ("-$5", "negative_price"),
        (True, "invalid_price"),
        ("12abc", "invalid_price"),
        ({"amount": 5, "currency": "USD"}, "invalid_price"),
        (float("nan"), "invalid_price"),
        (10**5000, "invalid_price"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("name", ["price", "regular_price", "sale_price"])
def test_an_absurd_price_costs_the_price_alone(name, value, code):
    mapped = map_product({"id": 1, "name": "A", name: value})
    assert mapped.values == {"id": "1", "name": "A"}
    assert codes(mapped) == [(name, code)]
    assert not mapped.issues[0].is_warning


def test_a_nested_price_names_the_path_to_map():
    mapped = map_product({"id": 1, "name": "A", "price": {"amount": 5}})
    assert 'map "price" to "price.amount"' in mapped.issues[0].detail


def test_a_refund_is_an_order_too():
    mapped = map_order({"id": 1, "total": -20})
    assert (mapped.values["total"], mapped.issues) == (Decimal(-20), [])


@pytest.mark.parametrize(
    ("record", "currency", "source"),
    [
        ({"price": "USD 5"}, "USD", "price"),
        ({"price": 5, "sale_price": "4 €"}, "EUR", "sale_price"),
        ({"sale_price": "4 €", "price": "£5"}, "GBP", "price"),
        ({"price": "£5", "currency": "usd"}, "USD", "currency"),
        ({"price": "£5", "currency": None}, "GBP", "price"),
        ({"price": "$5"}, None, None),
    ],
)
def test_a_price_may_tell_its_currency(record, currency, source):
    mapped = map_product({"id": 1, "name": "A", **record})
    assert mapped.values.get("currency") == currency
    assert mapped.sources.get("currency") == source


def test_an_orders_total_may_tell_its_currency():
    assert map_order({"id": 1, "total": "€5"}).values["currency"] == "EUR"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:x,y", "mailto:a@b.c"])
def test_a_hostile_permalink_is_dropped(url):
    mapped = map_product({"id": 1, "name": "A", "url": url})
    assert "permalink" not in mapped.values
    assert codes(mapped) == [("permalink", "invalid_url")]


def test_a_relative_permalink_is_kept():
    mapped = map_product({"id": 1, "name": "A", "link": "/product/x"})
    assert (mapped.values["permalink"], mapped.issues) == ("/product/x", [])


def test_a_missing_link_is_no_issue():
    assert map_product({"id": 1, "name": "A"}).issues == []


def test_long_texts_are_cut_and_remarked_upon():
    record = {
        "id": 1,
        "name": "n" * 2_000_000,
        "description": "d" * 2_000_000,
        "sku": "s" * 300,
        "url": "https://s.com/" + "u" * 3000,
        "slug": "l" * 600,
    }
    mapped = map_product(record)
    sizes = {name: len(value) for name, value in mapped.values.items()}
    assert sizes == {"id": 1, "name": 500, "description": 50_000, "sku": 190}
    assert sorted(codes(mapped)) == [
        ("", "record_cut"),
        ("description", "too_long"),
        ("name", "too_long"),
        ("permalink", "invalid_url"),
        ("sku", "too_long"),
        ("slug", "invalid_slug"),
    ]
    assert all(len(issue.detail) <= 300 for issue in mapped.issues)


def test_the_issue_is_a_sentence_with_the_key_and_the_value():
    [issue] = map_product({"id": 1, "name": "A", "selling_price": "12abc"}).issues
    assert issue.detail == (
        '"selling_price" holds "12abc", which is not a price; send a number such as'
        ' 349.99 or a text such as "USD 349.99".'
    )
