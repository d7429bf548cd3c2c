"""The Connection page: cut a store off, connect it again, change its secrets, end it."""

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from commerce.models import Product, Store
from hiwelink.teams.models import AuditEntry
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_order, make_product, make_run, make_store
from tests.stores import MisbehavingStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote():
    with MisbehavingStore() as remote:
        yield remote


@pytest.fixture
def store(client, remote):
    store = make_store(name="Nordlicht", base_url=remote.url)
    client.force_login(owner_of(store))
    return store


def url_of(store: Store, part: str = "") -> str:
    return f"/dashboard/stores/{store.uid}/connection/{part}"


def act(client, store: Store, part: str, **data):
    return client.post(url_of(store, part), data, follow=True)


def with_key(remote: MisbehavingStore, key: str = "") -> dict:
    return {"auth_method": "api_key", "api_key": key or remote.credentials["api_key"]}


def acts() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("act", flat=True))


def test_disconnecting_drops_the_credential_and_keeps_the_rest(client, store):
    make_product(store)
    run = make_run(store, status="running")
    before = client.get(url_of(store)).content.decode()
    assert "Webhooks are refused with 410" in before
    assert "sk_test_factory" not in before
    page = act(client, store, "disconnect/").content.decode()
    store.refresh_from_db()
    run.refresh_from_db()
    assert (store.status, store.credentials, run.status) == (
        "disconnected",
        None,
        "cancelled",
    )
    assert store.products.count() == 1
    assert "its credential is deleted" in page
    assert "Reconnect" in page
    assert acts() == ["store_disconnected"]


def test_reconnecting_tries_the_credential_then_syncs(client, store, remote):
    act(client, store, "disconnect/")
    wrong = act(client, store, "reconnect/", **with_key(remote, "sk_wrong_one"))
    content = wrong.content.decode()
    assert "Could not connect to API" in content
    assert "401 Unauthorized" in content
    assert "sk_wrong_one" not in content
    assert Store.objects.get().status == "disconnected"
    page = act(client, store, "reconnect/", **with_key(remote)).content.decode()
    store.refresh_from_db()
    assert store.is_connected
    assert {run.trigger for run in store.sync_runs.all()} == {"reconnect"}
    assert "Products and orders are being synced" in page
    assert acts() == ["store_disconnected", "store_reconnected"]


def test_a_new_credential_is_proved_before_the_old_one_goes(client, store, remote):
    page = act(client, store, "credential/", **with_key(remote, "sk_wrong_one"))
    assert "Could not connect to API" in page.content.decode()
    assert Store.objects.get().credentials == {"api_key": "sk_test_factory"}
    page = act(client, store, "credential/", **with_key(remote))
    assert "The store accepts the new credential" in page.content.decode()
    assert Store.objects.get().credentials == remote.credentials
    assert acts() == ["credential_rotated"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"auth_method": "api_key"}, "Enter the API key."),
        ({"auth_method": "api_key", "api_key": "a\x01b"}, "control characters"),
        ({"auth_method": "bearer_token", "token": "a b"}, "without &quot;Bearer&quot;"),
        ({"auth_method": "basic_auth", "username": "a:b", "password": "c"}, "colon"),
        ({"auth_method": "none"}, "Select a valid choice"),
        ({}, "This field is required"),
    ],
)
def test_what_can_be_no_credential_asks_nobody(client, store, remote, data, sentence):
    assert sentence in act(client, store, "credential/", **data).content.decode()
    assert remote.requests == []
    assert Store.objects.get().credentials == {"api_key": "sk_test_factory"}


def test_a_disconnected_store_has_no_credential_to_replace(client, store, remote):
    act(client, store, "disconnect/")
    response = act(client, store, "credential/", **with_key(remote))
    assert "disconnected or deleted this store meanwhile" in response.content.decode()
    assert Store.objects.get().credentials is None


def test_a_new_token_says_until_when_the_old_one_works(client, store):
    old = store.token
    page = act(client, store, "token/", overlap_hours="24").content.decode()
    store.refresh_from_db()
    assert store.token != old
    assert store.previous_token == old
    assert f'The old token <code class="break">{old}</code> works until' in page
    assert "in 24 hours" in page or "in 1 day" in page
    assert str(store.token) in page
    page = act(client, store, "token/", overlap_hours="0").content.decode()
    assert "works until" not in page
    assert Store.objects.get().previous_token is None
    assert acts() == ["token_rotated", "token_rotated"]


def test_an_old_token_that_ended_is_not_shown(client, store):
    Store.objects.update(
        previous_token=store.uid, previous_token_expires_at=timezone.now()
    )
    assert "works until" not in client.get(url_of(store)).content.decode()


@pytest.mark.parametrize("hours", ["-1", "99999", "", "soon"])
def test_an_overlap_nobody_offered_changes_nothing(client, store, hours):
    act(client, store, "token/", overlap_hours=hours)
    assert Store.objects.get().token == store.token


@pytest.mark.parametrize("typed", ["", "nordlicht", "Nord", "Nordlicht 2"])
def test_deleting_needs_the_name_typed(client, store, typed):
    page = act(client, store, "delete/", name=typed).content.decode()
    assert Store.objects.get().deleting_at is None
    assert "Type" in page
    assert acts() == []


@pytest.mark.django_db(transaction=True)
def test_a_deleted_store_is_gone_at_once_and_its_removal_is_watched(
    client, store, drain
):
    for _ in range(3):
        make_product(store)
        make_order(store)
    page = act(client, store, "delete/", name=" Nordlicht ").content.decode()
    assert "What it owned is being removed" in page
    assert "Being removed" in page
    assert "Waiting for its turn" in page
    assert 'hx-get="/dashboard/stores/"' in page
    assert client.get(f"/dashboard/stores/{store.uid}/").status_code == 404
    assert client.get(url_of(store)).status_code == 404
    assert "Nordlicht" not in client.get("/dashboard/").content.decode()
    assert Product.objects.count() == 3
    Store.objects.update(deletion_total=8, deletion_done=6)
    part = client.get("/dashboard/stores/").content.decode()
    assert "6 of 8 rows" in part
    assert 'value="75"' in part
    assert OrmQ.objects.count() == 1
    drain()
    assert not Store.objects.exists()
    assert "Being removed" not in client.get("/dashboard/").content.decode()
    assert acts() == ["store_deleted"]


def test_viewers_see_the_state_and_no_form(client, store):
    client.force_login(make_viewer(store))
    content = client.get(url_of(store)).content.decode()
    assert "Stored, encrypted" in content
    assert 'name="api_key"' not in content
    assert "Delete the store" not in content


def test_trying_credentials_has_a_limit(client, store, remote, monkeypatch):
    monkeypatch.setattr("commerce.throttles.ConnectThrottle.rate", "1/min")
    act(client, store, "credential/", **with_key(remote, "sk_wrong_one"))
    page = act(client, store, "credential/", **with_key(remote)).content.decode()
    assert "You have tried often" in page
    assert Store.objects.get().credentials == {"api_key": "sk_test_factory"}
