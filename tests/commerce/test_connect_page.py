"""Add Store -> Generic API, against real local stores."""

import re

import pytest
from django.test import Client
from django.utils.html import escape
from django_q.models import OrmQ

from commerce.models import Store
from hiwelink.accounts.models import Membership, Role
from tests.factories import make_user, workspace_of
from tests.stores import API_KEY, MisbehavingStore

pytestmark = pytest.mark.django_db
URL = "/dashboard/stores/new/generic-api/"


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def entered(base_url: str, **changes) -> dict[str, str]:
    """What a browser sends for the form, the fields left alone included."""
    return {
        "name": "Nordlicht",
        "base_url": base_url,
        "storefront_url": "",
        "environment": "sandbox",
        "auth_method": "api_key",
        "api_key": API_KEY,
        "token": "",
        "username": "",
        "password": "",
        "health": "/health",
        "products": "/api/products",
        "orders": "/api/orders",
        "field_mappings": "",
        "per_page": "50",
        "sync_interval_minutes": "60",
        "currency": "",
        "language": "en",
    } | changes


def test_adding_begins_with_the_type_of_the_store(client, user):
    content = client.get("/dashboard/stores/new/").content.decode()
    assert "Generic API" in content
    assert f'href="{URL}"' in content


@pytest.mark.parametrize(
    ("method", "credentials"),
    [
        ("api_key", {"api_key": f" {API_KEY}\n"}),
        ("bearer_token", {"token": f"{API_KEY} ", "api_key": "left behind"}),
        ("basic_auth", {"username": " hiwelink ", "password": " super:secret "}),
    ],
)
def test_a_store_is_connected_and_its_first_run_queued(
    client, user, method, credentials, django_capture_on_commit_callbacks
):
    with (
        MisbehavingStore(auth_method=method) as remote,
        django_capture_on_commit_callbacks(execute=True),
    ):
        data = entered(
            f" {remote.url}/ ", auth_method=method, api_key="", currency="EUR"
        )
        response = client.post(URL, data | credentials)
        assert len(remote.asked("health")) == 1
        store = Store.objects.get()
        assert store.credentials == remote.credentials
        assert store.base_url == remote.url
    assert response.url == f"/dashboard/stores/{store.uid}/"
    assert store.workspace == workspace_of(user)
    assert (store.status, store.auth_method, store.currency) == (
        "connected",
        method,
        "EUR",
    )
    runs = store.sync_runs.values_list("resource", "trigger", "status")
    assert set(runs) == {
        ("products", "initial", "queued"),
        ("orders", "initial", "queued"),
    }
    assert OrmQ.objects.count() == 1
    assert "is connected" in client.get(response.url).content.decode()


def test_optional_settings_are_kept(client, user):
    with MisbehavingStore() as remote:
        client.post(
            URL,
            entered(
                remote.url,
                field_mappings='{"name": "product_title"}',
                products=" /v2/items ",
                orders="",
                per_page="20",
                sync_interval_minutes="",
                language="de",
                storefront_url="https://shop.example/",
            ),
        )
    store = Store.objects.get()
    assert store.field_mappings == {"name": "product_title"}
    assert (store.products_path, store.orders_path) == ("/v2/items", "/api/orders")
    assert (store.per_page, store.sync_interval_minutes) == (20, None)
    assert (store.language, store.storefront_url) == ("de", "https://shop.example")


def test_a_refused_credential_keeps_the_input_but_never_the_secret(client, user):
    with MisbehavingStore() as remote:
        data = entered(
            remote.url,
            api_key="sk_live_very_secret",
            field_mappings='{"price": "retail_price"}',
        )
        response = client.post(URL, data)
    content = response.content.decode()
    assert Store.objects.count() == 0
    assert "Could not connect to API" in content
    assert "401" in content
    assert "No firewall or security group" in content
    assert "X-API-Key: YOUR_KEY" in content  # the curl line
    assert 'value="Nordlicht"' in content
    assert "retail_price" in content
    assert "paste it again" in content
    assert "sk_live_very_secret" not in content


def test_a_base_url_with_an_endpoints_path_is_pointed_out(client, user):
    with MisbehavingStore() as remote:
        data = entered(f"{remote.url}/api/products")
        content = client.post(URL, data).content.decode()
    assert "Could not connect to API" in content
    assert "which is part of an endpoint" in content


def test_a_store_that_does_not_answer_is_not_kept(client, user):
    with MisbehavingStore("refused") as remote:
        content = client.post(URL, entered(remote.url)).content.decode()
    assert "Could not connect to API" in content
    assert "refused the connection" in content
    assert Store.objects.count() == 0


def errors_of(content: str) -> dict[str, str]:
    """The error sentences of a page, by the field they are about."""
    found = re.findall(r'id="id_(\w+)_error"><p class="error">([^<]+)', content)
    return dict(found)


def test_every_error_stands_at_its_field_at_once(client, user):
    data = entered(
        "nonsense",
        name="",
        auth_method="basic_auth",
        username="a:b",
        health="https://elsewhere.example/health",
        field_mappings='{"name": 3}',
        per_page="500",
        storefront_url="ftp://shop.example",
        sync_interval_minutes="7",
        language="xx",
    )
    content = client.post(URL, data).content.decode()
    errors = errors_of(content)
    assert set(errors) == {
        "name",
        "base_url",
        "username",
        "password",
        "field_mappings",
        "per_page",
        "storefront_url",
        "sync_interval_minutes",
        "language",
    }
    assert "colon" in errors["username"]
    assert 'aria-invalid="true"' in content
    assert "Could not connect" not in content


def test_a_path_that_is_an_address_is_refused_at_its_field(client, user):
    data = entered("https://shop.example", health="https://elsewhere.example/health")
    content = client.post(URL, data).content.decode()
    assert set(errors_of(content)) == {"health"}
    assert '<details class="fold" open>' in content


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"name": ', "not valid JSON"),
        ('["name"]', "Enter a JSON object"),
        ("[" * 5_000, "cannot be read"),
        ('{"name": %s}' % ("9" * 5_000), "cannot be read"),
        ('{"title": "x", "nmae": "y"}', "has no field"),
        ('{"name": "\\u0000"}', "name"),
    ],
)
def test_mappings_that_cannot_be_used_say_why(client, user, text, sentence):
    data = entered("https://shop.example", field_mappings=text)
    assert (
        sentence in errors_of(client.post(URL, data).content.decode())["field_mappings"]
    )


@pytest.mark.parametrize("name", ["auth_method", "environment", "per_page", "base_url"])
def test_a_missing_field_is_an_error_of_the_form(client, user, name):
    data = entered("https://shop.example")
    del data[name]
    response = client.post(URL, data)
    assert response.status_code == 200
    assert Store.objects.count() == 0


def test_an_empty_post_is_an_error_of_the_form(client, user):
    assert "Some fields need your attention" in client.post(URL).content.decode()


def test_sandbox_is_offered_only_where_it_is_allowed(client, user, settings):
    assert 'value="sandbox"' in client.get(URL).content.decode()
    settings.SANDBOX_ALLOWED_HOSTS = frozenset()
    assert 'value="sandbox"' not in client.get(URL).content.decode()
    content = client.post(URL, entered("http://127.0.0.1:9")).content.decode()
    assert "environment" in errors_of(content)


def test_production_refuses_http(client, user):
    data = entered("http://shop.example", environment="production")
    content = client.post(URL, data).content.decode()
    assert "https" in content
    assert Store.objects.count() == 0


def test_the_form_is_protected_against_other_sites(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    response = client.post(URL, entered("https://shop.example"))
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


def test_whoever_edits_several_workspaces_says_where_the_store_goes(client, user):
    assert 'name="workspace"' not in client.get(URL).content.decode()
    theirs = workspace_of(make_user())
    own = workspace_of(user)
    Membership.objects.create(workspace=theirs, user=user, role=Role.EDITOR)
    assert escape(theirs.name) in client.get(URL).content.decode()
    with MisbehavingStore() as remote:
        for workspace in (theirs, own):
            form = entered(remote.url, workspace=str(workspace.uid))
            assert client.post(URL, form).status_code == 302
            assert Store.objects.latest("id").workspace == workspace


def test_no_store_goes_where_one_may_not_edit(client, user):
    theirs = workspace_of(make_user())
    Membership.objects.create(workspace=theirs, user=user, role=Role.VIEWER)
    second = workspace_of(make_user())
    Membership.objects.create(workspace=second, user=user, role=Role.EDITOR)
    with MisbehavingStore() as remote:
        form = entered(remote.url, workspace=str(theirs.uid))
        page = client.post(URL, form).content.decode()
    assert "Select a valid choice" in page
    assert not Store.objects.exists()
