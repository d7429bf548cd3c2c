"""The last 24 hours of a store's webhooks, as a chart and figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils import timezone

from commerce.models import Store
from hiwelink.charts import Chart, Series, stacked_bars
from webhooks.models import Delivery, DeliveryStatus, ThrottledHour

HOURS = 24
# (label, tone, statuses) from the bottom of a bar up.
VERDICTS = (
    (
        "Applied",
        "good",
        {DeliveryStatus.APPLIED, DeliveryStatus.UNCHANGED, DeliveryStatus.DUPLICATE},
    ),
    ("Waiting", "accent", {DeliveryStatus.RECEIVED, DeliveryStatus.QUEUED}),
    ("Refused", "warn", {DeliveryStatus.REFUSED}),
    ("Failed", "bad", {DeliveryStatus.FAILED}),
)


@dataclass(frozen=True)
class Activity:
    """counts: {label of a verdict: deliveries}; throttled: turned away with 429."""

    chart: Chart
    counts: dict[str, int]
    throttled: int


def activity_of(store: Store, zone: tzinfo = UTC) -> Activity:
    """Count the deliveries of each of the last 24 hours, labelled in `zone`."""
    this_hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = [this_hour - timedelta(hours=n) for n in reversed(range(HOURS))]
    found = counts_by_hour(store, hours[0])
    throttled = dict(
        ThrottledHour.objects.filter(store=store, hour__gte=hours[0]).values_list(
            "hour", "count"
        )
    )
    layers = [
        Series(label, tone, [sum(found[h, s] for s in statuses) for h in hours])
        for label, tone, statuses in VERDICTS
    ]
    layers.append(Series("Throttled", "idle", [throttled.get(h, 0) for h in hours]))
    told = [layer for layer in layers if any(layer.values) or layer is layers[0]]
    labels = [f"{hour.astimezone(zone):%H:%M}" for hour in hours]
    return Activity(
        chart=stacked_bars("Last 24 hours", labels, told),
        counts={layer.label: sum(layer.values) for layer in layers},
        throttled=sum(throttled.values()),
    )


def counts_by_hour(store: Store, since: datetime) -> Counter[tuple[datetime, str]]:
    rows = (
        Delivery.objects.filter(store=store, received_at__gte=since)
        .order_by()
        .values_list(TruncHour("received_at", tzinfo=UTC), "status")
        .annotate(n=Count("pk"))
    )
    return Counter({(hour, status): n for hour, status, n in rows})
