"""A store's settings page: what is entered is kept, or told wrong at its field."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache

from commerce.throttles import ConnectThrottle
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_store
from tests.stores import API_KEY, MisbehavingStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote():
    with MisbehavingStore() as remote:
        yield remote


@pytest.fixture
def store(client, remote):
    store = make_store(base_url=remote.url, credentials={"api_key": API_KEY})
    client.force_login(owner_of(store))
    return store


def page_of(store):
    return f"/dashboard/stores/{store.uid}/settings/"


def entered(store, **changes):
    """What a browser sends for the form."""
    return {
        "name": store.name,
        "base_url": store.base_url,
        "storefront_url": "",
        "health": "/health",
        "products": "/api/products",
        "orders": "/api/orders",
        "per_page": "50",
        "sync_interval_minutes": "60",
        "custom_minutes": "",
        "currency": "",
        "language": "en",
    } | changes


def error_at(content, field):
    found = re.search(rf'id="id_{field}_error">(.*?)</div>', content, re.DOTALL)
    return re.sub("<[^>]*>", "", found[1]).strip() if found else ""


def test_everything_is_kept(client, store, remote):
    changes = {
        "name": " Nordlicht ",
        "base_url": f"{remote.url}/ ",
        "storefront_url": "https://shop.example/",
        "health": "/health?full=1",
        "products": "/v2/products",
        "orders": "",
        "per_page": "20",
        "sync_interval_minutes": "360",
        "currency": "EUR",
        "language": "de",
    }
    response = client.post(page_of(store), entered(store, **changes))
    assert response.url == page_of(store)
    store.refresh_from_db()
    assert (store.name, store.base_url) == ("Nordlicht", remote.url)
    assert store.storefront_url == "https://shop.example"
    assert store.health_path == "/health?full=1"
    assert (store.products_path, store.orders_path) == ("/v2/products", "/api/orders")
    assert (store.per_page, store.sync_interval_minutes) == (20, 360)
    assert (store.currency, store.language) == ("EUR", "de")
    assert store.next_sync_at is not None
    assert len(remote.asked("health")) == 1
    content = client.get(page_of(store)).content.decode()
    assert "Settings saved." in content
    assert 'value="/v2/products"' in content


@pytest.mark.parametrize(
    ("sent", "minutes"),
    [
        ({"sync_interval_minutes": ""}, None),
        ({"sync_interval_minutes": "15"}, 15),
        ({"sync_interval_minutes": "custom", "custom_minutes": "7"}, 7),
        ({"sync_interval_minutes": "60", "custom_minutes": "7"}, 60),
    ],
)
def test_any_interval_can_be_chosen_without_asking_the_store(
    client, store, remote, sent, minutes
):
    client.post(page_of(store), entered(store, **sent))
    store.refresh_from_db()
    assert store.sync_interval_minutes == minutes
    assert (store.next_sync_at is not None) == (minutes in (15, 7))
    assert remote.requests == []
    content = client.get(page_of(store)).content.decode()
    select = content[content.index('id="id_sync_interval_minutes"') :]
    chosen = re.search(r'<option value="(\w*)" selected>', select)
    assert chosen[1] == sent["sync_interval_minutes"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": " "}, "name", "required"),
        ({"name": "x" * 121}, "name", "120"),
        ({"base_url": "ftp://x"}, "base_url", "http"),
        ({"base_url": "http://127.0.0.1:1"}, "base_url", "Disconnect"),
        ({"storefront_url": "nowhere"}, "storefront_url", "https"),
        ({"health": "https://elsewhere.example/"}, "health", "path"),
        ({"per_page": "0"}, "per_page", "1"),
        ({"per_page": "101"}, "per_page", "100"),
        ({"per_page": "x"}, "per_page", "number"),
        ({"sync_interval_minutes": "7"}, "sync_interval_minutes", "valid"),
        ({"sync_interval_minutes": "custom"}, "custom_minutes", "minutes"),
        (
            {"sync_interval_minutes": "custom", "custom_minutes": "43201"},
            "custom_minutes",
            "43200",
        ),
        ({"currency": "euro"}, "currency", "valid"),
        ({"language": ""}, "language", "required"),
        ({"language": "xx"}, "language", "valid"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(
    client, store, changes, field, words
):
    data = entered(store, **({"name": "Another"} | changes))
    content = client.post(page_of(store), data).content.decode()
    assert words in error_at(content, field)
    before = store.name
    store.refresh_from_db()
    assert store.name == before
    assert f'<h1 class="break">{before}</h1>' in content


def test_a_path_that_does_not_answer_is_not_kept(client, store, remote):
    remote.health_mode = "not_found"
    content = client.post(
        page_of(store), entered(store, health="/other")
    ).content.decode()
    assert "Could not connect to API" in content
    assert 'value="/other"' in content
    assert API_KEY not in content
    store.refresh_from_db()
    assert store.health_path == "/health"


def test_codes_the_api_took_are_offered_and_kept(client, store):
    store.currency, store.language = "XTS", "en-GB"
    store.sync_interval_minutes = 47
    store.save()
    content = client.get(page_of(store)).content.decode()
    for value in ("XTS", "en-GB", "custom"):
        assert f'<option value="{value}" selected>' in content
    assert 'value="47"' in content
    sent = {"currency": "XTS", "language": "en-GB", "custom_minutes": "47"}
    sent["sync_interval_minutes"] = "custom"
    assert client.post(page_of(store), entered(store, **sent)).status_code == 302


def test_a_disconnected_store_moves_without_being_asked(client, remote):
    store = make_store(status="disconnected", credentials=None)
    client.force_login(owner_of(store))
    client.post(page_of(store), entered(store, base_url="https://new.example"))
    store.refresh_from_db()
    assert store.base_url == "https://new.example"
    assert (remote.requests, store.next_sync_at) == ([], None)


def test_asking_is_throttled_and_other_changes_are_not(client, store, monkeypatch):
    cache.clear()
    monkeypatch.setattr(ConnectThrottle, "rate", "1/min")
    client.post(page_of(store), entered(store, health="/health?1"))
    content = client.post(
        page_of(store), entered(store, health="/health?2")
    ).content.decode()
    assert "too often" in content
    sent = entered(store, health="/health?1", name="Renamed")
    assert client.post(page_of(store), sent).status_code == 302


def test_viewers_look_at_the_settings_and_change_nothing(client, store):
    client.force_login(make_viewer(store))
    content = client.get(page_of(store)).content.decode()
    assert "disabled" in content
    assert "Save settings" not in content
    assert client.post(page_of(store), entered(store)).status_code == 403


def test_the_stores_page_leads_here(client, store):
    content = client.get(f"/dashboard/stores/{store.uid}/").content.decode()
    assert content.count(f'href="{page_of(store)}"') == 2  # the tab, and "Change"


def test_what_was_changed_is_in_the_audit_log_and_nothing_else(client, store):
    client.post(page_of(store), entered(store, name="Renamed", per_page="20"))
    client.post(page_of(store), entered(store, name="Renamed", per_page="20"))
    entry = store.workspace.audit_entries.get()
    assert (entry.act, entry.via) == ("store_changed", "dashboard")
    assert {"name", "per_page"} <= set(entry.detail.split(", "))
