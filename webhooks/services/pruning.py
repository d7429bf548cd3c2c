"""The log forgets: old deliveries go, large bodies are cut sooner."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Substr
from django.utils import timezone

from webhooks.models import KEPT_BYTES, Delivery, ThrottledHour

BATCH = 1_000
BATCHES = 20  # a call, so that it takes no worker's time from anybody else
# A large body is kept whole for as long as anybody would replay it.
LARGE_DAYS = 7


def prune_slice() -> int:
    """Remove a bounded number of old rows; return how many."""
    oldest = timezone.now() - timedelta(days=settings.WEBHOOK_LOG_DAYS)
    removed = 0
    for _ in range(BATCHES):
        old = Delivery.objects.filter(received_at__lt=oldest).order_by("received_at")
        ids = list(old.values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        removed += Delivery.objects.filter(pk__in=ids)._raw_delete("default")
    ThrottledHour.objects.filter(hour__lt=oldest).delete()
    cut_large_bodies()
    return removed


def cut_large_bodies() -> int:
    """Keep the beginning of large bodies nobody has replayed for LARGE_DAYS."""
    settled = timezone.now() - timedelta(days=LARGE_DAYS)
    large = Delivery.objects.filter(
        received_at__lt=settled,
        body_bytes__gt=KEPT_BYTES,
        is_replayable=True,
        due_at__isnull=True,
    )
    ids = list(large.values_list("pk", flat=True)[:BATCH])
    return Delivery.objects.filter(pk__in=ids).update(
        body=Substr("body", 1, KEPT_BYTES), is_replayable=False
    )
