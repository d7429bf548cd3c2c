"""Partial records: what they name changes, what they leave out stays."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from commerce.services.catalog import Writer, save_records
from commerce.services.merging import (
    News,
    Refused,
    delete_record,
    merge_record,
    merge_records,
)
from tests.factories import make_run, make_store
from tests.stores import make_orders, make_products

pytestmark = pytest.mark.django_db
POLL = Writer("sync_run")
EVENT = Writer("delivery")


@pytest.fixture
def store():
    return make_store()


def poll(store, records, resource="products", ago=60):
    """What a page requested `ago` seconds ago held."""
    at = timezone.now() - timedelta(seconds=ago)
    return save_records(store, resource, records, observed_at=at, writer=POLL)


def merge(store, record, resource="products", ago=0, **options):
    at = timezone.now() - timedelta(seconds=ago)
    return merge_record(store, resource, News(record, at, EVENT, **options))


def delete(store, external_id, ago=0):
    at = timezone.now() - timedelta(seconds=ago)
    return delete_record(store, "products", external_id, observed_at=at, writer=EVENT)


def test_absent_stays_null_clears(store):
    poll(store, make_products(1))
    result = merge(store, {"id": "prod_1", "price": 9.5, "description": None})
    product = store.products.get()
    assert result.action == "updated"
    assert product.price == Decimal("9.5")
    assert product.description == ""
    assert product.name == "Product 1"
    assert product.categories == ["Electronics", "Audio"]
    assert result.changes["price"] == ["11.25", "9.50"]
    assert product.written_by["type"] == "delivery"


def test_a_null_name_leaves_the_one_the_product_has(store):
    poll(store, [{"id": 1, "title": "Lamp", "price": 10}])
    merge(store, {"id": 1, "name": None, "price": 12})
    product = store.products.get()
    assert (product.name, product.price) == ("Lamp", Decimal(12))


def test_another_name_for_a_field_replaces_the_stored_one(store):
    poll(store, [{"id": 1, "title": "Lamp", "selling_price": 10, "stock": 3}])
    merge(store, {"id": 1, "price": 12})
    assert store.products.get().price == Decimal(12)
    merge(store, {"id": 1, "current_price": 14})
    assert store.products.get().price == Decimal(14)


def test_a_quantity_alone_tells_the_stock_anew(store):
    poll(store, make_products(1))
    assert store.products.get().stock_status == "in_stock"
    merge(store, {"id": "prod_1", "stock_quantity": 0})
    assert store.products.get().stock_status == "out_of_stock"


def test_unknown_is_created_and_needs_a_name_when_it_is_a_product(store):
    assert merge(store, {"id": 5, "name": "New", "price": 1}).action == "created"
    with pytest.raises(Refused) as refused:
        merge(store, {"id": 6, "price": 1})
    assert refused.value.code == "missing_name"
    assert merge(store, {"id": 7}, "orders").action == "created"
    with pytest.raises(Refused) as refused:
        merge(store, {"name": "No id"})
    assert refused.value.code == "missing_id"
    assert store.products.count() == 1


def test_the_same_news_twice_changes_nothing_but_stays_newest(store):
    poll(store, make_products(1))
    merge(store, {"id": "prod_1", "price": 9.5})
    assert merge(store, {"id": "prod_1", "price": 9.5}).action == "unchanged"
    poll(store, make_products(1), ago=30)
    assert store.products.get().price == Decimal("9.5")


def test_news_older_than_what_is_stored_is_stale(store):
    poll(store, make_products(1), ago=10)
    assert merge(store, {"id": "prod_1", "price": 1}, ago=20).action == "stale"
    assert store.products.get().price == Decimal("11.25")


def test_deleted_marks_and_a_later_event_revives(store):
    poll(store, make_products(1))
    assert delete(store, "prod_1", ago=30).action == "deleted"
    poll(store, make_products(1), ago=40)
    assert store.products.get().deleted_at is not None
    assert merge(store, {"id": "prod_1", "price": 2}).action == "revived"
    product = store.products.get()
    assert (product.deleted_at, product.name) == (None, "Product 1")


def test_deleting_the_unknown_leaves_a_mark_only_while_a_run_reads(store):
    assert delete(store, "ghost").action == "unchanged"
    assert not store.products.exists()
    make_run(store, status="running")
    delete(store, "prod_1", ago=30)
    assert poll(store, make_products(1), ago=40).created == 0
    assert not store.products.filter(deleted_at__isnull=True).exists()
    assert poll(store, make_products(1), ago=20).created == 1


@pytest.mark.parametrize(
    "record",
    [
        {"customer_email": "thief@example.com"},
        {"email": "thief@example.com", "customer_email": None},
        {"billing_email": "thief@example.com"},
        {"customer_email": None},
    ],
)
def test_an_unsigned_event_cannot_change_an_orders_email(store, record):
    poll(store, make_orders(1), "orders")
    result = merge(
        store,
        record | {"id": "order_1", "status": "shipped"},
        "orders",
        allow_email_change=False,
    )
    order = store.orders.get()
    assert (order.status, order.customer_email) == (
        "shipped",
        "customer1@store.example",
    )
    assert "thief" not in str(order.raw)
    assert result.action == "updated"
    assert [issue.code for issue in result.issues] == ["unsigned_change"]
    assert order.warnings == []


def test_a_signed_event_may_change_it(store):
    poll(store, make_orders(1), "orders")
    merge(store, {"id": "order_1", "email": "new@example.com"}, "orders")
    assert store.orders.get().customer_email == "new@example.com"


def test_news_under_another_key_of_a_choice_replaces_the_stored_one():
    store = make_store(field_mappings={"price": "offer || cost"})
    poll(store, [{"id": 1, "name": "Lamp", "offer": 8, "cost": 10}])
    merge(store, {"id": 1, "cost": 12})
    assert store.products.get().price == Decimal(12)


def test_news_of_one_part_keeps_the_other_parts_of_a_composed_field():
    store = make_store(
        field_mappings={"products": {"name": "join(' ', [make, model])"}}
    )
    poll(store, [{"id": 1, "make": "Nord", "model": "One"}])
    merge(store, {"id": 1, "model": "Two"})
    assert store.products.get().name == "Nord Two"


def test_news_no_field_is_read_from_is_kept_for_a_later_mapping(store):
    poll(store, [{"id": 1, "name": "Lamp"}])
    before = store.products.get()
    assert merge(store, {"id": 1, "cost": 12}).action == "unchanged"
    product = store.products.get()
    assert product.raw == {"id": 1, "name": "Lamp", "cost": 12}
    assert product.updated_at == before.updated_at


def test_news_of_a_part_of_an_object_keeps_the_parts_other_fields_are_read_from():
    mapping = {"price": "money.net.amount", "currency": "money.unit", "sku": "code.own"}
    store = make_store(field_mappings={"products": mapping})
    record = {"id": 1, "name": "Lamp", "money": {"net": {"amount": 5}, "unit": "EUR"}}
    poll(store, [record | {"code": {"own": "L-1"}, "sizes": {"a": 1}}])
    news = {"id": 1, "money": {"net": {"amount": 7}}, "code": None, "sizes": {"b": 2}}
    merge(store, news)
    product = store.products.get()
    assert (product.price, product.currency, product.sku) == (Decimal(7), "EUR", "")
    # Nothing is read from below "sizes": it is one value, and replaced as one.
    assert product.raw["sizes"] == {"b": 2}


def test_many_are_merged_as_if_one_after_the_other(store):
    poll(store, [{"id": n, "name": f"Cup {n}", "price": 1} for n in (1, 2, 3)])
    now = timezone.now()
    told = [
        {"id": 3, "price": 2},
        {"id": 4, "name": "New"},
        {"name": "No id"},
        {"id": 3, "sku": "S"},
        {"id": 5, "price": 2},
        {"id": 1, "price": 1},
        {"id": 4, "price": 7},
        "nonsense",
    ]
    results = merge_records(store, "products", [News(it, now, EVENT) for it in told])
    assert [getattr(result, "action", None) or result.code for result in results] == [
        "updated",
        "created",
        "missing_id",
        "updated",
        "missing_name",
        "unchanged",
        "updated",
        "not_an_object",
    ]
    three, four = store.products.filter(external_id__in=("3", "4")).order_by("pk")
    assert (three.price, three.sku, three.name) == (Decimal(2), "S", "Cup 3")
    assert (four.price, four.name) == (Decimal(7), "New")
    assert store.products.get(external_id="1").observed_at == now
    assert store.products.count() == 4


def test_merging_many_takes_as_few_statements_as_merging_one(
    store, django_assert_max_num_queries
):
    poll(store, make_products(40))
    news = [
        News({"id": f"prod_{n}", "price": 3}, timezone.now(), EVENT)
        for n in range(1, 41)
    ]
    with django_assert_max_num_queries(6):
        merge_records(store, "products", news)
    assert set(store.products.values_list("price", flat=True)) == {Decimal(3)}
