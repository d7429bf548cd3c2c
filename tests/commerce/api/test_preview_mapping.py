"""POST preview-mapping/ : what records would become, nothing stored."""

import pytest

from commerce.models import Product
from tests.commerce.api.conftest import Api
from tests.commerce.people import make_viewer
from tests.factories import make_store
from tests.stores import MisbehavingStore, make_orders, make_products


def preview(api, **body):
    answer = api.post("preview-mapping/", {"resource": "products"} | body)
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"records", "unused", "suggestions"}
    return answer.json()


def test_a_mapping_is_shown_at_work(api):
    shown = preview(
        api,
        records=[{"id": 7, "product_title": "Lamp", "retail_price": "$9.5"}],
        field_mappings={"name": "product_title"},
    )
    (record,) = shown["records"]
    assert set(record) == {"values", "sources", "issues", "skipped"}
    assert (record["values"]["id"], record["values"]["name"]) == ("7", "Lamp")
    assert record["sources"] == {"id": "id", "name": "product_title"}
    assert (record["issues"], record["skipped"]) == ([], False)
    assert shown["unused"] == ["retail_price"]
    assert shown["suggestions"][0]["field"] == "price"
    assert shown["suggestions"][0]["key"] == "retail_price"
    assert Product.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("resource", ["products", "orders"])
def test_values_are_shown_as_the_synced_record_shows_them(api, user, drain, resource):
    sent = {"products": make_products(1), "orders": make_orders(1)}
    (record,) = preview(
        api,
        resource=resource,
        records=sent[resource],
        base_url="https://api.store.example",
    )["records"]
    with MisbehavingStore(**sent) as remote:
        store = make_store(user, base_url=remote.url, credentials=remote.credentials)
        api.post(f"stores/{store.uid}/sync/", {"resource": "all"})
        drain()
    stored = api.get(f"stores/{store.uid}/{resource}/").json()["results"][0]
    assert {name: stored[name] for name in record["values"]} == record["values"]


def test_a_record_that_would_be_skipped_says_why(api):
    shown = preview(api, records=[{"id": 1}, None, "text", {"name": "No id"}])
    assert [r["skipped"] for r in shown["records"]] == [True] * 4
    codes = [[i["code"] for i in r["issues"]] for r in shown["records"]]
    assert codes == [
        ["missing_name"],
        ["not_an_object"],
        ["not_an_object"],
        ["missing_id"],
    ]
    assert set(shown["records"][0]["issues"][0]) == {"field", "code", "detail"}


def test_links_are_built_from_the_addresses_given(api):
    shown = preview(
        api,
        records=[{"id": 1, "name": "Lamp", "slug": "lamp"}],
        base_url="https://api.shop.example",
        storefront_url="https://shop.example",
    )
    assert shown["records"][0]["values"]["url"] == "https://shop.example/product/lamp"


def test_characters_nobody_can_store_are_no_error(api):
    records = [
        {"id": 1, "name": "La\ud800mp\x00", "\ud800": 1, "x\x00": {"\udfff": []}}
    ]
    shown = preview(api, records=records)
    assert shown["records"][0]["values"]["name"].startswith("La")
    assert len(shown["unused"]) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"resource": "customers"}, "resource"),
        ({"resource": None}, "resource"),
        ({"records": "x"}, "records"),
        ({"records": {"id": 1}}, "records"),
        ({"records": None}, "records"),
        ({"records": [{}] * 101}, "records"),
        ({"field_mappings": {"nam": "x"}}, "field_mappings.nam"),
        ({"field_mappings": "name"}, "field_mappings"),
        ({"base_url": 7}, "base_url"),
        ({"storefront_url": "\x00"}, "storefront_url"),
    ],
)
def test_a_bad_question_names_its_field(api, change, field):
    body = {"resource": "products", "records": []} | change
    answer = api.post("preview-mapping/", body)
    assert (answer.status_code, set(answer.json()["fields"])) == (400, {field})


def test_records_are_required_and_may_be_none(api):
    answer = api.post("preview-mapping/", {"resource": "orders"})
    assert set(answer.json()["fields"]) == {"records"}
    assert preview(api, records=[])["records"] == []


@pytest.mark.django_db
def test_a_viewer_may_preview():
    viewer = Api(make_viewer(make_store()))
    assert preview(viewer, records=[])["records"] == []
