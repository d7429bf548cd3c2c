"""Charts of the last 30 days: runs as they ended, the catalogue as it grew."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from commerce.models import Product, SyncRun
from commerce.trends import catalogue_size, run_results
from tests.commerce.people import owner_of
from tests.factories import make_product, make_run, make_store

pytestmark = pytest.mark.django_db


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def test_runs_are_counted_by_the_day_and_how_they_ended():
    store = make_store()
    for days, status in (
        (0, "succeeded"),
        (0, "failed"),
        (3, "failed"),
        (40, "failed"),
    ):
        run = make_run(store, status=status)
        SyncRun.objects.filter(pk=run.pk).update(created_at=days_ago(days))
    make_run(make_store(), status="partial")
    chart = run_results(store)
    assert chart.rows[-1][1] == [("Succeeded", 1), ("Failed", 1)]
    assert chart.rows[-4][1] == [("Succeeded", 0), ("Failed", 1)]
    assert [total for _, _, total in chart.totals] == [1, 2]


def test_the_catalogue_is_counted_back_from_today():
    store = make_store()
    for came, went in ((40, None), (5, None), (5, 2), (40, 10), (0, None)):
        product = make_product(store)
        Product.objects.filter(pk=product.pk).update(
            created_at=days_ago(came),
            deleted_at=days_ago(went) if went is not None else None,
        )
    chart = catalogue_size(store)
    assert chart.totals == [("Products", "accent", 3)]
    sizes = [values[0][1] for _, values in chart.rows]
    assert sizes[-1] == 3
    assert sizes[-2] == sizes[-3] == 2  # went two days ago
    assert sizes[-4] == 3
    assert sizes[-7] == 1
    assert sizes[0] == 2  # the one that went ten days ago


def test_a_day_is_the_readers_day():
    store = make_store()
    run = make_run(store, status="failed")
    late = datetime.now(UTC).replace(hour=23, minute=30) - timedelta(days=2)
    SyncRun.objects.filter(pk=run.pk).update(created_at=late)
    tokyo = run_results(store, ZoneInfo("Asia/Tokyo"))
    day = late.astimezone(ZoneInfo("Asia/Tokyo"))
    hit = [label for label, values in tokyo.rows if any(n for _, n in values)]
    assert hit == [f"{day.day} {day:%b}"]


def test_the_runs_page_draws_both(client):
    store = make_store()
    make_run(store, status="succeeded")
    client.force_login(owner_of(store))
    html = client.get(f"/dashboard/stores/{store.uid}/runs/").content.decode()
    assert 'id="run-results"' in html
    assert 'id="catalogue-size"' in html
