"""The doctor on the dashboard: before connecting, and a store's own page."""

import html

import pytest
from django.core.cache import cache
from django.test import Client

from commerce.models import Store
from commerce.throttles import ConnectThrottle
from tests.commerce.people import make_viewer, owner_of
from tests.commerce.test_connect_page import entered
from tests.factories import make_run, make_store, make_user
from tests.stores import API_KEY, MisbehavingStore

pytestmark = pytest.mark.django_db
URL = "/dashboard/stores/new/generic-api/check/"
PART = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _fresh_throttles():
    cache.clear()


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def connected(remote, **fields) -> Store:
    return make_store(base_url=remote.url, credentials=remote.credentials, **fields)


def test_an_address_is_checked_below_its_form(client, user):
    with MisbehavingStore("not_found", guard="anybody") as remote:
        response = client.post(URL, entered(remote.url, name=""), headers=PART)
    content = text_of(response)
    assert response.status_code == 200
    assert "<form" not in content  # the page's own stays as it is
    assert "faults to mend" in content
    assert "The products endpoint does not answer 200" in content
    assert "X-API-Key: YOUR_KEY" in content
    assert API_KEY not in content
    assert not Store.objects.exists()


def test_without_scripts_the_form_comes_back_with_the_report(client, user):
    with MisbehavingStore() as remote:
        content = text_of(client.post(URL, entered(remote.url, name="Nordlicht")))
    assert "Everything is as it should be" in content
    assert 'value="Nordlicht"' in content
    assert "paste it again" in content
    assert API_KEY not in content


def test_the_connect_page_offers_the_check(client, user):
    content = text_of(client.get("/dashboard/stores/new/generic-api/"))
    assert f'formaction="{URL}"' in content
    assert f'hx-post="{URL}"' in content


def test_mappings_edited_in_the_preview_are_part_of_the_check(client, user):
    data = {"mapping_mode": "fields", "map-products-name": "label"}
    with MisbehavingStore(products=[{"id": 1, "label": "Lamp"}]) as remote:
        content = text_of(client.post(URL, entered(remote.url) | data, headers=PART))
    assert "All products have a name" in content


@pytest.mark.parametrize("headers", [{}, PART])
def test_what_cannot_be_checked_says_which_field_is_wrong(client, user, headers):
    data = entered("nonsense", api_key="", field_mappings="{")
    content = text_of(client.post(URL, data, headers=headers))
    assert "begin with https://" in content
    assert "Enter the API key" in content
    assert "not valid JSON" in content
    assert "faults" not in content


def test_a_stores_page_runs_the_check(client):
    with MisbehavingStore("bom") as remote:
        store = connected(remote)
        client.force_login(owner_of(store))
        page = f"/dashboard/stores/{store.uid}/doctor/"
        before = text_of(client.get(page))
        assert remote.requests == []
        assert 'aria-current="page">Doctor' in before
        after = text_of(client.post(f"{page}check/"))
        part = text_of(client.post(f"{page}check/", headers=PART))
    for content in (after, part):
        assert "It works, with 2 remarks" in content
        assert "byte order mark" in content
    assert "<!doctype html>" in after
    assert "<!doctype html>" not in part


def test_what_a_store_sent_is_shown_as_text(client):
    products = [{"id": 1, "nam": "<script>alert(1)</script>"}]
    with MisbehavingStore(products=products) as remote:
        store = connected(remote)
        client.force_login(owner_of(store))
        url = f"/dashboard/stores/{store.uid}/doctor/check/"
        content = client.post(url).content.decode()
    assert "<script>alert" not in content
    assert "&lt;script&gt;alert" in content


def test_a_disconnected_store_is_told_what_can_be_checked(client):
    with MisbehavingStore() as remote:
        store = connected(remote)
        Store.objects.update(status="disconnected", credentials=None)
        client.force_login(owner_of(store))
        page = f"/dashboard/stores/{store.uid}/doctor/"
        assert "only what needs no credential" in text_of(client.get(page))
        assert "The store is disconnected" in text_of(client.post(f"{page}check/"))
        assert not any("x-api-key" in r.headers for r in remote.requests)


def test_who_may_have_a_store_checked(client, db):
    with MisbehavingStore() as remote:
        store = connected(remote)
        page = f"/dashboard/stores/{store.uid}/doctor/"
        assert client.post(f"{page}check/").url.startswith("/account/login/")
        assert client.post(URL).url.startswith("/account/login/")
        client.force_login(make_viewer(store))
        assert "Check this store" not in text_of(client.get(page))
        assert client.post(f"{page}check/").status_code == 403
        assert client.post(URL, entered(remote.url)).status_code == 403
        client.force_login(make_user())
        assert client.post(f"{page}check/").status_code == 404
        client.force_login(owner_of(store))
        assert client.get(f"{page}check/").status_code == 405
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(owner_of(store))
        assert strict.post(f"{page}check/").status_code == 403
        assert strict.post(URL, entered(remote.url)).status_code == 403
        assert remote.requests == []


def test_checks_are_throttled(client, user, monkeypatch):
    monkeypatch.setattr(ConnectThrottle, "rate", "3/min")
    closed = entered("http://10.0.0.1")  # refused without a packet
    for _ in range(3):
        assert "The address cannot be used" in text_of(client.post(URL, closed))
    with MisbehavingStore() as remote:
        for url in (URL, "/dashboard/stores/new/generic-api/"):
            assert "Try again in" in text_of(client.post(url, entered(remote.url)))
        store = make_store(user, base_url=remote.url)
        url = f"/dashboard/stores/{store.uid}/doctor/check/"
        assert "Try again in" in text_of(client.post(url))
        assert remote.requests == []


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "failed", "error_code": "timeout", "error_detail": "Too slow."},
        {"status": "succeeded"},  # of nothing
    ],
)
def test_a_run_that_went_wrong_leads_to_the_doctor(client, fields):
    store = make_store()
    run = make_run(store, **fields)
    client.force_login(owner_of(store))
    content = text_of(client.get(f"/dashboard/stores/{store.uid}/runs/{run.uid}/"))
    assert f'<a href="/dashboard/stores/{store.uid}/doctor/">Let the doctor' in content
