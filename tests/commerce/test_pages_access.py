"""The standing questions, asked of every page and act of the dashboard."""

from uuid import uuid4

import pytest

from commerce.models import Store
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_order, make_product, make_run, make_store, make_user

pytestmark = pytest.mark.django_db

STORE_PAGES = [
    "",
    "live/",
    "doctor/",
    "runs/",
    "runs/{run}/",
    "runs/{run}/live/",
    "runs/{run}/changes/",
    "settings/",
    "mapping/",
    "mapping/remap/",
    "connection/",
    "products/",
    "products/{product}/",
    "orders/",
    "orders/{order}/",
]
FORMS = ["mapping/", "settings/"]  # pages that take their own form
ACTS = [
    "sync/",
    "doctor/check/",
    "mapping/preview/",
    "runs/{run}/cancel/",
    "runs/{run}/confirm-deletions/",
    "connection/disconnect/",
    "connection/reconnect/",
    "connection/credential/",
    "connection/token/",
    "connection/delete/",
]
OWN_PAGES = [
    "/dashboard/",
    "/dashboard/stores/",
    "/dashboard/stores/new/",
    "/dashboard/stores/new/generic-api/",
]


@pytest.fixture
def store() -> Store:
    store = make_store()
    make_run(store)
    make_product(store)
    make_order(store)
    return store


def url_of(store: Store, page: str) -> str:
    parts = {
        "run": store.sync_runs.get().uid,
        "product": store.products.get().uid,
        "order": store.orders.get().uid,
    }
    return f"/dashboard/stores/{store.uid}/" + page.format(**parts)


@pytest.mark.parametrize("url", OWN_PAGES)
def test_own_pages_answer_the_logged_in_and_send_others_to_the_login(client, url):
    assert client.get(url).url == f"/account/login/?next={url}"
    client.force_login(make_user())
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("page", STORE_PAGES)
def test_a_page_answers_its_owner_and_its_viewers(client, store, page):
    for user in (owner_of(store), make_viewer(store)):
        client.force_login(user)
        assert client.get(url_of(store, page)).status_code == 200


@pytest.mark.parametrize("page", STORE_PAGES + ACTS)
def test_a_page_sends_the_logged_out_to_the_login(client, store, page):
    url = url_of(store, page)
    for response in (client.get(url), client.post(url)):
        assert response.status_code == 302
        assert response.url.startswith("/account/login/")


@pytest.mark.parametrize("page", STORE_PAGES)
def test_another_merchants_page_answers_like_a_missing_one(client, store, page):
    client.force_login(make_user())
    url = url_of(store, page)
    foreign = client.get(url)
    missing = client.get(url.replace(str(store.uid), str(uuid4())))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


@pytest.mark.parametrize("page", ACTS)
def test_another_merchants_act_answers_like_a_missing_one(client, store, page):
    client.force_login(make_user())
    url = url_of(store, page)
    foreign = client.post(url, {"resource": "all"})
    missing = client.post(url.replace(str(store.uid), str(uuid4())))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content
    assert store.sync_runs.get().status == "queued"


@pytest.mark.parametrize("page", ACTS)
def test_viewers_are_refused_every_act_with_a_sentence(client, store, page):
    client.force_login(make_viewer(store))
    response = client.post(url_of(store, page), {"resource": "orders"})
    assert response.status_code == 403
    assert "You are a viewer in this workspace" in response.content.decode()
    assert store.sync_runs.get().status == "queued"


@pytest.mark.parametrize("page", ["", "runs/", "runs/{run}/", "connection/"])
def test_viewers_see_no_buttons_that_change_something(client, store, page):
    client.force_login(make_viewer(store))
    content = client.get(url_of(store, page)).content.decode()
    forms = content.count('method="post"')
    assert forms == content.count('action="/account/logout/"') == 1


@pytest.mark.parametrize("page", [page for page in STORE_PAGES if page not in FORMS])
def test_pages_take_no_post(client, store, page):
    client.force_login(owner_of(store))
    assert client.post(url_of(store, page)).status_code == 405


@pytest.mark.parametrize("page", ACTS)
def test_acts_take_nothing_but_post(client, store, page):
    client.force_login(owner_of(store))
    assert client.get(url_of(store, page)).status_code == 405
    assert store.sync_runs.get().status == "queued"


@pytest.mark.parametrize("part", ["runs", "products", "orders"])
def test_a_record_of_another_store_is_missing_here(client, store, part):
    other = make_store(owner_of(store))
    client.force_login(owner_of(store))
    kind = {"runs": "run", "products": "product", "orders": "order"}[part]
    url = url_of(store, f"{part}/{{{kind}}}/")
    assert client.get(url).status_code == 200
    elsewhere = url.replace(str(store.uid), str(other.uid))
    assert client.get(elsewhere).status_code == 404


def test_viewers_cannot_add_a_store(client, store):
    client.force_login(make_viewer(store))
    assert "Add Store" not in client.get("/dashboard/").content.decode()
    for response in (
        client.get("/dashboard/stores/new/"),
        client.get("/dashboard/stores/new/generic-api/"),
        client.post("/dashboard/stores/new/generic-api/", {"name": "Mine"}),
    ):
        assert response.status_code == 403
    assert Store.objects.count() == 1


def test_a_deleted_stores_pages_are_missing(client, store):
    client.force_login(owner_of(store))
    Store.objects.update(deleting_at=store.created_at)
    assert client.get(f"/dashboard/stores/{store.uid}/").status_code == 404
    assert store.name not in client.get("/dashboard/").content.decode()


def test_no_page_holds_inline_scripts_or_styles(client, store):
    client.force_login(owner_of(store))
    urls = OWN_PAGES + [url_of(store, page) for page in STORE_PAGES]
    for url in urls:
        content = client.get(url).content.decode()
        assert "<style" not in content
        assert " style=" not in content
        assert " onclick=" not in content
        assert "<script>" not in content
        assert "javascript:" not in content
