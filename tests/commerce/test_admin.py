"""Staff pages of stores, runs, issues, products and orders."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from commerce.models import (
    Notice,
    Order,
    Product,
    RecordChange,
    Remap,
    SeenRecord,
    Store,
    SyncIssue,
    SyncRun,
)
from tests.factories import (
    make_order,
    make_product,
    make_run,
    make_store,
    make_user,
    workspace_of,
)
from tests.staff import (
    INLINE,
    field_names,
    list_path,
    make_staff,
    make_superuser,
    models_of,
    run_action,
)

pytestmark = pytest.mark.django_db
CANARY = "sk_canary_4711"
MODELS = [Store, SyncRun, SyncIssue, RecordChange, Notice, Remap, Product, Order]
WRITTEN_BY_US = MODELS[1:]


@pytest.fixture
def staff(client):
    client.force_login(make_superuser())
    return client


def fill(status="queued"):
    """A store with one row of everything."""
    store = make_store(credentials={"api_key": CANARY})
    run = make_run(store, status=status, issue_counts={"missing_name": 1})
    SyncIssue.objects.create(
        run=run, code="missing_name", detail="No name.", page=1, position=0
    )
    make_product(store, written_by_id=run.uid, raw={"id": "<b>1</b>"})
    make_order(store, written_by_id=run.uid)
    Remap.objects.create(store=store, total=2, done=1)
    Notice.objects.create(store=store, kind="failing", run=run)
    RecordChange.objects.create(
        run=run, kind="updated", external_id="1", fields={"price": ["1.00", "2.00"]}
    )
    return store


def page_of(row) -> str:
    return f"{list_path(type(row))}{row.pk}/change/"


def test_every_model_has_pages_but_the_scratch_of_a_run():
    assert set(models_of("commerce")) == set(MODELS)
    assert SeenRecord not in models_of("commerce")


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_open_without_credentials_or_inline_code(staff, model):
    store = fill()
    row = model.objects.get()
    token = str(store.token)
    for path in (
        list_path(model),
        f"{list_path(model)}?q=prod",
        page_of(row),
        f"{list_path(model)}{row.pk}/history/",
    ):
        answer = staff.get(path)
        page = answer.content.decode()
        assert answer.status_code == 200, path
        assert not INLINE.findall(page), path
        assert CANARY not in page
        assert "gAAAA" not in page
        assert token not in page


@pytest.mark.parametrize("model", MODELS)
def test_a_list_asks_as_often_for_many_rows_as_for_one(
    staff, model, django_assert_max_num_queries
):
    fill()
    with CaptureQueriesContext(connection) as one:
        staff.get(list_path(model))
    for _ in range(5):
        fill()
    assert model.objects.count() == 6
    with django_assert_max_num_queries(len(one)):
        staff.get(list_path(model))


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Store, "status__exact=connected"),
        (Store, "deleting_at__isempty=0"),
        (Store, "created_at__year=2026"),
        (SyncRun, "status__exact=queued&resource__exact=products"),
        (SyncIssue, "is_skip__exact=0&run__resource__exact=products"),
        (Product, "stock_status__exact=in_stock&deleted_at__isempty=1"),
        (Order, "deleted_at__isempty=1"),
    ],
)
def test_filters_work(staff, model, query):
    fill()
    assert staff.get(f"{list_path(model)}?{query}").status_code == 200


def test_a_store_is_found_by_the_token_of_its_webhooks_and_by_its_people(staff):
    store, other = fill(), make_store(name="Somebody else's")
    member = store.workspace.members.get().email
    for words in (store.token, store.uid, store.name, member):
        page = staff.get(list_path(Store), {"q": str(words)}).content.decode()
        assert page_of(store) in page
        assert page_of(other) not in page


def test_what_a_store_sent_is_text(staff):
    fill()
    page = staff.get(page_of(Product.objects.get())).content.decode()
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "<b>1</b>" not in page


def test_pages_lead_to_what_belongs_to_them(staff):
    store = fill()
    run = store.sync_runs.get()
    page = staff.get(page_of(store)).content.decode()
    for model in (Product, Order, SyncRun):
        path = f"{list_path(model)}?store__id__exact={store.pk}"
        assert path in page
        assert staff.get(path).status_code == 200
    assert page_of(store) in staff.get(page_of(run)).content.decode()
    issues = f"{list_path(SyncIssue)}?run__id__exact={run.pk}"
    assert issues in staff.get(page_of(run)).content.decode()
    assert "1 result" in staff.get(issues).content.decode()
    written = f"{list_path(SyncRun)}?uid__exact={run.uid}"
    assert written in staff.get(page_of(Product.objects.get())).content.decode()
    assert page_of(run) in staff.get(written).content.decode()


# --- Who may --------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_only_staff_with_the_right_gets_in(client, model):
    fill()
    row = model.objects.get()
    for path in (list_path(model), page_of(row)):
        client.logout()
        assert client.get(path)["Location"].startswith("/admin/login/")
        client.force_login(make_user())
        assert client.get(path)["Location"].startswith("/admin/login/")
        client.force_login(make_staff())
        assert client.get(path).status_code == 403
        client.force_login(make_staff(f"view_{model._meta.model_name}"))
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("model", WRITTEN_BY_US)
def test_what_only_the_system_writes_nobody_edits(staff, model):
    fill()
    row = model.objects.get()
    assert field_names(staff.get(page_of(row)).content.decode()) == set()
    assert staff.post(page_of(row), {"name": "Mine"}).status_code == 403
    assert staff.get(f"{list_path(model)}add/").status_code == 403
    assert staff.post(f"{list_path(model)}{row.pk}/delete/").status_code == 403
    assert model.objects.filter(pk=row.pk).exists()


def test_who_may_only_look_starts_and_stops_nothing(client):
    store = fill()
    client.force_login(make_staff("view_store", "view_syncrun"))
    run_action(client, Store, "sync_now", store)
    run_action(client, SyncRun, "cancel", store.sync_runs.get())
    assert [run.status for run in store.sync_runs.all()] == ["queued"]


# --- A store --------------------------------------------------------------------------


def test_few_things_of_a_store_are_changed_and_its_credential_stays(staff):
    store = fill()
    page = staff.get(page_of(store)).content.decode()
    assert field_names(page) == {"name", "per_page", "sync_interval_minutes"}
    form = {
        "name": "Renamed",
        "per_page": "20",
        "sync_interval_minutes": "",
        "base_url": "http://evil.example",
        "status": "disconnected",
        "credentials": '{"api_key": "mine"}',
        "token": "00000000-0000-0000-0000-000000000000",
    }
    assert staff.post(page_of(store), form)["Location"] == list_path(Store)
    after = Store.objects.get()
    assert (after.name, after.per_page) == ("Renamed", 20)
    assert after.sync_interval_minutes is after.next_sync_at is None
    assert after.credentials == {"api_key": CANARY}
    assert (after.base_url, after.status, after.token) == (
        store.base_url,
        "connected",
        store.token,
    )
    assert CANARY not in str(list(LogEntry.objects.values()))
    history = staff.get(f"{list_path(Store)}{store.pk}/history/").content.decode()
    assert "Per page" in history
    assert CANARY not in history


@pytest.mark.parametrize(
    ("name", "value"), [("per_page", "0"), ("per_page", "101"), ("name", "")]
)
def test_what_a_store_cannot_be_is_said(staff, name, value):
    store = fill()
    form = {"name": "A", "per_page": "50", "sync_interval_minutes": "60"}
    answer = staff.post(page_of(store), form | {name: value})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()


def test_a_store_is_not_made_here(staff):
    assert staff.get(f"{list_path(Store)}add/").status_code == 403


def test_sync_now_starts_both_syncs_and_queues_the_first(
    staff, django_capture_on_commit_callbacks
):
    store = make_store()
    gone = make_store(name="Gone", status="disconnected", credentials=None)
    with django_capture_on_commit_callbacks(execute=True):
        page = run_action(staff, Store, "sync_now", store, gone)
    assert "Syncs started: 2." in page
    assert "Gone is disconnected." in page
    assert {run.resource for run in store.sync_runs.all()} == {"products", "orders"}
    assert {run.trigger for run in store.sync_runs.all()} == {"manual"}
    assert not gone.sync_runs.exists()
    assert OrmQ.objects.count() == 1
    again = run_action(staff, Store, "sync_now", store)
    assert "Syncs started: 0." in again
    assert store.sync_runs.count() == 2


def test_cancel_ends_active_runs_and_leaves_ended_ones(staff):
    store = make_store()
    active = make_run(store)
    ended = make_run(store, resource="orders", status="succeeded")
    page = run_action(staff, SyncRun, "cancel", active, ended)
    assert "Runs cancelled: 1." in page
    active.refresh_from_db()
    ended.refresh_from_db()
    assert (active.status, ended.status) == ("cancelled", "succeeded")
    assert "Cancelled." in str(list(LogEntry.objects.values("change_message")))


@pytest.mark.django_db(transaction=True)
def test_deleting_asks_first_then_hides_the_store_and_removes_its_rows(client, drain):
    client.force_login(make_superuser())
    store, other = fill(), fill()
    path = f"{list_path(Store)}{store.pk}/delete/"
    page = client.get(path).content.decode()
    assert "Products: 1" in page
    assert Store.objects.filter(pk=store.pk, deleting_at=None).exists()
    client.post(path, {"post": "yes"})
    doomed = Store.objects.get(pk=store.pk)
    assert doomed.deleting_at
    assert doomed.credentials is None
    drain()
    assert list(Store.objects.all()) == [other]
    assert Product.objects.count() == Order.objects.count() == 1
    assert CANARY not in str(list(LogEntry.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_several_stores_are_deleted_the_same_way(client, drain):
    client.force_login(make_superuser())
    stores = [fill(), fill()]
    assert "Are you sure" in run_action(client, Store, "delete_selected", *stores)
    chosen = [store.pk for store in stores]
    form = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    client.post(list_path(Store), form)
    drain()
    assert not Store.objects.exists()


def test_a_store_being_deleted_is_only_looked_at(staff):
    store = fill()
    Store.objects.update(
        deleting_at=timezone.now(), status="disconnected", credentials=None
    )
    assert field_names(staff.get(page_of(store)).content.decode()) == set()


def test_a_workspace_with_a_store_is_not_deleted(staff):
    store = fill()
    path = f"/admin/accounts/workspace/{store.workspace_id}/delete/"
    assert staff.post(path, {"post": "yes"}).status_code == 403
    empty = workspace_of(make_user())
    path = f"/admin/accounts/workspace/{empty.pk}/delete/"
    assert staff.post(path, {"post": "yes"}).status_code == 302


def test_disconnecting_asks_first_then_drops_the_credential_and_is_in_the_log(staff):
    store, run = fill(), SyncRun.objects.get()
    asked = run_action(staff, Store, "disconnect", store)
    assert "Their credentials are deleted at once" in asked
    assert store.name in asked
    assert not INLINE.findall(asked)
    store.refresh_from_db()
    assert store.credentials == {"api_key": CANARY}
    form = {"action": "disconnect", "_selected_action": store.pk, "confirmed": "yes"}
    staff.post(list_path(Store), form)
    store.refresh_from_db()
    run.refresh_from_db()
    assert (store.status, store.credentials) == ("disconnected", None)
    assert run.status == "cancelled"
    entry = store.workspace.audit_entries.get()
    assert (entry.act, entry.via) == ("store_disconnected", "staff")
    assert CANARY not in str(list(LogEntry.objects.values()))


def test_who_may_only_look_disconnects_nothing(client):
    store = fill()
    client.force_login(make_staff("view_store"))
    form = {"action": "disconnect", "_selected_action": store.pk, "confirmed": "yes"}
    client.post(list_path(Store), form)
    store.refresh_from_db()
    assert store.status == "connected"


def test_merchants_read_what_staff_did_to_their_store(staff):
    store = fill()
    form = {"name": "Renamed", "per_page": "20", "sync_interval_minutes": "60"}
    staff.post(page_of(store), form)
    staff.post(f"{list_path(Store)}{store.pk}/delete/", {"post": "yes"})
    acts = store.workspace.audit_entries.values_list("act", "detail", "via")
    assert list(acts.order_by("id")) == [
        ("store_changed", "name, per_page", "staff"),
        ("store_deleted", "", "staff"),
    ]


@pytest.mark.parametrize("model", MODELS[1:])
def test_a_whole_id_finds_what_belongs_to_it_and_other_words_do_not(staff, model):
    store, other = fill(), fill()
    mine = model.objects.earliest("pk")
    assert model.objects.count() == 2
    if model in (RecordChange, SyncIssue):
        known = store.sync_runs.get().uid
    elif model in (SyncRun, Product, Order, Remap):
        known = mine.uid
    else:
        known = store.uid
    page = staff.get(list_path(model), {"q": str(known)}).content.decode()
    assert f"{list_path(model)}{mine.pk}/change/" in page
    assert "1 result" in page
    page = staff.get(list_path(model), {"q": str(other.token)}).content.decode()
    assert "0 results" in page


def test_counting_stops_where_nobody_pages_to(staff, monkeypatch):
    monkeypatch.setattr("hiwelink.admin.MOST_COUNTED", 2)
    store = fill()
    for _ in range(5):
        make_product(store)
    assert "more than 2 products" in staff.get(list_path(Product)).content.decode()
