"""/api/v1/stores/ from outside, against real local stores."""

import json
import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from commerce.models import Store, SyncRun
from hiwelink.accounts.models import Membership, Role
from tests.factories import (
    make_order,
    make_product,
    make_run,
    make_store,
    make_token,
    make_user,
)
from tests.stores import MisbehavingStore, make_orders, make_products

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def auth(user):
    return make_token(user)


def body_for(remote: MisbehavingStore, **fields):
    return {
        "name": "My store",
        "base_url": remote.url,
        "environment": "sandbox",
        "auth_method": remote.auth_method,
        "credentials": remote.credentials,
    } | fields


def post(client, path, body, auth):
    return client.post(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", **auth
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "header", "value"),
    [
        ("api_key", "x-api-key", "sk_test_4f8d2a1b9c3e7f6a"),
        ("bearer_token", "authorization", "Bearer sk_test_4f8d2a1b9c3e7f6a"),
        ("basic_auth", "authorization", "Basic aGl3ZWxpbms6c3VwZXI6c2VjcmV0"),
    ],
)
def test_connecting_checks_health_and_syncs_everything(
    client, auth, drain, method, header, value
):
    with MisbehavingStore(
        auth_method=method, products=make_products(250), orders=make_orders(120)
    ) as remote:
        answer = post(client, "stores/", body_for(remote), auth)
        assert answer.status_code == 201, answer.content
        assert [r.endpoint for r in remote.requests] == ["health"]
        drain()
        assert {r.headers[header] for r in remote.requests} == {value}
    store = client.get(f"/api/v1/stores/{answer.json()['id']}/", **auth).json()
    assert store["status"] == "connected"
    assert store["counts"] == {"products": 250, "orders": 120, "embedded": 0}
    assert store["has_credentials"] is True
    assert store["sync_interval_minutes"] == 60
    assert store["webhook_urls"]["products"].endswith(
        f"/api/generic-api/webhooks/{store['store_token']}/products"
    )
    for secret in remote.credentials.values():
        assert secret == "hiwelink" or secret not in json.dumps(store)
    runs = client.get(f"/api/v1/stores/{store['id']}/sync-runs/", **auth).json()
    assert [(r["resource"], r["status"], r["created"]) for r in runs["results"]] == [
        ("orders", "succeeded", 120),
        ("products", "succeeded", 250),
    ]
    assert {r["trigger"] for r in runs["results"]} == {"initial"}


@pytest.mark.django_db(transaction=True)
def test_products_and_orders_answer_with_the_specifications_names(client, auth, drain):
    with MisbehavingStore(products=make_products(7), orders=make_orders(1)) as remote:
        store = post(client, "stores/", body_for(remote), auth).json()
        drain()
    product = client.get(
        f"/api/v1/stores/{store['id']}/products/prod_7/", **auth
    ).json()
    assert product["id"] == "prod_7"
    assert product["price"] == "18.75"
    assert product["regular_price"] == "23.75"
    assert product["current_price"] == "18.75"
    assert product["stock_status"] == "in_stock"
    assert product["url"] == "https://store.example/product/product-7"
    assert product["written_by"]["type"] == "sync_run"
    assert product["raw"]["sku"] == "SKU-00007"
    order = client.get(f"/api/v1/stores/{store['id']}/orders/order_1/", **auth).json()
    assert order["order_number"] == "ORD-2024-0001"
    assert (order["total"], order["subtotal"]) == ("699.98", "649.98")
    assert order["created_at"] == "2024-01-15T10:30:00Z"
    assert order["items"][0]["price"] == "349.99"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"credentials": {"api_key": "wrong"}}, "401"),
        ({"endpoints": {"health": "/nowhere"}}, "404"),
        ({"base_url": "http://no-such-host.invalid"}, "no-such-host.invalid"),
        ({"environment": "production"}, "https"),
        ({"environment": "production", "base_url": "https://10.0.0.1"}, "public"),
    ],
)
def test_what_cannot_be_reached_is_a_clear_sentence_and_nothing_stored(
    client, auth, change, said
):
    with MisbehavingStore() as remote:
        answer = post(client, "stores/", body_for(remote) | change, auth)
    assert answer.status_code == 422, answer.content
    assert answer.json()["code"] == "connection_failed"
    assert answer.json()["detail"].startswith("Could not connect to API")
    assert said.lower() in answer.json()["detail"].lower()
    assert not Store.objects.exists()


def test_an_address_that_ends_in_an_endpoint_is_told_so(client, auth):
    with MisbehavingStore() as remote:
        body = body_for(remote, base_url=f"{remote.url}/api/products/")
        answer = post(client, "stores/", body, auth)
    assert answer.status_code == 422
    assert "/api/products" in answer.json()["detail"]


def test_blanks_and_a_trailing_slash_are_trimmed(client, auth):
    with MisbehavingStore() as remote:
        key = remote.credentials["api_key"]
        body = body_for(
            remote, base_url=f" {remote.url}/ ", credentials={"api_key": f" {key}\n"}
        )
        answer = post(client, "stores/", body, auth)
    assert answer.status_code == 201, answer.content
    assert answer.json()["base_url"] == remote.url


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 5000}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"base_url": "not an address"}, "base_url"),
        ({"base_url": "ftp://example.com"}, "base_url"),
        ({"environment": "staging"}, "environment"),
        ({"auth_method": "oauth"}, "auth_method"),
        ({"credentials": ["sk"]}, "credentials"),
        ({"credentials": {}}, "credentials.api_key"),
        ({"credentials": {"api_key": {"deep": 1}}}, "credentials.api_key"),
        ({"credentials": {"api_key": "a\nb"}}, "credentials.api_key"),
        ({"per_page": 101}, "per_page"),
        ({"per_page": "abc"}, "per_page"),
        ({"sync_interval_minutes": 0}, "sync_interval_minutes"),
        ({"field_mappings": {"nam": "title"}}, "field_mappings.nam"),
        ({"field_mappings": {"name": "a\x00"}}, "field_mappings.name"),
        ({"endpoints": {"products": "https://evil.example/x"}}, "endpoints.products"),
        ({"currency": "Dollar"}, "currency"),
    ],
)
def test_bad_input_names_its_field_and_stores_nothing(client, auth, change, field):
    with MisbehavingStore() as remote:
        answer = post(client, "stores/", body_for(remote) | change, auth)
        assert remote.requests == []
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] == "invalid"
    assert field in answer.json()["fields"]
    assert not Store.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b'{"a": ' * 50_000, 400),
        (b'{"name": NaN}', 400),
        (b'{"per_page": ' + b"9" * 5000 + b"}", 400),
        (b'{"name": "\\ud800", "base_url": "x"}', 400),
    ],
)
def test_broken_bodies_are_the_callers_error(client, auth, body, status):
    answer = client.post(
        "/api/v1/stores/", body, content_type="application/json", **auth
    )
    assert answer.status_code == status
    assert set(answer.json()) >= {"code", "detail"}


def test_without_a_token_everything_is_401(client):
    for path in ("stores/", f"stores/{uuid.uuid4()}/", "preview-mapping/"):
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 401, path
        assert answer.json()["code"] == "not_authenticated"


def test_other_methods_and_types_answer_in_the_same_form(client, auth):
    assert client.put("/api/v1/stores/", **auth).status_code == 405
    answer = client.post("/api/v1/stores/", "a=1", content_type="text/plain", **auth)
    assert (answer.status_code, answer.json()["code"]) == (
        415,
        "unsupported_media_type",
    )


def test_another_merchants_objects_answer_like_missing_ones(client, auth):
    theirs = make_store()
    make_product(theirs, "p1")
    run = make_run(theirs)
    missing = uuid.uuid4()
    pairs = [
        (f"stores/{theirs.uid}/", f"stores/{missing}/"),
        (f"stores/{theirs.uid}/products/", f"stores/{missing}/products/"),
        (f"stores/{theirs.uid}/products/p1/", f"stores/{missing}/products/p1/"),
        (f"stores/{theirs.uid}/sync-runs/", f"stores/{missing}/sync-runs/"),
        (f"sync-runs/{run.uid}/", f"sync-runs/{missing}/"),
        (f"sync-runs/{run.uid}/issues/", f"sync-runs/{missing}/issues/"),
    ]
    for foreign, unknown in pairs:
        answers = [client.get(f"/api/v1/{p}", **auth) for p in (foreign, unknown)]
        assert [a.status_code for a in answers] == [404, 404], foreign
        assert answers[0].content == answers[1].content
    assert post(client, f"stores/{theirs.uid}/sync/", {}, auth).status_code == 404
    assert client.delete(f"/api/v1/stores/{theirs.uid}/", **auth).status_code == 404
    assert client.get("/api/v1/stores/", **auth).json()["count"] == 0
    assert client.get("/api/v1/stores/not-a-uuid/", **auth).status_code == 404


def test_viewers_look_and_change_nothing(client, auth, user):
    store = make_store(user)
    Membership.objects.filter(user=user).update(role=Role.VIEWER)
    path = f"stores/{store.uid}/"
    assert client.get(f"/api/v1/{path}", **auth).status_code == 200
    for answer in (
        client.delete(f"/api/v1/{path}", **auth),
        post(client, f"{path}sync/", {"resource": "all"}, auth),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_syncing_twice_returns_the_running_run(client, auth, user):
    store = make_store(user)
    path = f"stores/{store.uid}/sync/"
    first = post(client, path, {"resource": "products"}, auth)
    second = post(client, path, {"resource": "all"}, auth)
    assert (first.status_code, second.status_code) == (202, 202)
    (run,) = first.json()["sync_runs"]
    again, orders = second.json()["sync_runs"]
    assert (run["coalesced"], again["coalesced"], orders["coalesced"]) == (
        False,
        True,
        False,
    )
    assert run["id"] == again["id"]
    cancelled = post(client, f"sync-runs/{run['id']}/cancel/", {}, auth)
    assert cancelled.json()["status"] == "cancelled"
    ended = post(client, f"sync-runs/{run['id']}/cancel/", {}, auth)
    assert (ended.status_code, ended.json()["code"]) == (409, "not_active")


def test_a_disconnected_store_is_not_synced(client, auth, user):
    store = make_store(user, status="disconnected", credentials=None)
    answer = post(client, f"stores/{store.uid}/sync/", {"resource": "all"}, auth)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_connected")


def test_settings_change_and_an_address_is_asked_first(client, auth, user):
    with MisbehavingStore() as remote:
        store = make_store(
            user, base_url=remote.url, credentials=dict(remote.credentials)
        )
        path = f"/api/v1/stores/{store.uid}/"
        answer = client.patch(
            path,
            json.dumps({"name": "New", "per_page": 10, "sync_interval_minutes": None}),
            content_type="application/json",
            **auth,
        )
        assert answer.status_code == 200, answer.content
        assert answer.json()["name"] == "New"
        assert answer.json()["sync_interval_minutes"] is None
        assert remote.requests == []
        refused = client.patch(
            path,
            json.dumps({"endpoints": {"health": "/nowhere"}}),
            content_type="application/json",
            **auth,
        )
    assert refused.status_code == 422
    store.refresh_from_db()
    assert store.health_path == "/health"


@pytest.mark.django_db(transaction=True)
def test_a_deleted_store_is_gone_at_once_and_its_rows_soon(client, auth, user, drain):
    store = make_store(user)
    make_product(store)
    make_order(store)
    make_run(store)
    assert client.delete(f"/api/v1/stores/{store.uid}/", **auth).status_code == 202
    assert client.get(f"/api/v1/stores/{store.uid}/", **auth).status_code == 404
    assert Store.objects.get().credentials is None
    drain()
    assert not Store.objects.exists()


def test_ids_with_slashes_and_spaces_are_found(client, auth, user):
    store = make_store(user)
    make_product(store, "a/b c ü")
    for path in ("a%2Fb%20c%20%C3%BC", "a/b%20c%20%C3%BC"):
        answer = client.get(f"/api/v1/stores/{store.uid}/products/{path}/", **auth)
        assert answer.status_code == 200
        assert answer.json()["id"] == "a/b c ü"
    nul = client.get(f"/api/v1/stores/{store.uid}/products/a%00/", **auth)
    assert nul.status_code == 404


def test_lists_are_paged_and_searched(client, auth, user):
    store = make_store(user)
    for number in range(5):
        make_product(store, name=f"Lamp {number}")
    make_product(store, name="Chair", sku="CH-1")
    path = f"/api/v1/stores/{store.uid}/products/"
    page = client.get(f"{path}?page=2&page_size=2", **auth).json()
    assert (page["count"], len(page["results"])) == (6, 2)
    assert page["next"] and page["previous"]
    found = client.get(f"{path}?search=ch-1", **auth).json()
    assert [row["name"] for row in found["results"]] == ["Chair"]
    assert client.get(f"{path}?search=a%00b", **auth).status_code == 200
    past = client.get(f"{path}?page=99", **auth)
    assert (past.status_code, past.json()["code"]) == (404, "not_found")


def test_a_mapping_is_previewed_without_a_store(client, auth):
    body = {
        "resource": "products",
        "records": [{"id": 7, "product_title": "Lamp", "retail_price": "$9.5"}],
        "field_mappings": {"name": "product_title"},
    }
    shown = post(client, "preview-mapping/", body, auth).json()
    assert shown["records"][0]["values"]["name"] == "Lamp"
    assert shown["records"][0]["sources"]["name"] == "product_title"
    assert shown["unused"] == ["retail_price"]
    assert shown["suggestions"][0]["field"] == "price"
    bad = post(client, "preview-mapping/", body | {"records": "x"}, auth)
    assert bad.status_code == 400
    many = post(client, "preview-mapping/", body | {"records": [{}] * 101}, auth)
    assert many.status_code == 400


def test_the_schema_is_complete_and_valid(client):
    call_command(
        "spectacular", "--validate", "--fail-on-warn", stdout=StringIO(), verbosity=0
    )
    assert client.get("/api/v1/schema/").status_code == 200


def test_the_command_syncs_and_says_what_failed(user):
    with MisbehavingStore(products=make_products(3)) as remote:
        store = make_store(
            user, base_url=remote.url, credentials=dict(remote.credentials)
        )
        out = StringIO()
        call_command("sync_store", str(store.uid), "--wait", stdout=out)
        assert "3 records" in out.getvalue()
        remote.mode = "html"
        with pytest.raises(CommandError, match="failed"):
            call_command("sync_store", str(store.uid), "--wait", stdout=out)
    assert SyncRun.objects.filter(status="failed").count() == 2
