import json

import pytest

from commerce.mapping.fields import Resource, fields_of
from commerce.mapping.mappings import FieldMappings
from commerce.mapping.preview import preview
from tests.commerce.mapping import payloads

PRODUCTS, ORDERS = Resource.PRODUCTS, Resource.ORDERS


def shown(records, resource=PRODUCTS, raw=None, **addresses):
    return preview(records, resource, FieldMappings.parse(raw), **addresses)


def test_the_published_product():
    answer = shown([payloads.PRODUCT], base_url="https://yourstore.com")
    assert list(answer) == ["records", "unused", "suggestions"]
    [record] = answer["records"]
    assert list(record) == ["values", "sources", "issues", "skipped"]
    assert record["values"] == {
        **payloads.PRODUCT,
        "price": "349.99",
        "regular_price": "399.99",
        "sale_price": "349.99",
        "attributes": {
            "color": ["Black"],
            "connectivity": ["Bluetooth 5.2"],
            "battery": ["40 hours"],
        },
        "permalink": None,
        "slug": None,
        "currency": None,
        "url": "https://yourstore.com",
        "current_price": "349.99",
    }
    assert (record["issues"], record["skipped"]) == ([], False)
    assert answer["unused"] == []


def test_the_published_order():
    [record] = shown([payloads.ORDER], ORDERS)["records"]
    assert record["values"] == {
        **payloads.ORDER,
        "total": "699.98",
        "subtotal": "649.98",
        "tax": "32.50",
        "shipping": "17.50",
        "items": [{**payloads.ORDER["items"][0], "price": "349.99"}],
    }


def test_absent_fields_are_shown_as_the_api_shows_them():
    [record] = shown([{"id": 1, "name": "A"}])["records"]
    assert record["values"].keys() == {
        *(field.name for field in fields_of(PRODUCTS)),
        "url",
        "current_price",
    }
    assert (record["values"]["price"], record["values"]["tags"]) == (None, [])
    assert record["values"]["attributes"] == {}
    [record] = shown([{"id": 1}], ORDERS)["records"]
    assert record["values"]["items"] == []


def test_issues_are_plain():
    [record] = shown([{"id": 1, "name": "A", "price": -5}])["records"]
    [issue] = record["issues"]
    assert (issue["field"], issue["code"]) == ("price", "negative_price")
    assert list(issue) == ["field", "code", "detail"]


def test_skipped_records_are_shown_too():
    records = shown([{"id": 1, "price": 5}, 7])["records"]
    assert [record["skipped"] for record in records] == [True, True]
    assert records[0]["values"]["price"] == "5.00"
    assert records[1]["values"] == {}


@pytest.mark.parametrize(
    ("record", "url"),
    [
        (payloads.WITH_PERMALINK, "https://store.com/product/blue-hoodie"),
        (payloads.WITH_SLUG, "https://shop.com/product/blue-hoodie"),
        (payloads.WITHOUT_LINK, "https://shop.com"),
    ],
)
def test_the_products_page_follows_the_link_rule(record, url):
    addresses = {"base_url": "https://api.com", "storefront_url": "https://shop.com"}
    [record] = shown([record], **addresses)["records"]
    assert record["values"]["url"] == url


def test_what_a_shopper_pays():
    [record] = shown([{"id": 1, "name": "A", "price": 20, "sale_price": 15}])["records"]
    assert record["values"]["current_price"] == "15.00"


def test_unused_keys_come_by_frequency():
    records = [
        {"id": 1, "name": "A", "b": 1, "a": 1},
        {"id": 2, "name": "B", "b": 1, "media": [{"src": "https://s.com/a.jpg"}]},
    ]
    assert shown(records)["unused"] == ["b", "a", "media"]
    mapped = shown(records, raw={"images": "media[].src", "sku": "b"})
    assert mapped["unused"] == ["a"]


def suggested(records, resource=PRODUCTS, raw=None):
    found = shown(records, resource, raw)["suggestions"]
    assert all(list(one) == ["field", "key", "detail"] for one in found)
    return {one["field"]: one["key"] for one in found}


def test_the_published_mapping_is_suggested_whole():
    found = suggested([payloads.FOREIGN_PRODUCT])
    wanted = {**payloads.FIELD_MAPPINGS}
    del wanted["slug"]  # url_key is an alias of it already
    assert found == wanted


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("productTitle", "Hoodie", "name"),
        ("product_titel", "Hoodie", "name"),
        ("img", "https://s.com/a.jpg", "images"),
        ("picture_urls", ["https://s.com/a.jpg"], "images"),
        ("thumbnail", "https://s.com/a.jpg", "images"),
        ("retailPrice", 5, "price"),
        ("unit_price", "5.00", "price"),
        ("compare_price", 9, "regular_price"),
        ("compare_at_price", 9, "regular_price"),
        ("msrp", 9, "regular_price"),
        ("special_price", 4, "sale_price"),
        ("qty", 3, "stock_quantity"),
        ("stockQuantity", 3, "stock_quantity"),
        ("in_stock", True, "stock_status"),
        ("desc", "Warm.", "description"),
        ("department", "Clothing", "categories"),
        ("keywords", "a,b", "tags"),
        ("specs", {"color": "red"}, "attributes"),
        ("pageUrl", "https://s.com/p", "permalink"),
        ("article_number", "A-1", "sku"),
        ("item_id", 5, "id"),
        ("currencyCode", "EUR", "currency"),
    ],
)
def test_a_near_miss_is_suggested(key, value, field):
    assert suggested([{key: value}]).get(field) == key


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("total_price", 5, "total"),
        ("customer_mail", "a@b.c", "customer_email"),
        ("client_name", "Alice", "customer_name"),
        ("placed_at", "2024-01-15", "created_at"),
        ("orderItems", [{"quantity": 1}], "items"),
        ("delivery_address", {"city": "Rome"}, "shipping_address"),
    ],
)
def test_a_near_miss_of_an_order_is_suggested(key, value, field):
    assert suggested([{"id": 1, key: value}], ORDERS).get(field) == key


def test_parts_of_objects_are_suggested_by_their_path():
    record = {"id": 1, "name": "A", "price": {"amount": 5}, "seo": {"handle": "a-b"}}
    found = suggested([record])
    assert (found["price"], found["slug"]) == ("price.amount", "seo.handle")
    record = {"id": 1, "name": "A", "models": [{"price": 5}]}
    assert suggested([record])["price"] == "models[0].price"


def test_what_is_filled_used_or_unreadable_is_not_suggested():
    full = {**payloads.PRODUCT, "retail_price": 5, "product_title": "x"}
    assert not {"price", "name"} & suggested([full]).keys()
    assert "price" not in suggested([{"id": 1, "name": "A", "retail_price": "soon"}])
    assert "price" not in suggested([{"id": 1, "name": "A", "weight": 5}])
    raw = {"sku": "retail_price"}
    assert "price" not in suggested(
        [{"id": 1, "name": "A", "retail_price": 5}], raw=raw
    )


def test_a_suggestion_works_when_taken():
    record = {
        "id": 1,
        "name": "A",
        "pricing": {"retail_price": "€5"},
        "img": "//s.com/a",
    }
    raw = suggested([record])
    values = shown([record], raw=raw)["records"][0]["values"]
    assert (values["price"], values["currency"]) == ("5.00", "EUR")
    assert values["images"] == ["https://s.com/a"]


def test_absurd_records_are_shown_as_json():
    records = [
        {"id": 1, "k" * 8000: "x", "\ud800": 1, "na\0me": 2, "price": float("nan")},
        {"id": 10**5000, "name": float("inf")},
        {str(n): n for n in range(5000)},
        None,
    ]
    answer = shown(records)
    text = json.dumps(answer, allow_nan=False, ensure_ascii=False)
    assert text.encode()
    assert "\\u0000" not in text
    assert len(answer["unused"]) <= 200
    assert all(len(key) <= 200 for key in answer["unused"])
