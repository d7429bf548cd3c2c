"""What cannot be right: its status, its cause in the log, and nothing changed."""

import json

import pytest

from tests.factories import make_product
from tests.webhooks.conftest import OK, Sender

DEEP = 100_000
EVENT = {"event": "product.updated", "data": {"id": "42", "name": "New", "price": 1}}


def event(data="{}", name="product.updated"):
    return f'{{"event": "{name}", "data": {data}}}'.encode()


BAD = {
    "nothing": (b"", 400, "not_json"),
    "no JSON": (b"id=42&name=x", 400, "not_json"),
    "half": (b'{"event": "product.up', 400, "not_json"),
    "not UTF-8": (b'{"event": "product.updated", "data": {"id": "\xff"}}', 400, "not_json"),
    "a list": (b"[]", 400, "not_an_object"),
    "a number": (b"7", 400, "not_an_object"),
    "null": (b"null", 400, "not_an_object"),
    "no event": (b'{"data": {"id": 42}}', 400, "unknown_event"),
    "null event": (b'{"event": null, "data": {"id": 42}}', 400, "unknown_event"),
    "another event": (event('{"id": 42}', "product.exploded"), 400, "unknown_event"),
    "another case": (event('{"id": 42}', "Product.Updated"), 400, "unknown_event"),
    "NUL event": (event('{"id": 42}', "product.updated\\u0000"), 400, "unknown_event"),
    "an order's": (event('{"id": 42}', "order.updated"), 400, "wrong_endpoint"),
    "no data": (b'{"event": "product.updated"}', 400, "invalid_data"),
    "data a list": (event('[{"id": 42, "name": "x"}]'), 400, "invalid_data"),
    "data a text": (event('"42"'), 400, "invalid_data"),
    "no id": (event('{"name": "x"}'), 400, "missing_id"),
    "null id": (event('{"id": null, "name": "x"}'), 400, "missing_id"),
    "id an object": (event('{"id": {"a": 1}, "name": "x"}'), 400, "invalid_id"),
    "id a truth": (event('{"id": true, "name": "x"}'), 400, "invalid_id"),
    "a long id": (event(json.dumps({"id": "x" * 5000, "name": "x"})), 400, "invalid_id"),
    "unknown and nameless": (event('{"id": 43, "price": 5}'), 422, "missing_name"),
    "deep": (event('{"id": 42, "x": ' + "[" * DEEP + "]" * DEEP + "}"), 400, "too_deep"),
    "deep objects": (b'{"event":' * DEEP, 400, "too_deep"),
    "no id to delete": (event("{}", "product.deleted"), 400, "missing_id"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_its_status_its_cause_and_nothing_changed(store, sender, name):
    body, status, code = BAD[name]
    make_product(store, "42", name="Lamp", raw={"id": 42, "name": "Lamp"})
    before = store.products.values().get()
    answer = sender.post("products", body)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code)
    assert set(told) == {"code", "detail"}
    assert told["detail"].endswith(".")
    assert store.products.values().get() == before
    delivery = store.deliveries.get()
    assert (delivery.status, delivery.http_status) == ("refused", status)
    assert (delivery.error_code, delivery.error_detail) == (code, told["detail"])
    assert bytes(delivery.body)[:1000] == body[:1000]


def test_odd_values_cost_their_field_and_are_told(store, sender):
    body = (
        '{"event": "product.updated", "event": "product.created", "data": {"id": 1,'
        f'"id": 42, "name": "A\\u0000B \\ud800", "price": {"9" * 5000},'
        '"regular_price": NaN, "sale_price": 1e400, "stock_quantity": -Infinity,'
        '"description": "\\ud83d\\ude00", "attributes": {"\\u0000": "\\udfff"}}}'
    ).encode()
    assert sender.post("products", body).json() == OK
    product = store.products.get()
    assert (product.external_id, product.description) == ("42", "😀")
    assert product.name.startswith("AB")
    assert (product.price, product.regular_price, product.sale_price) == (None,) * 3
    delivery = store.deliveries.get()
    assert {"price", "regular_price", "sale_price"} <= {
        issue["field"] for issue in delivery.issues
    }


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("application/cloudevents+json", 200),
        ("text/json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
def test_the_content_type_says_json(store, sender, content_type, status):
    answer = sender.post("products", EVENT, content_type)
    assert answer.status_code == status
    assert store.products.exists() == (status == 200)
    assert store.deliveries.get().http_status == status


def test_compressed_bodies_are_refused(store, sender):
    answer = sender.post("products", b"\x1f\x8b", content_encoding="gzip")
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_encoding"


@pytest.mark.parametrize(
    ("endpoint", "mib"), [("products", 1), ("orders", 1), ("sync", 10)]
)
def test_more_than_the_limit_is_413_and_its_beginning_is_logged(
    store, sender, endpoint, mib
):
    body = b'{"event": "' + b"x" * (mib * 2**20)
    answer = sender.post(endpoint, body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert f"{mib} MiB" in answer.json()["detail"]
    delivery = store.deliveries.get()
    assert delivery.body_bytes == len(body)
    assert delivery.is_body_cut
    assert len(delivery.body) == 64 * 1024


def test_secrets_in_a_refused_body_are_not_kept(store, sender):
    body = (
        b'{"event": "x", "data": {"password": "hunter2!", "apiKey": "abc"},'
        b' "note": "sk_test_factory"}'
    )
    sender.post("products", body)
    kept = bytes(store.deliveries.get().body)
    assert b"hunter2" not in kept
    assert b"abc" not in kept
    assert b"sk_test_factory" not in kept


def test_a_page_that_begins_html_is_named(sender):
    answer = sender.post("products", b"<html><body>Error</body>")
    assert "<html>" in answer.json()["detail"]


def test_unknown_addresses_below_are_404_and_never_redirected(store):
    sender = Sender(store)
    for end in ("", "health", "products/1", "sync/x/", "Products"):
        answer = sender.post(end, EVENT)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
