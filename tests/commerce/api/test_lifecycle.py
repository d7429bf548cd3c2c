"""Disconnect, reconnect, rotate, over the API."""

import json
import math

import pytest
from django.utils import timezone

from commerce.models import Store
from tests.factories import make_product, make_run, make_store, make_token, make_user
from tests.stores import MisbehavingStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote():
    with MisbehavingStore() as remote:
        yield remote


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def store(user, remote):
    return make_store(user, base_url=remote.url, credentials={"api_key": "old-key"})


@pytest.fixture
def act(client, user, store):
    auth = make_token(user)

    def post(name: str, body: dict):
        return client.post(
            f"/api/v1/stores/{store.uid}/{name}/",
            json.dumps(body),
            content_type="application/json",
            **auth,
        )

    return post


def test_disconnecting_drops_the_credential_and_keeps_the_catalogue(store, act):
    make_product(store)
    run = make_run(store)
    answer = act("disconnect", {})
    assert answer.status_code == 200
    assert answer.json()["status"] == "disconnected"
    assert answer.json()["has_credentials"] is False
    assert answer.json()["counts"]["products"] == 1
    assert Store.objects.get().credentials is None
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert act("sync", {"resource": "all"}).status_code == 409
    assert act("disconnect", {}).status_code == 200


def test_reconnecting_proves_the_credential_and_syncs(store, act, remote):
    act("disconnect", {})
    wrong = act("reconnect", {"credentials": {"api_key": "wrong"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "connection_failed")
    assert Store.objects.get().status == "disconnected"
    right = act("reconnect", {"credentials": remote.credentials})
    assert (right.status_code, right.json()["status"]) == (200, "connected")
    triggers = store.sync_runs.values_list("trigger", flat=True)
    assert list(triggers) == ["reconnect", "reconnect"]


def test_a_new_credential_is_proved_before_the_old_one_goes(store, act, remote):
    wrong = act("rotate-credentials", {"credentials": {"api_key": "wrong"}})
    assert wrong.status_code == 422
    assert Store.objects.get().credentials == {"api_key": "old-key"}
    missing = act("rotate-credentials", {"credentials": {"token": "x"}})
    assert missing.status_code == 400
    assert "credentials.api_key" in missing.json()["fields"]
    right = act("rotate-credentials", {"credentials": remote.credentials})
    assert right.status_code == 200
    assert Store.objects.get().credentials == remote.credentials
    act("disconnect", {})
    gone = act("rotate-credentials", {"credentials": remote.credentials})
    assert (gone.status_code, gone.json()["code"]) == (409, "not_connected")


def test_a_rotated_token_leaves_the_old_one_for_the_overlap(store, act):
    old = store.token
    answer = act("rotate-token", {"overlap_hours": 2})
    assert answer.json()["store_token"] != str(old)
    store.refresh_from_db()
    assert store.previous_token == old
    left = (store.previous_token_expires_at - timezone.now()).total_seconds()
    assert math.isclose(left, 7200, abs_tol=60)
    act("rotate-token", {"overlap_hours": 0})
    store.refresh_from_db()
    assert store.previous_token is None
    assert act("rotate-token", {"overlap_hours": -1}).status_code == 400
