"""stores/{id}/sync/, sync-runs/, their issues, and cancelling."""

from threading import Thread

import pytest
from django.db import connection, transaction

from commerce.models import RunStatus, SyncIssue, SyncRun
from commerce.services.sync import claim_slice
from tests.commerce.api.conftest import Api
from tests.commerce.people import make_viewer
from tests.factories import make_run, make_store, make_user
from tests.stores import MisbehavingStore, make_products
from tests.work import run_syncs

RUN_FIELDS = {
    "id",
    "store",
    "resource",
    "trigger",
    "status",
    "pages_fetched",
    "pages_total",
    "records_read",
    "created",
    "updated",
    "unchanged",
    "skipped",
    "deleted",
    "issue_counts",
    "error",
    "created_at",
    "started_at",
    "finished_at",
}


def connected(user, remote):
    return make_store(user, base_url=remote.url, credentials=dict(remote.credentials))


def test_a_sync_is_queued_and_a_second_one_joins_it(api, user):
    path = f"stores/{make_store(user).uid}/sync/"
    first = api.post(path, {"resource": "products"})
    second = api.post(path, {"resource": "all"})
    assert (first.status_code, second.status_code) == (202, 202)
    (run,) = first.json()["sync_runs"]
    again, orders = second.json()["sync_runs"]
    assert set(run) == RUN_FIELDS | {"coalesced"}
    assert (run["resource"], run["trigger"], run["status"]) == (
        "products",
        "manual",
        "queued",
    )
    assert [r["coalesced"] for r in (run, again, orders)] == [False, True, False]
    assert (run["id"], orders["resource"]) == (again["id"], "orders")
    assert SyncRun.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_run_tells_what_it_did(api, user, drain):
    with MisbehavingStore(products=make_products(60)) as remote:
        store = connected(user, remote)
        api.post(f"stores/{store.uid}/sync/", {"resource": "products"})
        drain()
    (run,) = api.get(f"stores/{store.uid}/sync-runs/").json()["results"]
    assert run["store"] == str(store.uid)
    assert (run["status"], run["error"]) == ("succeeded", None)
    assert (run["pages_fetched"], run["pages_total"], run["records_read"]) == (2, 2, 60)
    assert (run["created"], run["updated"], run["skipped"]) == (60, 0, 0)
    assert run["started_at"] <= run["finished_at"]
    for path in (
        f"sync-runs/{run['id']}/",
        f"stores/{store.uid}/sync-runs/{run['id']}/",
    ):
        assert api.get(path).json() == run
    assert (
        api.get(f"stores/{store.uid}/").json()["last_synced_at"] == run["finished_at"]
    )


@pytest.mark.django_db(transaction=True)
def test_skipped_records_are_listed_with_why(api, user, drain):
    products = make_products(2) + [{"id": "nameless"}, {"name": "No id"}, "a text"]
    with MisbehavingStore(products=products) as remote:
        store = connected(user, remote)
        api.post(f"stores/{store.uid}/sync/", {"resource": "products"})
        drain()
    (run,) = api.get(f"stores/{store.uid}/sync-runs/").json()["results"]
    assert (run["status"], run["skipped"], run["created"]) == ("partial", 3, 2)
    assert run["error"]["code"] == "records_skipped"
    path = f"sync-runs/{run['id']}/issues/"
    page = api.get(path).json()
    assert api.get(f"stores/{store.uid}/{path}").json()["results"] == page["results"]
    shown = [(i["code"], i["external_id"], i["skipped"]) for i in page["results"]]
    assert shown == [
        ("missing_name", "nameless", True),
        ("missing_id", None, True),
        ("not_an_object", None, True),
    ]
    first = page["results"][0]
    assert (first["page"], first["position"], first["field"]) == (1, 2, "name")
    assert first["record"] == {"id": "nameless"}
    assert first["detail"].endswith(".")
    assert api.get(path, page_size=2, page=2).json()["count"] == 3


@pytest.mark.django_db(transaction=True)
def test_a_failed_run_says_what_to_do(api, user, drain):
    with MisbehavingStore("not_found") as remote:
        store = connected(user, remote)
        api.post(f"stores/{store.uid}/sync/", {"resource": "orders"})
        drain()
    (run,) = api.get(f"stores/{store.uid}/sync-runs/").json()["results"]
    assert run["status"] == "failed"
    assert run["error"]["code"] == "not_found"
    assert "404" in run["error"]["detail"]


def test_runs_are_listed_newest_first(api, user, django_assert_max_num_queries):
    store = make_store(user)
    runs = [make_run(store, status=RunStatus.SUCCEEDED) for _ in range(5)]
    make_run(make_store(user))
    with django_assert_max_num_queries(6):
        page = api.get(f"stores/{store.uid}/sync-runs/").json()
    assert [r["id"] for r in page["results"]] == [str(r.uid) for r in reversed(runs)]


@pytest.mark.parametrize(
    "body",
    [{}, {"resource": "everything"}, {"resource": None}, {"resource": ["products"]}],
)
def test_an_unknown_resource_is_refused(api, user, body):
    answer = api.post(f"stores/{make_store(user).uid}/sync/", body)
    assert (answer.status_code, set(answer.json()["fields"])) == (400, {"resource"})
    assert not SyncRun.objects.exists()


def test_a_disconnected_store_is_not_synced(api, user):
    store = make_store(user, status="disconnected", credentials=None)
    answer = api.post(f"stores/{store.uid}/sync/", {"resource": "all"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_connected")
    assert not SyncRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_run_ends_and_the_next_one_goes_on(api, user, drain):
    with MisbehavingStore() as remote:
        store = connected(user, remote)
        started = api.post(f"stores/{store.uid}/sync/", {"resource": "all"}).json()
        products, orders = (run["id"] for run in started["sync_runs"])
        answer = api.post(f"sync-runs/{products}/cancel/")
        assert answer.status_code == 200
        assert answer.json()["status"] == "cancelled"
        assert answer.json()["finished_at"] is not None
        assert api.get(f"stores/{store.uid}/").json()["last_synced_at"] is None
        drain()
        assert remote.asked("products") == []
    assert api.get(f"sync-runs/{orders}/").json()["status"] == "succeeded"
    for path in ("", f"stores/{store.uid}/"):
        ended = api.post(f"{path}sync-runs/{products}/cancel/")
        assert (ended.status_code, ended.json()["code"]) == (409, "not_active")


def test_a_run_is_not_found_below_another_store(api, user):
    store, other = make_store(user), make_store(user)
    run = make_run(store)
    assert api.get(f"stores/{store.uid}/sync-runs/{run.uid}/").status_code == 200
    for end in ("", "issues/"):
        path = f"stores/{other.uid}/sync-runs/{run.uid}/{end}"
        assert api.get(path).status_code == 404
    assert (
        api.post(f"stores/{other.uid}/sync-runs/{run.uid}/cancel/").status_code == 404
    )
    run.refresh_from_db()
    assert run.status == RunStatus.QUEUED


def test_an_issue_of_a_whole_record_has_no_field(api, user):
    run = make_run(make_store(user))
    SyncIssue.objects.create(run=run, code="empty", detail="Empty.", page=1, position=0)
    (issue,) = api.get(f"sync-runs/{run.uid}/issues/").json()["results"]
    assert (issue["field"], issue["record"], issue["skipped"]) == ("", None, False)


@pytest.mark.django_db(transaction=True)
def test_cancelling_while_a_worker_claims_the_run_does_not_deadlock(api, user):
    """Whoever holds the run's row is not waited for: it is somebody else's turn."""
    run = make_run(make_store(user))
    claimed = []

    def claim():
        claimed.append(claim_slice(run))
        connection.close()

    worker = Thread(target=claim)
    with transaction.atomic():
        SyncRun.objects.select_for_update().get(pk=run.pk)
        worker.start()
        worker.join(timeout=10)
        assert claimed == [False]
        assert api.post(f"sync-runs/{run.uid}/cancel/").status_code == 200


def test_what_a_run_changed_is_listed_by_kind(api, user):
    with MisbehavingStore(products=make_products(5)) as remote:
        store = connected(user, remote)
        api.post(f"stores/{store.uid}/sync/", {"resource": "products"})
        run_syncs(store)
        remote.products[0]["price"] = 12
        del remote.products[4]
        api.post(f"stores/{store.uid}/sync/", {"resource": "products"})
        run_syncs(store)
    run = store.sync_runs.latest("id")
    for path in (f"sync-runs/{run.uid}", f"stores/{store.uid}/sync-runs/{run.uid}"):
        changes = api.get(f"{path}/changes/").json()
        assert changes["count"] == 2
        assert changes["results"][0] == {
            "kind": "updated",
            "external_id": "prod_1",
            "title": "Product 1",
            "fields": {"price": ["11.25", "12.00"]},
        }
    deleted = api.get(f"sync-runs/{run.uid}/changes/", kind="deleted").json()
    assert [row["external_id"] for row in deleted["results"]] == ["prod_5"]
    assert api.get(f"sync-runs/{run.uid}/changes/", kind="\x00").json()["count"] == 0


def test_held_deletions_are_confirmed_over_the_api(api, user):
    with MisbehavingStore(products=make_products(30)) as remote:
        store = connected(user, remote)
        api.post(f"stores/{store.uid}/sync/", {"resource": "products"})
        run_syncs(store)
        del remote.products[5:]
        api.post(f"stores/{store.uid}/sync/", {"resource": "products"})
        run_syncs(store)
    path = f"sync-runs/{store.sync_runs.latest('id').uid}/confirm-deletions/"
    assert Api(make_viewer(store)).post(path).status_code == 403
    assert Api(make_user()).post(path).status_code == 404
    answer = api.post(path)
    assert (answer.status_code, answer.json()["deleted"]) == (200, 25)
    assert store.products.filter(deleted_at=None).count() == 5
    again = api.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_held")
