"""/api/v1/stores/ and stores/{id}/ : list, read, change, delete."""

import pytest

from commerce.models import Product, Store, StoreStatus, SyncRun
from commerce.services import deletion
from commerce.tasks import sweep
from tests.commerce.people import make_viewer
from tests.factories import make_order, make_product, make_run, make_store, make_user
from tests.stores import MisbehavingStore

from .conftest import Api


@pytest.fixture
def remote():
    with MisbehavingStore() as store:
        yield store


@pytest.fixture
def store(user, remote):
    return make_store(user, base_url=remote.url, credentials=dict(remote.credentials))


def test_the_list_holds_ones_own_stores_by_name(api, user):
    for name in ("Shoes", "Lamps", "Books"):
        make_store(user, name=name)
    make_store(name="Another merchant's")
    page = api.get("stores/", page_size=2).json()
    assert (page["count"], page["previous"]) == (3, None)
    assert [s["name"] for s in page["results"]] == ["Books", "Lamps"]
    rest = api.get("stores/", page_size=2, page=2).json()
    assert [s["name"] for s in rest["results"]] == ["Shoes"]
    assert rest["next"] is None and "page_size=2" in rest["previous"]


def test_the_list_counts_live_records_in_few_queries(
    api, user, django_assert_max_num_queries
):
    for number in range(8):
        store = make_store(user)
        for _ in range(number):
            make_product(store)
        make_order(store)
    make_product(store, deleted_at=store.created_at)
    with django_assert_max_num_queries(8):
        stores = api.get("stores/").json()["results"]
    assert sorted(s["counts"]["products"] for s in stores) == list(range(8))
    assert {s["counts"]["orders"] for s in stores} == {1}


def test_a_page_is_never_longer_than_100(api, user):
    for _ in range(101):
        make_store(user)
    assert len(api.get("stores/", page_size=1000).json()["results"]) == 100
    assert len(api.get("stores/", page_size="nonsense").json()["results"]) == 50


@pytest.mark.parametrize("page", ["2", "0", "-1", "9" * 5000, "x", "\x00"])
def test_a_page_that_is_not_there_is_404(api, user, page):
    make_store(user)
    answer = api.get("stores/", page=page)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_settings_change_without_asking_the_store(api, store, remote):
    answer = api.patch(
        f"stores/{store.uid}/",
        {
            "name": "New",
            "storefront_url": "https://shop.example/",
            "field_mappings": {"name": "title"},
            "per_page": 10,
            "sync_interval_minutes": 5,
            "currency": "usd",
            "language": "fr",
            "base_url": f"{remote.url}/",  # as it is
            "environment": "sandbox",  # as it is
            "status": "disconnected",  # not for us to say
        },
    )
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert {name: shown[name] for name in ("name", "per_page", "language")} == {
        "name": "New",
        "per_page": 10,
        "language": "fr",
    }
    assert shown["storefront_url"] == "https://shop.example"
    assert shown["field_mappings"] == {"name": "title"}
    assert (shown["currency"], shown["sync_interval_minutes"]) == ("USD", 5)
    assert (shown["status"], shown["base_url"]) == ("connected", remote.url)
    assert api.get(f"stores/{store.uid}/").json() == shown
    assert remote.requests == []


def test_polling_is_planned_anew_and_null_turns_it_off(api, store):
    path = f"stores/{store.uid}/"
    soon = api.patch(path, {"sync_interval_minutes": 5}).json()["next_sync_at"]
    late = api.patch(path, {"sync_interval_minutes": 600}).json()["next_sync_at"]
    assert soon < late
    assert (
        api.patch(path, {"sync_interval_minutes": None}).json()["next_sync_at"] is None
    )


def test_null_and_blank_clear_what_may_be_empty(api, user):
    store = make_store(
        user,
        storefront_url="https://shop.example",
        currency="EUR",
        language="de",
        field_mappings={"name": "title"},
    )
    cleared = {"storefront_url": None, "currency": "", "language": None}
    shown = api.patch(f"stores/{store.uid}/", cleared | {"field_mappings": None}).json()
    assert (shown["storefront_url"], shown["currency"]) == (None, None)
    assert (shown["language"], shown["field_mappings"]) == ("en", {})


def test_a_path_that_answers_is_kept(api, store, remote):
    path = f"stores/{store.uid}/"
    answer = api.patch(path, {"endpoints": {"products": "/api/products?x=1"}})
    assert answer.status_code == 200, answer.content
    assert answer.json()["endpoints"]["products"] == "/api/products?x=1"
    assert [r.endpoint for r in remote.requests] == ["health"]
    back = api.patch(path, {"endpoints": {"products": None}}).json()
    assert back["endpoints"]["products"] == "/api/products"


@pytest.mark.parametrize(
    "change",
    [{"endpoints": {"health": "/nowhere"}}, {"base_url": "{url}/below"}],
)
def test_an_address_that_does_not_answer_is_not_kept(api, store, remote, change):
    before = api.get(f"stores/{store.uid}/").json()
    if "base_url" in change:
        change = {"base_url": change["base_url"].format(url=remote.url)}
    answer = api.patch(f"stores/{store.uid}/", change | {"name": "Nor is this"})
    assert answer.status_code == 422, answer.content
    assert answer.json()["detail"].startswith("Could not connect to API")
    assert api.get(f"stores/{store.uid}/").json() == before


def test_a_credential_never_follows_its_store_to_another_origin(api, store):
    with MisbehavingStore() as elsewhere:
        answer = api.patch(f"stores/{store.uid}/", {"base_url": elsewhere.url})
        assert elsewhere.requests == []
    assert answer.status_code == 400
    assert "reconnect" in answer.json()["fields"]["base_url"]


def test_a_disconnected_store_may_move(api, user):
    store = make_store(user, status=StoreStatus.DISCONNECTED, credentials=None)
    with MisbehavingStore() as elsewhere:
        answer = api.patch(f"stores/{store.uid}/", {"base_url": elsewhere.url})
        assert elsewhere.requests == []
    assert (answer.status_code, answer.json()["base_url"]) == (200, elsewhere.url)
    assert answer.json()["has_credentials"] is False


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"credentials": {"api_key": "x"}}, "credentials"),
        ({"auth_method": "bearer_token"}, "auth_method"),
        ({"environment": "production"}, "environment"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"base_url": None}, "base_url"),
        ({"base_url": "nowhere"}, "base_url"),
        ({"storefront_url": "nowhere"}, "storefront_url"),
        ({"per_page": 0}, "per_page"),
        ({"sync_interval_minutes": 0}, "sync_interval_minutes"),
        ({"field_mappings": {"nam": "x"}}, "field_mappings.nam"),
        (
            {"field_mappings": {"\ud800" * 5000: "x"}},
            "field_mappings." + "�" * 84 + "…",
        ),
        ({"currency": "€"}, "currency"),
    ],
)
def test_a_bad_change_names_its_field_and_changes_nothing(api, store, change, field):
    before = api.get(f"stores/{store.uid}/").json()
    answer = api.patch(f"stores/{store.uid}/", {"name": "New"} | change)
    assert answer.status_code == 400, answer.content
    assert set(answer.json()["fields"]) == {field}
    assert api.get(f"stores/{store.uid}/").json() == before


@pytest.mark.django_db(transaction=True)
def test_a_deleted_store_is_gone_at_once_and_its_rows_soon(api, user, drain):
    store, kept = make_store(user), make_store(user)
    make_product(store)
    make_order(store)
    run = make_run(store)
    make_product(kept)
    answer = api.delete(f"stores/{store.uid}/")
    assert answer.status_code == 202
    assert answer.json() == {"id": str(store.uid), "status": "deleting"}
    for gone in ("", "products/", "orders/", "sync-runs/"):
        assert api.get(f"stores/{store.uid}/{gone}").status_code == 404
    assert api.get(f"sync-runs/{run.uid}/").status_code == 404
    assert api.delete(f"stores/{store.uid}/").status_code == 404
    assert [s["id"] for s in api.get("stores/").json()["results"]] == [str(kept.uid)]
    marked = Store.objects.get(pk=store.pk)
    assert (marked.credentials, marked.next_sync_at) == (None, None)
    assert SyncRun.objects.get().status == "cancelled"
    drain()
    assert list(Store.objects.all()) == [kept]
    assert Product.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_deletion_goes_in_batches_and_survives_its_worker(
    api, user, drain, monkeypatch
):
    monkeypatch.setattr(deletion, "BATCH", 2)
    store = make_store(user)
    for _ in range(5):
        make_product(store)
    assert api.delete(f"stores/{store.uid}/").status_code == 202
    assert deletion.delete_slice(store.pk, slice_seconds=0) is True
    assert Product.objects.count() == 3
    assert deletion.lost_deletions() == []  # somebody worked on it just now
    monkeypatch.setattr(deletion, "LOST_AFTER", -deletion.LOST_AFTER)
    sweep()
    drain()
    assert not Store.objects.exists()


@pytest.mark.django_db
def test_rows_of_a_store_nobody_deleted_are_safe():
    product = make_product(make_store())
    assert deletion.delete_slice(product.store_id) is False
    assert Product.objects.count() == 1


def test_a_viewer_looks_and_changes_nothing(store):
    make_product(store, "p")
    run = make_run(store)
    viewer = Api(make_viewer(store))
    for path in ("", "products/", "products/p/", "orders/", "sync-runs/"):
        assert viewer.get(f"stores/{store.uid}/{path}").status_code == 200
    assert viewer.get(f"sync-runs/{run.uid}/").status_code == 200
    for answer in (
        viewer.patch(f"stores/{store.uid}/", {"name": "Mine"}),
        viewer.patch(f"stores/{store.uid}/", {"name": ""}),
        viewer.delete(f"stores/{store.uid}/"),
        viewer.post(f"stores/{store.uid}/sync/", {"resource": "all"}),
        viewer.post(f"sync-runs/{run.uid}/cancel/"),
        viewer.post("stores/", {}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
        assert "viewer" in answer.json()["detail"]


def test_who_owns_a_workspace_and_views_another_edits_their_own(store, remote):
    someone = make_user()
    someone.memberships.create(workspace=store.workspace, role="viewer")
    both = Api(someone)
    assert both.get(f"stores/{store.uid}/").status_code == 200
    assert both.delete(f"stores/{store.uid}/").status_code == 403
    assert both.get("stores/").json()["count"] == 1
