"""Sync runs: starting, reading and ending them."""

from datetime import timedelta

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django_q.models import OrmQ

from commerce.models import SeenRecord, SyncIssue, SyncRun
from tests.commerce.people import owner_of
from tests.factories import make_product, make_run, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(client):
    store = make_store()
    client.force_login(owner_of(store))
    return store


def url_of(run: SyncRun, part: str = "") -> str:
    return f"/dashboard/stores/{run.store.uid}/runs/{run.uid}/{part}"


def page_of(client, run: SyncRun, part: str = "") -> str:
    return client.get(url_of(run, part)).content.decode()


@pytest.mark.parametrize(
    ("resource", "runs"),
    [
        ("all", ["products", "orders"]),
        ("products", ["products"]),
        ("orders", ["orders"]),
    ],
)
def test_sync_now_starts_what_was_chosen(
    client, store, resource, runs, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(
            f"/dashboard/stores/{store.uid}/sync/", {"resource": resource}
        )
    assert response.url == f"/dashboard/stores/{store.uid}/"
    started = store.sync_runs.order_by("id").values_list("resource", "trigger")
    assert list(started) == [(name, "manual") for name in runs]
    assert OrmQ.objects.count() == 1  # the other follows when it ends
    assert "sync started" in client.get(response.url).content.decode()


def test_sync_now_joins_a_running_run(client, store):
    make_run(store, status="running")
    response = client.post(
        f"/dashboard/stores/{store.uid}/sync/", {"resource": "products"}
    )
    assert store.sync_runs.count() == 1
    assert "being synced already" in client.get(response.url).content.decode()


@pytest.mark.parametrize("data", [{}, {"resource": "customers"}, {"resource": "\x00"}])
def test_an_unknown_resource_starts_nothing(client, store, data):
    response = client.post(f"/dashboard/stores/{store.uid}/sync/", data)
    assert "Choose what to sync" in client.get(response.url).content.decode()
    assert store.sync_runs.count() == 0


def test_a_disconnected_store_is_not_synced(client, store):
    store.status, store.credentials = "disconnected", None
    store.save()
    response = client.post(f"/dashboard/stores/{store.uid}/sync/", {"resource": "all"})
    assert "Reconnect it" in client.get(response.url).content.decode()
    assert store.sync_runs.count() == 0


def test_a_run_shows_what_became_of_its_records(client, store):
    started = timezone.now() - timedelta(minutes=5)
    run = make_run(
        store,
        status="partial",
        trigger="scheduled",
        pages_fetched=3,
        pages_total=3,
        records_read=1200,
        created=1,
        updated=2,
        unchanged=1190,
        skipped=7,
        error_code="records_skipped",
        error_detail="7 of 1200 records were skipped.",
        curl="curl -H 'X-API-Key: YOUR_KEY' https://shop.example/api/products?page=3",
        started_at=started,
        finished_at=started + timedelta(seconds=42),
    )
    content = page_of(client, run)
    for text in (
        "Partial",
        "3 of 3",
        "1,190",
        "7 of 1200 records were skipped.",
        "<code>records_skipped</code>",
        "after 42 seconds",
        "Scheduled",
        f'<code id="run-id">{run.uid}</code>',
        "curl -H &#x27;X-API-Key: YOUR_KEY&#x27;",
    ):
        assert text in content
    assert "hx-get" not in content


def test_a_failed_run_says_what_to_check(client, store):
    run = make_run(
        store, status="failed", error_code="unauthorized", error_detail="401."
    )
    assert "the header is X-API-Key" in page_of(client, run)


def test_a_run_that_brought_no_products_says_what_to_check(client, store):
    run = make_run(store, status="succeeded", pages_fetched=1)
    assert "no products were imported" in page_of(client, run)
    orders = make_run(store, resource="orders", status="succeeded")
    assert "were imported" not in page_of(client, orders)


def test_a_running_run_is_watched_until_it_ends(client, store):
    run = make_run(
        store, status="running", pages_fetched=3, pages_total=12, records_read=150
    )
    content = page_of(client, run)
    assert f'hx-get="{url_of(run, "live/")}"' in content
    assert 'value="25"' in content
    live = client.get(url_of(run, "live/"))
    assert "HX-Refresh" not in live
    assert live.content.decode().strip() in content
    run.status = "succeeded"
    run.save()
    live = client.get(url_of(run, "live/"))
    assert live["HX-Refresh"] == "true"  # the rest of the page is old now
    assert "hx-get" not in live.content.decode()


def test_a_run_of_unknown_length_shows_that_it_moves(client, store):
    content = page_of(client, make_run(store, status="running", records_read=50))
    assert (
        '<progress class="progress" aria-label="Products sync"></progress>' in content
    )
    assert "50 records read" in content


def test_a_paused_run_says_until_when(client, store):
    run = make_run(
        store, status="running", not_before=timezone.now() + timedelta(minutes=5)
    )
    assert "as the store asked" in page_of(client, run)


def add_issue(run: SyncRun, code: str, position: int, **fields) -> SyncIssue:
    return SyncIssue.objects.create(
        run=run, code=code, page=1, position=position, **({"detail": "Wrong."} | fields)
    )


def test_issues_are_counted_by_kind_and_listed_with_their_record(client, store):
    run = make_run(
        store, status="partial", issue_counts={"missing_name": 1, "invalid_price": 612}
    )
    add_issue(
        run,
        "missing_name",
        3,
        detail="It has no <name>.",
        external_id="prod_9",
        field="name",
        is_skip=True,
        record={"id": "prod_9", "sku": "<b>"},
    )
    add_issue(run, "invalid_price", 4, external_id="prod_10")
    content = page_of(client, run)
    assert 'Unreadable price <span class="count">612</span>' in content
    assert "Send a number such as 349.99" in content  # the mend
    assert "prod_10" in content  # an example
    assert "Show all 612" in content
    skips_first = content.index("No name") < content.index("Unreadable price")
    assert skips_first
    assert "It has no &lt;name&gt;." in content
    assert "&quot;sku&quot;: &quot;&lt;b&gt;&quot;" in content
    assert "Page 1, record 4" in content
    filtered = client.get(url_of(run), {"code": "missing_name"}).content.decode()
    assert "prod_9" in filtered
    assert "prod_10" not in filtered
    assert "No name" in filtered
    unknown = client.get(url_of(run), {"code": "nonsense"}).content.decode()
    assert "prod_10" in unknown


def test_a_kind_shows_three_examples_and_leads_to_all_of_them(client, store):
    counts = {"invalid_price": 5, "missing_id": 1, "a_code_of_old": 1}
    run = make_run(store, status="partial", issue_counts=counts)
    for position in range(5):
        add_issue(run, "invalid_price", position, external_id=f"prod_{position}")
    content = page_of(client, run)
    assert [f"prod_{n}" in content for n in range(5)] == [True] * 3 + [False] * 2
    assert 'href="?code=invalid_price#issues"' in content
    assert "A code of old" in content
    everything = client.get(url_of(run), {"code": "invalid_price"}).content.decode()
    assert all(f"prod_{n}" in everything for n in range(5))
    assert "All kinds of issues" in everything


def test_issues_of_a_mapping_lead_to_the_mapping(client, store):
    run = make_run(store, status="partial", issue_counts={"missing_name": 1})
    add_issue(run, "missing_name", 0)
    content = page_of(client, run)
    try:
        mapping = reverse("store-mapping", args=[store.uid])
    except NoReverseMatch:
        assert "Change the field mapping" not in content
    else:
        assert f'<a href="{mapping}">Change the field mapping</a>' in content


def test_issues_come_in_pages_that_keep_the_kind(client, store):
    run = make_run(store, status="partial", issue_counts={"invalid_price": 60})
    for position in range(60):
        add_issue(run, "invalid_price", position)
    content = client.get(url_of(run), {"code": "invalid_price"}).content.decode()
    assert "1–25 of 60" in content
    assert "?code=invalid_price&amp;page=2" in content
    for page in ("3", "999", "nonsense", "-1"):
        assert client.get(url_of(run), {"page": page}).status_code == 200


def test_a_run_is_cancelled_and_the_next_one_queued(
    client, store, django_capture_on_commit_callbacks
):
    run = make_run(store, status="running")
    make_run(store, resource="orders")
    assert "Cancel this sync" in page_of(client, run)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(url_of(run, "cancel/"))
    run.refresh_from_db()
    assert (response.url, run.status) == (url_of(run), "cancelled")
    assert OrmQ.objects.count() == 1
    content = client.get(response.url).content.decode()
    assert "Sync cancelled" in content
    assert "Cancel this sync" not in content


def test_an_ended_run_stays_as_it_ended(client, store):
    run = make_run(store, status="succeeded")
    response = client.post(url_of(run, "cancel/"))
    run.refresh_from_db()
    assert run.status == "succeeded"
    assert "had ended already" in client.get(response.url).content.decode()


def test_held_deletions_wait_for_one_click(client, store):
    now = timezone.now()
    run = make_run(store, status="partial", deletions_held=2, started_at=now)
    for name in ("gone_1", "gone_2", "kept"):
        make_product(store, name, observed_at=now - timedelta(days=1))
    SeenRecord.objects.create(run=run, external_id="kept")
    assert "Delete 2 products" in page_of(client, run)
    response = client.post(url_of(run, "confirm-deletions/"))
    live = store.products.filter(deleted_at__isnull=True)
    assert [product.external_id for product in live] == ["kept"]
    content = client.get(response.url).content.decode()
    assert "2 products deleted" in content
    assert "Delete 2 products" not in content


def test_nothing_is_deleted_that_was_not_held(client, store):
    run = make_run(store, status="succeeded", started_at=timezone.now())
    make_product(store)
    response = client.post(url_of(run, "confirm-deletions/"))
    assert store.products.filter(deleted_at__isnull=True).count() == 1
    assert "Nothing was deleted" in client.get(response.url).content.decode()


def test_the_list_of_runs_has_pages_newest_first(client, store):
    for _ in range(30):
        make_run(store, status="succeeded")
    url = f"/dashboard/stores/{store.uid}/runs/"
    first = client.get(url).context["page"].object_list
    second = client.get(url, {"page": 2}).context["page"].object_list
    assert (len(first), len(second)) == (25, 5)
    assert first[0].pk > first[-1].pk > second[0].pk


def test_an_empty_list_of_runs_says_what_a_run_is(client, store):
    content = client.get(f"/dashboard/stores/{store.uid}/runs/").content.decode()
    assert "one pass over the store" in content


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"pages_fetched": 10, "pages_total": 40}, "about 90 seconds left"),
        ({"pages_fetched": 39, "pages_total": 40}, "a few seconds left"),
        ({"pages_fetched": 10, "pages_total": 1000}, "about 50 minutes left"),
        ({"pages_fetched": 0, "pages_total": 40}, None),
        ({"pages_fetched": 10, "pages_total": None}, None),
        ({"pages_fetched": 50, "pages_total": 40}, "a few seconds left"),
    ],
)
def test_a_running_sync_says_how_long_it_will_take(client, store, fields, told):
    began = timezone.now() - timedelta(seconds=30)
    run = make_run(store, status="running", started_at=began, **fields)
    page = page_of(client, run)
    assert (told in page) if told else ("left" not in page)


def test_a_paused_sync_names_no_time_left(client, store):
    now = timezone.now()
    paused = {"started_at": now, "not_before": now + timedelta(minutes=5)}
    counts = {"pages_fetched": 10, "pages_total": 40}
    run = make_run(store, status="running", **paused, **counts)
    assert "seconds left" not in page_of(client, run)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"one", "two", "three"}),
        ({"status": "failed"}, {"two", "three"}),
        ({"status": "failed", "resource": "orders"}, {"three"}),
        ({"status": "cancelled"}, set()),
        ({"status": "' OR 1=1 --", "resource": "\x00"}, {"one", "two", "three"}),
    ],
)
def test_the_list_is_narrowed_by_the_address(client, store, query, found):
    runs = {
        "one": make_run(store, status="succeeded"),
        "two": make_run(store, status="failed"),
        "three": make_run(store, status="failed", resource="orders"),
    }
    page = client.get(f"/dashboard/stores/{store.uid}/runs/", query).content.decode()
    assert {name for name, run in runs.items() if f"run-{run.uid}" in page} == found
    assert ("Nothing fits" in page) == (not found)
