"""A store's last 30 days as charts: how its runs ended, how many products it had."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, tzinfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from commerce.models import Product, RunStatus, Store
from hiwelink.charts import Chart, Series, stacked_bars

DAYS = 30
# From the bottom of a bar up.
RESULTS = (
    (RunStatus.SUCCEEDED, "good"),
    (RunStatus.PARTIAL, "warn"),
    (RunStatus.FAILED, "bad"),
    (RunStatus.CANCELLED, "idle"),
)


def run_results(store: Store, zone: tzinfo = UTC) -> Chart:
    """How the runs of each day ended; days as the reader's clock has them."""
    days = last_days(zone)
    runs = store.sync_runs.filter(created_at__gte=begin_of(days[0], zone))
    rows = (
        runs.order_by()
        .values_list(TruncDate("created_at", tzinfo=zone), "status")
        .annotate(n=Count("pk"))
    )
    found = Counter({(day, status): n for day, status, n in rows})
    layers = [
        Series(str(status.label), tone, [found[day, status] for day in days])
        for status, tone in RESULTS
    ]
    told = [layer for layer in layers if any(layer.values) or layer is layers[0]]
    return stacked_bars("Sync runs, 30 days", labels_of(days), told)


def catalogue_size(store: Store, zone: tzinfo = UTC) -> Chart:
    """How many live products the store had at the end of each day.

    Counted back from today: what came is taken off, what went is put back.
    """
    days = last_days(zone)
    since = begin_of(days[0], zone)
    products = Product.objects.filter(store=store)
    size = products.filter(deleted_at__isnull=True).count()
    came = by_day(products.filter(created_at__gte=since), "created_at", zone)
    went = by_day(products.filter(deleted_at__gte=since), "deleted_at", zone)
    sizes = []
    for day in reversed(days):
        sizes.append(max(size, 0))
        size += went[day] - came[day]
    layer = Series("Products", "accent", list(reversed(sizes)), is_level=True)
    return stacked_bars("Products in the catalogue, 30 days", labels_of(days), [layer])


def by_day(rows: QuerySet[Product], column: str, zone: tzinfo) -> Counter[date]:
    counted = (
        rows.order_by()
        .values_list(TruncDate(column, tzinfo=zone))
        .annotate(n=Count("*"))  # COUNT(id) would read the rows, not only the index
    )
    return Counter(dict(counted))


def last_days(zone: tzinfo) -> list[date]:
    today = timezone.now().astimezone(zone).date()
    return [today - timedelta(days=n) for n in reversed(range(DAYS))]


def begin_of(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def labels_of(days: list[date]) -> list[str]:
    return [f"{day.day} {day:%b}" for day in days]
