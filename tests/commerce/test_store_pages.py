"""The dashboard and a store's own page."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from commerce.models import Store
from hiwelink.accounts.models import Membership
from tests.commerce.people import owner_of
from tests.factories import (
    make_order,
    make_product,
    make_run,
    make_store,
    make_user,
)

pytestmark = pytest.mark.django_db


def page_of(client, store: Store, part: str = "") -> str:
    client.force_login(owner_of(store))
    return client.get(f"/dashboard/stores/{store.uid}/{part}").content.decode()


def test_an_empty_dashboard_teaches_the_four_steps(client):
    client.force_login(make_user())
    content = client.get("/dashboard/").content.decode()
    for step in (
        "Expose REST endpoints",
        "Generate API credentials",
        "Connect in HiWelink",
        "Sync and go live",
    ):
        assert step in content
    assert 'href="/dashboard/stores/new/"' in content


def test_the_dashboard_counts_each_stores_live_records(client):
    store = make_store(name="Nordlicht", last_synced_at=timezone.now())
    for _ in range(3):
        make_product(store)
    make_product(store, deleted_at=timezone.now())
    make_order(store)
    other = make_store(owner_of(store), name="Second")
    client.force_login(owner_of(store))
    rows = client.get("/dashboard/").context["rows"]
    assert [(row.store, row.counts) for row in rows] == [
        (store, {"products": 3, "orders": 1}),
        (other, {"products": 0, "orders": 0}),
    ]


def test_the_dashboard_shows_stores_of_every_workspace_of_mine_and_no_other(client):
    user = make_user()
    mine = make_store(user, name="Mine")
    shared = make_store(name="Shared")
    make_store(name="Foreign")
    Membership.objects.create(workspace=shared.workspace, user=user, role="viewer")
    client.force_login(user)
    content = client.get("/dashboard/").content.decode()
    assert mine.name in content
    assert shared.name in content
    assert escape(shared.workspace.name) in content
    assert "Foreign" not in content


def test_the_dashboard_watches_a_running_sync_and_nothing_else(client):
    store = make_store()
    client.force_login(owner_of(store))
    assert "hx-trigger" not in client.get("/dashboard/").content.decode()
    make_run(store, status="running", pages_fetched=2, pages_total=8, records_read=100)
    for url in ("/dashboard/", "/dashboard/stores/"):
        content = client.get(url).content.decode()
        assert 'hx-get="/dashboard/stores/"' in content
        assert 'value="25"' in content
        assert "Page 2 of 8" in content
        assert "Syncing" in content


def test_the_dashboard_says_why_a_store_fails(client):
    store = make_store(failures_in_a_row=2)
    make_run(store, status="failed", error_detail="An older reason.")
    run = make_run(store, status="failed", error_detail="The store said no.")
    client.force_login(owner_of(store))
    content = client.get("/dashboard/").content.decode()
    assert "Sync failing" in content
    assert "The store said no." in content
    assert "An older reason." not in content
    assert f"/dashboard/stores/{store.uid}/runs/{run.uid}/" in content


def test_a_disconnected_store_says_so(client):
    store = make_store(status="disconnected", credentials=None)
    content = page_of(client, store)
    assert "Disconnected" in content
    assert "This store is disconnected" in content
    assert "Sync now" not in content


def test_the_store_page_holds_the_three_values_and_the_addresses(client, settings):
    settings.PUBLIC_BASE_URL = "https://app.hiwelink.example"
    store = make_store(credentials={"api_key": "sk_live_very_secret"})
    content = page_of(client, store)
    assert f"HIWELINK_STORE_TOKEN={store.token}" in content
    assert "HIWELINK_WEBHOOK_URL=https://app.hiwelink.example\n" in content
    assert "HIWELINK_API_KEY=the-key-you-connected-with\n" in content
    root = f"https://app.hiwelink.example/api/generic-api/webhooks/{store.token}"
    for part in ("products", "orders", "sync"):
        assert f">{root}/{part}</code>" in content
    assert f'<code id="store-token">{store.token}</code>' in content
    assert 'data-copy="store-token"' in content
    assert "sk_live_very_secret" not in content


def test_the_store_page_watches_while_a_run_is_active(client):
    store = make_store()
    run = make_run(store, status="running")
    live = f'hx-get="/dashboard/stores/{store.uid}/live/"'
    assert live in page_of(client, store)
    assert live in page_of(client, store, "live/")
    run.status = "succeeded"
    run.save()
    assert "hx-trigger" not in page_of(client, store)
    assert "hx-trigger" not in page_of(client, store, "live/")


def test_the_live_part_is_what_the_page_first_showed(client):
    store = make_store()
    make_product(store, name="Merino sock")
    make_run(store, status="queued")
    part = page_of(client, store, "live/").strip()
    assert part.startswith('<div class="stack" id="live"')
    assert part in page_of(client, store)


def test_the_latest_products_come_first(client):
    store = make_store()
    now = timezone.now()
    for day in range(7):
        make_product(store, name=f"Day {day}", updated_at=now - timedelta(days=day))
    content = page_of(client, store)
    assert content.index("Day 0") < content.index("Day 4")
    assert "Day 5" not in content


def test_times_are_in_the_users_zone_and_exact_on_hover(client):
    user = make_user(time_zone="Asia/Tokyo")
    moment = timezone.now().replace(2026, 3, 1, 20, 15, 0, 0)
    store = make_store(user, connected_at=moment)
    content = page_of(client, store)
    assert 'datetime="2026-03-01T20:15:00+00:00"' in content
    assert "2 Mar 2026, 05:15" in content
    assert "Monday 2 March 2026, 05:15:00" in content


def test_an_unknown_time_zone_falls_back_to_utc(client):
    moment = timezone.now().replace(2026, 3, 1, 20, 15, 0, 0)
    store = make_store(make_user(time_zone="Moon/Crater"), connected_at=moment)
    assert "1 Mar 2026, 20:15" in page_of(client, store)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (None, "Off"),
        (60, "Every hour"),
        (90, "Every 90 minutes"),
        (2880, "Every 2 days"),
    ],
)
def test_the_interval_is_told_in_words(client, minutes, words):
    assert words in page_of(client, make_store(sync_interval_minutes=minutes))


def test_the_tab_of_the_page_is_marked(client):
    store = make_store()
    tab = f'<a href="/dashboard/stores/{store.uid}/products/" aria-current="page">'
    assert tab in page_of(client, store, "products/")
    assert tab not in page_of(client, store)


def test_a_name_is_text_and_never_markup(client):
    store = make_store(name="<img src=x onerror=alert(1)>")
    client.force_login(owner_of(store))
    for url in ("/dashboard/", f"/dashboard/stores/{store.uid}/"):
        assert "<img src=x" not in client.get(url).content.decode()


def test_pages_that_do_not_exist_say_so(client):
    response = client.get("/dashboard/nothing/here/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()
