"""How many requests a minute are let through, and the count of those that were not.

Generous: a busy store sends 50 events a second, and ten times that is let through.
Counted in the cache: without Redis each web process counts for itself.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from commerce.models import Store
from webhooks.models import KEPT_BYTES, ThrottledHour

WINDOW_SECONDS = 60
FLUSH_SECONDS = 1.0
# Refused requests, a store and minute: of so many the bodies are kept, of so many more
# the beginning; the rest is turned away. Without this a stranger who knows an address
# could fill the disk with what is never applied.
REFUSED_WHOLE = 600
REFUSED_LOGGED = 6_000
SHORT_BYTES = 1024

logger = logging.getLogger(__name__)
_lock = threading.Lock()
_turned_away: Counter[tuple[int, datetime]] = Counter()
_flushed_at = 0.0


def is_over_limit(store: Store | None, address: str) -> bool:
    """Count one request of this store and address; whether it is one too many."""
    return spend("address", address, settings.WEBHOOK_ADDRESS_LIMIT) or (
        store is not None and spend("store", store.pk, settings.WEBHOOK_STORE_LIMIT)
    )


def spend(kind: str, name: object, limit: int) -> bool:
    """Count one use in this minute's window; whether it is beyond `limit`."""
    return count(kind, name) > limit


def count(kind: str, name: object) -> int:
    """Count one use in this minute's window; return how many there were."""
    key = f"webhooks:{kind}:{name}:{int(time.time() // WINDOW_SECONDS)}"
    try:
        return count_up(key)
    except Exception:
        # A cache that is down must not cost a merchant an event.
        logger.exception("The cache does not count webhooks.")
        return 1


def count_up(key: str) -> int:
    """Add one to what is mostly there; begin at 1 otherwise."""
    with suppress(ValueError):  # none yet in this window
        return cache.incr(key)
    if not cache.add(key, 1, timeout=2 * WINDOW_SECONDS):
        with suppress(ValueError):  # begun by another, and evicted since
            return cache.incr(key)
    return 1


def room_for_refused(store: Store) -> int | None:
    """How many bytes of a refused body are logged; None: not even that it came."""
    refused = count("refused", store.pk)
    if refused > REFUSED_LOGGED:
        return None
    return KEPT_BYTES if refused <= REFUSED_WHOLE else SHORT_BYTES


def seconds_left() -> int:
    """How long a throttled sender has to wait for the next window."""
    return WINDOW_SECONDS - int(time.time() % WINDOW_SECONDS)


def count_throttled(store: Store) -> None:
    """Count a request turned away; a flood writes one row a second, not one each."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    with _lock:
        _turned_away[store.pk, hour] += 1
    flush_throttled()


def flush_throttled(*, at_once: bool = False) -> None:
    """Write what was counted in memory, at most once in FLUSH_SECONDS a process."""
    global _flushed_at
    with _lock:
        now = time.monotonic()
        if not _turned_away or not (at_once or now - _flushed_at >= FLUSH_SECONDS):
            return
        _flushed_at = now
        counts = dict(_turned_away)
        _turned_away.clear()
    table = ThrottledHour._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f'INSERT INTO "{table}" AS stored (store_id, hour, count) '
            "SELECT id, %s, %s FROM commerce_store WHERE id = %s "
            "ON CONFLICT (store_id, hour) DO UPDATE "
            "SET count = stored.count + EXCLUDED.count",
            [(hour, count, store_id) for (store_id, hour), count in counts.items()],
        )
