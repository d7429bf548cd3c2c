"""/api/v1/: the log, replays, secrets and settings, from outside."""

import json
import uuid

import pytest
from django.utils import timezone

from tests.commerce.api.conftest import Api
from tests.commerce.people import make_viewer
from tests.factories import make_product, make_store, make_user
from tests.webhooks.conftest import OK
from webhooks.models import Delivery

LAMP = {"event": "product.updated", "data": {"id": "42", "name": "Lamp", "price": 5}}


@pytest.fixture
def user(db):
    return make_user()


@pytest.fixture
def api(user):
    return Api(user)


@pytest.fixture
def store(user):
    return make_store(user)


@pytest.fixture
def log(api, store):
    def read(**query):
        answer = api.get(f"stores/{store.uid}/deliveries/", **query)
        assert answer.status_code == 200, answer.content
        return answer.json()["results"]

    return read


@pytest.fixture
def act(api, store):
    """Calls below the store: act("POST", "webhook-secret/", {...})."""

    def call(method, path, body=None, as_user=None):
        caller = Api(as_user) if as_user else api
        return caller.send(method, f"stores/{store.uid}/{path}", body or {})

    return call


def test_the_log_lists_what_came_newest_first(sender, log):
    sender.post("products", LAMP)
    sender.post("products", b"nonsense")
    refused, applied = log()
    assert applied["event"] == "product.updated"
    assert applied["status"] == "applied"
    assert (applied["outcome"], applied["external_id"]) == ("created", "42")
    assert (applied["error"], applied["http_status"]) == (None, 200)
    assert applied["signature"] == "unsigned"
    assert (refused["status"], refused["http_status"]) == ("refused", 400)
    assert refused["error"]["code"] == "not_json"
    assert refused["event"] is None


def test_a_delivery_shows_its_body_headers_and_changes_but_no_secret(sender, act, log):
    body = {"event": "product.created", "data": {"id": 7, "name": "é/è"}}
    body["data"]["access_token"] = "abcdef"
    body["note"] = "sk_test_factory"
    sender.post("products", body, user_agent="Shop/1")
    shown = act("GET", f"deliveries/{log()[0]['id']}/").json()
    assert shown["headers"]["user-agent"] == "Shop/1"
    assert shown["changes"]["name"] == [None, "é/è"]
    assert '"product.created"' in shown["body"]
    assert "abcdef" not in shown["body"] and "sk_test" not in shown["body"]


def test_it_is_filtered(sender, log):
    sender.post("products", LAMP)
    sender.order("created")(id="é9", customer_email="bob@example.com")
    sender.post("orders", LAMP)
    assert len(log()) == 3
    assert len(log(status="refused")) == 1
    assert len(log(event="order.created")) == 1
    assert len(log(event="product")) == 2
    assert len(log(external_id="42")) == 1
    assert len(log(date=timezone.now().date().isoformat())) == 3
    assert log(date="2024-01-15") == []


@pytest.mark.parametrize("encode", [True, False])
def test_the_body_is_searched_however_it_is_escaped(sender, log, encode):
    body = {"event": "order.created", "data": {"id": 1, "status": 'Zoë "50%" a/b\\c_'}}
    text = json.dumps(body, ensure_ascii=encode).encode()
    sender.post("orders", text.replace(b"a/b", rb"a\/b") if encode else text)
    for found in ("zoë", '"50%', "a/b\\c_", "ORDER.created", "50%"):
        assert len(log(search=found)) == 1, found
    for absent in ("zoe", "51%", "50x", "a_b", "9%", "\\303"):
        assert log(search=absent) == [], absent


@pytest.mark.parametrize("query", [{"status": "lost"}, {"date": "yesterday"}])
def test_a_filter_that_cannot_be_is_named(api, store, query):
    answer = api.get(f"stores/{store.uid}/deliveries/", **query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == list(query)


def test_a_refused_delivery_is_replayed_once_the_mapping_is_mended(
    store, sender, act, log
):
    assert (
        sender.product("created")(code_id="9", name="Cup").json()["code"]
        == "missing_id"
    )
    store.field_mappings = {"id": "code_id"}
    store.save()
    answer = act("POST", f"deliveries/{log()[0]['id']}/replay/")
    assert answer.status_code == 200
    replayed = answer.json()
    assert (replayed["status"], replayed["outcome"]) == ("applied", "created")
    assert (replayed["error"], replayed["http_status"]) == (None, 400)
    assert replayed["replayed_at"] and replayed["replay_outcome"] == "created"
    assert store.products.get().external_id == "9"


def test_a_replay_never_overwrites_newer_news(store, sender, act, log):
    sender.product("created")(id="1", name="Old")
    sender.product("updated")(id="1", name="New")
    old = log()[1]["id"]
    replayed = act("POST", f"deliveries/{old}/replay/").json()
    assert replayed["replay_outcome"] == "stale"
    assert (replayed["status"], replayed["outcome"]) == ("applied", "created")
    assert store.products.get().name == "New"


def test_what_was_never_understood_cannot_be_replayed(sender, act, log):
    sender.post("products", b"nonsense")
    answer = act("POST", f"deliveries/{log()[0]['id']}/replay/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_replayable")


def test_a_secret_is_shown_once_and_the_one_before_works_on(store, act):
    first = act("POST", "webhook-secret/").json()
    second = act("POST", "webhook-secret/", {"overlap_hours": 1}).json()
    assert set(first) == {"secret"} and first != second
    assert first["secret"].startswith("whsec_")
    assert store.webhook_secrets.count() == 2
    act("POST", "webhook-secret/", {"overlap_hours": 0})
    assert store.webhook_secrets.count() == 1
    assert act("POST", "webhook-secret/", {"overlap_hours": -1}).status_code == 400


def test_signatures_are_required_only_of_a_store_with_a_secret(sender, act):
    switch = {"require_signatures": True}
    answer = act("PATCH", "webhook-settings/", switch)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_secret")
    act("POST", "webhook-secret/")
    answer = act("PATCH", "webhook-settings/", switch)
    assert answer.json() == {"require_signatures": True, "has_secret": True}
    assert act("GET", "webhook-settings/").json() == answer.json()
    assert sender.post("products", LAMP).status_code == 401
    act("PATCH", "webhook-settings/", {"require_signatures": False})
    assert sender.post("products", LAMP).json() == OK
    assert act("PATCH", "webhook-settings/", {}).status_code == 400


def test_another_merchant_finds_nothing_and_a_viewer_changes_nothing(
    store, sender, act, log
):
    sender.post("products", LAMP)
    one = f"deliveries/{log()[0]['id']}/"
    stranger, viewer = make_user(), make_viewer(store)
    calls = [
        ("GET", "deliveries/", 200),
        ("GET", one, 200),
        ("POST", one + "replay/", 403),
        ("POST", "webhook-secret/", 403),
        ("GET", "webhook-settings/", 200),
        ("PATCH", "webhook-settings/", 403),
    ]
    for method, path, for_viewers in calls:
        assert act(method, path, as_user=stranger).status_code == 404
        assert act(method, path, as_user=viewer).status_code == for_viewers
    other = make_store(make_user())
    theirs = Delivery.objects.create(store=other, endpoint="sync", status="applied")
    for uid in (theirs.uid, uuid.uuid4(), "x", "%00"):
        assert act("GET", f"deliveries/{uid}/").status_code == 404


def test_the_product_names_the_delivery_that_wrote_it(store, sender, api, log):
    make_product(store, "42", name="Before")
    sender.post("products", LAMP)
    product = api.get(f"stores/{store.uid}/products/42/").json()
    assert product["written_by"] == {"type": "delivery", "id": log()[0]["id"]}
