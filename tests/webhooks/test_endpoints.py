"""The public addresses: what they take, what they answer, what it does."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import override_settings
from django.utils import timezone

from tests.factories import make_product, make_store
from tests.webhooks.conftest import OK, Sender

EVENT = {
    "event": "product.updated",
    "data": {"id": "42", "name": "Lamp", "price": 349.99, "stock_status": "in_stock"},
}


def test_the_published_event_is_applied_and_answered_as_published(store, sender):
    answer = sender.post("products", EVENT)
    assert (answer.status_code, answer.json()) == (200, OK)
    assert answer["Content-Type"] == "application/json"
    assert "Set-Cookie" not in answer
    product = store.products.get()
    assert (product.external_id, product.price) == ("42", Decimal("349.99"))
    delivery = store.deliveries.get()
    assert product.written_by == {"type": "delivery", "id": str(delivery.uid)}
    assert (delivery.status, delivery.outcome) == ("applied", "created")
    assert (delivery.http_status, delivery.external_id) == (200, "42")
    assert delivery.changes["price"] == [None, "349.99"]
    assert delivery.due_at is None


@pytest.mark.parametrize("endpoint", ["products", "orders", "sync"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_slash_at_the_end_is_optional_and_nothing_is_redirected(
    sender, endpoint, slash
):
    body = {
        "products": EVENT,
        "orders": {"event": "order.created", "data": {"id": 1}},
        "sync": {"events": [EVENT]},
    }[endpoint]
    with override_settings(SECURE_SSL_REDIRECT=True):
        assert sender.post(endpoint + slash, body).json() == OK


def test_absent_stays_null_clears_zero_is_no_sale_price(store, sender):
    make_product(
        store, "42", name="Lamp", description="Warm.", sku="L", price=Decimal(20)
    )
    store.products.update(
        raw={"id": "42", "name": "Lamp", "description": "Warm.", "sku": "L"}
    )
    sender.product("updated")(
        id="42", price=15, sku=None, sale_price=0.0, stock_status="out_of_stock"
    )
    product = store.products.get()
    assert (product.price, product.description) == (Decimal(15), "Warm.")
    assert (product.sku, product.sale_price) == ("", None)
    assert product.stock_status == "out_of_stock"


def test_deleted_marks_and_created_revives(store, sender):
    sender.post("products", EVENT)
    assert sender.product("deleted")(id=42).json() == OK
    assert store.products.get().deleted_at is not None
    assert sender.product("created")(id="42", name="Lamp").json() == OK
    assert store.products.get().deleted_at is None
    assert [d.outcome for d in store.deliveries.all()] == [
        "revived",
        "deleted",
        "created",
    ]


def test_deleting_what_is_unknown_is_no_mistake(store, sender):
    assert sender.product("deleted")(id="ghost").json() == OK
    assert sender.order("deleted")(id="ghost").json() == OK
    assert not store.products.exists()


def test_an_order_event_of_the_specification(store, sender):
    data = {
        "id": "order_789",
        "order_number": "ORD-2024-0789",
        "status": "pending",
        "total": 349.99,
        "customer_email": "bob@example.com",
        "items": [{"product_id": "prod_123", "quantity": 1, "price": 349.99}],
    }
    assert sender.order("created")(**data).json() == OK
    assert sender.order("updated")(id="order_789", status="shipped").json() == OK
    order = store.orders.get()
    assert (order.status, order.total) == ("shipped", Decimal("349.99"))
    assert order.customer_email == "bob@example.com"


def test_the_token_before_a_rotation_works_until_its_time_is_over(store, sender):
    old = store.token
    store.previous_token = old
    store.previous_token_expires_at = timezone.now() + timedelta(hours=1)
    store.token = make_store().uid
    store.save()
    assert sender.post("products", EVENT).status_code == 200
    store.token, new = old, store.token
    assert sender.post("products", EVENT).status_code == 200
    store.token = new
    store.previous_token_expires_at = timezone.now() - timedelta(seconds=1)
    store.save()
    store.token = old
    assert sender.post("products", EVENT).status_code == 404


@pytest.mark.parametrize("token", ["x", "0" * 36, "%00", "a" * 5000])
def test_a_token_nobody_has_is_not_found(sender, token):
    sender.store.token = token
    answer = sender.post("products", EVENT)
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_a_deleted_store_is_not_found_and_a_disconnected_one_gone(store, sender):
    store.credentials, store.status = None, "disconnected"
    store.save()
    assert sender.post("products", EVENT).status_code == 410
    assert store.deliveries.get().http_status == 410
    store.deleting_at = timezone.now()
    store.save()
    assert sender.post("products", EVENT).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused_and_logged(store, sender, method):
    answer = sender.send(method, "products")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert store.deliveries.get().method == method


def test_an_unsigned_event_keeps_an_orders_email_and_says_so(store, sender):
    sender.order("created")(id="1", customer_email="alice@example.com")
    answer = sender.order("updated")(id="1", status="x", customer_email="thief@x.io")
    assert answer.json() == OK
    assert store.orders.get().customer_email == "alice@example.com"
    assert store.deliveries.first().issues[0]["code"] == "unsigned_change"
    sender.order("deleted")(id="1")
    sender.order("created")(id="1", customer_email="thief@x.io")
    assert store.orders.get().customer_email == "alice@example.com"


def test_another_store_is_not_touched(store, sender):
    other = make_store()
    make_product(other, "42", name="Theirs")
    sender.post("products", EVENT)
    Sender(other).product("deleted")(id="43")
    assert other.products.get().name == "Theirs"
    assert store.deliveries.count() == 1


def test_the_database_away_is_500_with_retry_after(sender, monkeypatch):
    from django.db import OperationalError
    from django.db.backends.base.base import BaseDatabaseWrapper

    def no_cursor(self):
        raise OperationalError("the server is gone")

    with monkeypatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "cursor", no_cursor)
        answer = sender.post("products", EVENT)
    assert (answer.status_code, answer["Retry-After"]) == (500, "30")
    assert set(answer.json()) == {"code", "detail"}
