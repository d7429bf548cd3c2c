"""Sensitive acts over the API are noted, with who and where and no secret."""

import json

import pytest

from hiwelink.teams.models import AuditEntry
from tests.commerce.api.conftest import body_for
from tests.stores import MisbehavingStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote():
    with MisbehavingStore() as remote:
        yield remote


def test_the_whole_life_of_a_store_is_noted(api, user, remote):
    credentials = {"credentials": remote.credentials}
    store = api.post("stores/", body_for(remote, name="Shop")).json()
    path = f"stores/{store['id']}/"
    api.patch(path, {"per_page": 10})
    api.post(f"{path}rotate-credentials/", credentials)
    api.post(f"{path}rotate-token/", {})
    api.post(f"{path}webhook-secret/", {})
    api.patch(f"{path}webhook-settings/", {"require_signatures": True})
    api.post(f"{path}disconnect/", {})
    api.post(f"{path}reconnect/", credentials)
    api.delete(path)
    entries = AuditEntry.objects.order_by("id")
    assert [entry.act for entry in entries] == [
        "store_connected",
        "store_changed",
        "credential_rotated",
        "token_rotated",
        "secret_rotated",
        "signatures_required",
        "store_disconnected",
        "store_reconnected",
        "store_deleted",
    ]
    for entry in entries:
        told = (entry.actor, entry.target, entry.via, entry.remote_address)
        assert told == (user, "Shop", "api", "127.0.0.1")
        for secret in remote.credentials.values():
            assert secret not in json.dumps(entry.detail)
    assert entries[1].detail == "per_page"


def test_what_was_refused_is_not_noted(api, remote):
    remote.auth_method = "bearer_token"
    api.post("stores/", body_for(remote) | {"credentials": {"token": "wrong"}})
    assert not AuditEntry.objects.exists()
