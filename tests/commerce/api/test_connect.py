"""POST /api/v1/stores/ : a store is asked for its health, then connected."""

import json
import logging

import pytest

from commerce.models import Product, Store, SyncRun
from tests.commerce.api.conftest import Api, body_for
from tests.factories import make_user
from tests.stores import MisbehavingStore, make_orders, make_products

CANARY = "sk_canary_5e1f0a9c77"
AUTHORIZATIONS = [
    ("api_key", "x-api-key", "sk_test_4f8d2a1b9c3e7f6a"),
    ("bearer_token", "authorization", "Bearer sk_test_4f8d2a1b9c3e7f6a"),
    ("basic_auth", "authorization", "Basic aGl3ZWxpbms6c3VwZXI6c2VjcmV0"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("method", "header", "value"), AUTHORIZATIONS)
def test_the_credential_is_sent_as_published(api, drain, method, header, value):
    with MisbehavingStore(auth_method=method) as remote:
        answer = api.post("stores/", body_for(remote))
        assert answer.status_code == 201, answer.content
        assert [r.endpoint for r in remote.requests] == ["health"]
        drain()
    assert {r.endpoint for r in remote.requests} == {"health", "products", "orders"}
    for request in remote.requests:
        assert request.headers[header] == value
        assert request.headers["accept"] == "application/json"
        assert ("authorization" in request.headers) == (header == "authorization")


@pytest.mark.django_db(transaction=True)
def test_everything_the_store_has_is_there_after_the_first_syncs(api, drain):
    products, orders = make_products(250), make_orders(120)
    with MisbehavingStore(products=products, orders=orders) as remote:
        store = api.post("stores/", body_for(remote)).json()
        assert store["counts"] == {"products": 0, "orders": 0, "embedded": 0}
        drain()
        assert remote.pages_asked("products") == [1, 2, 3, 4, 5]
        assert remote.pages_asked("orders") == [1, 2, 3]
    path = f"stores/{store['id']}/"
    assert api.get(path).json()["counts"] == {
        "products": 250,
        "orders": 120,
        "embedded": 0,
    }
    assert by_id(api, f"{path}products/") == {
        p["id"]: (p["name"], f"{p['price']:.2f}", p["sku"]) for p in products
    }
    pages = [api.get(f"{path}orders/", page=n, page_size=100).json() for n in (1, 2)]
    numbers = [order["order_number"] for page in pages for order in page["results"]]
    assert sorted(numbers) == sorted(order["order_number"] for order in orders)
    runs = api.get(f"{path}sync-runs/").json()["results"]
    assert [(r["resource"], r["status"], r["created"]) for r in runs] == [
        ("orders", "succeeded", 120),
        ("products", "succeeded", 250),
    ]
    assert {run["trigger"] for run in runs} == {"initial"}


def by_id(api, path):
    found = {}
    for number in (1, 2, 3):
        for row in api.get(path, page=number, page_size=100).json()["results"]:
            found[row["id"]] = (row["name"], row["price"], row["sku"])
    return found


def test_a_connected_store_shows_what_was_entered(api):
    with MisbehavingStore() as remote:
        body = body_for(
            remote,
            name="  Lamps & Co ",
            storefront_url="https://lamps.example/",
            endpoints={"products": "/api/products?lang=en", "orders": None},
            field_mappings={"products": {"name": "title"}},
            per_page=25,
            sync_interval_minutes=None,
            currency="eur",
            language="de-AT",
            unheard_of={"of": 1},
        )
        answer = api.post("stores/", body)
    store = answer.json()
    assert answer.status_code == 201, store
    assert store["name"] == "Lamps & Co"
    assert store["base_url"] == remote.url
    assert store["storefront_url"] == "https://lamps.example"
    assert store["endpoints"] == {
        "health": "/health",
        "products": "/api/products?lang=en",
        "orders": "/api/orders",
    }
    assert store["field_mappings"] == {"products": {"name": "title"}}
    assert (store["per_page"], store["sync_interval_minutes"]) == (25, None)
    assert (store["currency"], store["language"]) == ("EUR", "de-AT")
    assert (store["status"], store["has_credentials"]) == ("connected", True)
    assert store["next_sync_at"] is None
    assert "unheard_of" not in store
    assert api.get(f"stores/{store['id']}/").json() == store
    assert [s["id"] for s in api.get("stores/").json()["results"]] == [store["id"]]


def test_what_is_left_out_has_its_published_default(api):
    with MisbehavingStore() as remote:
        store = api.post("stores/", body_for(remote)).json()
    assert (store["per_page"], store["sync_interval_minutes"]) == (50, 60)
    assert (store["storefront_url"], store["currency"]) == (None, None)
    assert (store["language"], store["field_mappings"]) == ("en", {})
    assert store["next_sync_at"] is not None
    assert store["last_synced_at"] is None
    root = f"/api/generic-api/webhooks/{store['store_token']}"
    for part in ("products", "orders", "sync"):
        assert store["webhook_urls"][part].endswith(f"{root}/{part}")


@pytest.mark.django_db(transaction=True)
def test_no_answer_and_no_log_ever_holds_the_credential(api, drain, caplog):
    caplog.set_level(logging.DEBUG)
    bodies = []
    with MisbehavingStore(auth_method="basic_auth") as remote:
        refused = body_for(remote, credentials={"username": "hi", "password": CANARY})
        bodies.append(api.post("stores/", refused))
        assert bodies[0].status_code == 422
        made = api.post("stores/", body_for(remote))
        path = f"stores/{made.json()['id']}/"
        drain()
        slip = {"credentials": {"password": "super:secret"}}
        bodies += [made, api.patch(path, slip), api.patch(path, {"name": "New"})]
        bodies.append(api.post(f"{path}sync/", {"resource": "all"}))
    for listed in ("stores/", path, f"{path}sync-runs/", f"{path}products/"):
        bodies.append(api.get(listed))
    said = caplog.text + "".join(b.content.decode() for b in bodies)
    for secret in (CANARY, "super:secret", "aGl3ZWxpbms6c3VwZXI6c2VjcmV0"):
        assert secret not in said
    stored = json.dumps(list(SyncRun.objects.values_list("curl", flat=True)))
    assert "super:secret" not in stored


def test_blanks_around_the_credential_and_slashes_of_the_address_go(api):
    with MisbehavingStore() as remote:
        key = remote.credentials["api_key"]
        answer = api.post(
            "stores/",
            body_for(
                remote,
                base_url=f" {remote.url}/ ",
                credentials={"api_key": f" {key}\n", "token": "left over"},
            ),
        )
    assert answer.status_code == 201, answer.content
    assert answer.json()["base_url"] == remote.url


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"credentials": {"api_key": "wrong"}}, "401"),
        ({"endpoints": {"health": "/nowhere"}}, "404"),
        ({"base_url": "http://no-such-host.invalid"}, "no-such-host.invalid"),
        ({"environment": "production"}, "https"),
        ({"environment": "production", "base_url": "https://10.0.0.1"}, "public"),
        ({"environment": "production", "base_url": "https://127.0.0.1"}, "public"),
        ({"base_url": "http://169.254.169.254"}, "public"),
    ],
)
def test_what_cannot_be_reached_is_a_clear_sentence_and_nothing_stored(
    api, change, said
):
    with MisbehavingStore() as remote:
        answer = api.post("stores/", body_for(remote) | change)
    assert answer.status_code == 422, answer.content
    assert set(answer.json()) == {"code", "detail"}
    assert answer.json()["code"] == "connection_failed"
    assert answer.json()["detail"].startswith("Could not connect to API")
    assert said in answer.json()["detail"].lower()
    assert not Store.objects.exists()
    assert not SyncRun.objects.exists()


@pytest.mark.parametrize("health", ["redirect_other_origin", "accepted", "forbidden"])
def test_a_health_that_is_not_200_does_not_connect(api, health):
    with MisbehavingStore(health_mode=health) as remote:
        answer = api.post("stores/", body_for(remote))
    assert (answer.status_code, answer.json()["code"]) == (422, "connection_failed")
    assert not Store.objects.exists()


def test_a_health_that_answers_a_page_connects(api):
    with MisbehavingStore(health_mode="html") as remote:
        assert api.post("stores/", body_for(remote)).status_code == 201


def test_an_address_that_ends_in_an_endpoint_is_told_so(api):
    with MisbehavingStore() as remote:
        body = body_for(remote, base_url=f"{remote.url}/api/products/")
        answer = api.post("stores/", body)
    assert answer.status_code == 422
    assert "/api/products" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": None}, "name"),
        ({"name": 7}, "name"),
        ({"name": ["a"]}, "name"),
        ({"name": "x" * 5000}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"base_url": "not an address"}, "base_url"),
        ({"base_url": "ftp://example.com"}, "base_url"),
        ({"base_url": "http://user:pass@example.com"}, "base_url"),
        ({"base_url": "http://127.0.0.1/" + "a" * 5000}, "base_url"),
        ({"base_url": "http://127.0.0.1/\x00"}, "base_url"),
        ({"storefront_url": "javascript:alert(1)"}, "storefront_url"),
        ({"environment": "staging"}, "environment"),
        ({"environment": ["sandbox"]}, "environment"),
        ({"auth_method": "oauth"}, "auth_method"),
        ({"auth_method": {"api_key": 1}}, "auth_method"),
        ({"credentials": ["sk"]}, "credentials"),
        ({"credentials": "sk"}, "credentials"),
        ({"credentials": None}, "credentials"),
        ({"credentials": {}}, "credentials.api_key"),
        ({"credentials": {"token": "sk"}}, "credentials.api_key"),
        ({"credentials": {"api_key": {"deep": 1}}}, "credentials.api_key"),
        ({"credentials": {"api_key": 7}}, "credentials.api_key"),
        ({"credentials": {"api_key": "a\nb"}}, "credentials.api_key"),
        ({"credentials": {"api_key": "\x00"}}, "credentials.api_key"),
        ({"endpoints": []}, "endpoints"),
        ({"endpoints": {"health": 1}}, "endpoints.health"),
        ({"endpoints": {"products": "https://evil.example/x"}}, "endpoints.products"),
        ({"endpoints": {"orders": "/a/../b"}}, "endpoints.orders"),
        ({"field_mappings": []}, "field_mappings"),
        ({"field_mappings": {"nam": "title"}}, "field_mappings.nam"),
        ({"field_mappings": {"name": "a\x00"}}, "field_mappings.name"),
        ({"field_mappings": {"name": 5}}, "field_mappings.name"),
        ({"field_mappings": {"products": {"x": "y"}}}, "field_mappings.products.x"),
        ({"field_mappings": {"products": []}}, "field_mappings.products"),
        ({"field_mappings": {f"f{n}": "x" for n in range(5000)}}, "field_mappings"),
        ({"per_page": 0}, "per_page"),
        ({"per_page": 101}, "per_page"),
        ({"per_page": "abc"}, "per_page"),
        ({"per_page": True}, "per_page"),
        ({"per_page": 1.5}, "per_page"),
        ({"per_page": 10**400}, "per_page"),
        ({"per_page": None}, "per_page"),
        ({"sync_interval_minutes": 0}, "sync_interval_minutes"),
        ({"sync_interval_minutes": -1}, "sync_interval_minutes"),
        ({"sync_interval_minutes": 10**12}, "sync_interval_minutes"),
        ({"sync_interval_minutes": "hourly"}, "sync_interval_minutes"),
        ({"currency": "Dollar"}, "currency"),
        ({"currency": 840}, "currency"),
        ({"language": "English!"}, "language"),
    ],
)
def test_bad_input_names_its_field_and_asks_no_store(api, change, field):
    with MisbehavingStore() as remote:
        answer = api.post("stores/", body_for(remote) | change)
        assert remote.requests == []
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] == "invalid"
    assert field in answer.json()["fields"]
    assert len(answer.content) < 2000
    assert not Store.objects.exists()


@pytest.mark.parametrize("missing", ["name", "base_url", "environment", "auth_method"])
def test_what_is_required_is_asked_for(api, missing):
    with MisbehavingStore() as remote:
        body = body_for(remote)
        del body[missing]
        answer = api.post("stores/", body)
    assert (answer.status_code, set(answer.json()["fields"])) == (400, {missing})


def test_every_error_is_told_at_once(api):
    answer = api.post("stores/", {"per_page": 0, "name": ""})
    assert set(answer.json()["fields"]) == {
        "name",
        "base_url",
        "environment",
        "auth_method",
        "credentials",
        "per_page",
    }


def test_sandboxes_are_not_available_unless_the_operator_allows_them(api, settings):
    settings.SANDBOX_ALLOWED_HOSTS = frozenset()
    with MisbehavingStore() as remote:
        answer = api.post("stores/", body_for(remote))
    assert (answer.status_code, set(answer.json()["fields"])) == (400, {"environment"})


def test_attempts_are_limited_by_user_and_slips_are_none(api):
    closed = {"base_url": "http://10.0.0.1"}  # refused without a packet
    with MisbehavingStore() as remote:
        for _ in range(3):
            assert api.post("stores/", {}).status_code == 400
        statuses = [
            api.post("stores/", body_for(remote) | closed).status_code
            for _ in range(61)
        ]
        assert statuses == [422] * 60 + [429]
        answer = api.post("stores/", body_for(remote))
        assert answer.json()["code"] == "throttled"
        assert 0 < int(answer["Retry-After"]) <= 61
        assert remote.requests == []
        someone = Api(make_user())
        assert someone.post("stores/", body_for(remote)).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_two_workspaces_may_connect_the_same_store(api, drain):
    with MisbehavingStore() as remote:
        other = Api(make_user())
        assert api.post("stores/", body_for(remote)).status_code == 201
        assert other.post("stores/", body_for(remote)).status_code == 201
        drain()
    assert Product.objects.count() == 6
    assert api.get("stores/").json()["count"] == 1
