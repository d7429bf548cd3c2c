"""Count what must hold over processes: in the database, in one statement."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F

from chatbot.models import Counter
from hiwelink import clock

HOUR = 3_600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Limit:
    """At most `most` times in `seconds` from the first, for one `who`."""

    what: str
    who: str
    most: int
    seconds: int

    @property
    def key(self) -> str:
        """A keyed hash: who it was cannot be read from the database."""
        text = f"{self.what}\0{self.who}"
        return hmac.digest(settings.SECRET_KEY.encode(), text.encode(), "sha256").hex()


def count_up(limits: Sequence[Limit]) -> list[Limit]:
    """Count once for each limit; return those that are now exceeded.

    Counted before what is limited is done: a thousand requests at the same moment do
    not slip through together.
    """
    now = clock.now()
    rows: list[str | datetime] = []
    # One order for all, so that two requests cannot deadlock.
    for limit in sorted(limits, key=lambda limit: limit.key):
        rows += [limit.key, now + timedelta(seconds=limit.seconds)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO chatbot_counter AS stored (key, count, expires_at)
            VALUES {", ".join(["(%s, 1, %s)"] * len(limits))}
            ON CONFLICT (key) DO UPDATE SET
                count = CASE WHEN stored.expires_at <= %s
                    THEN 1 ELSE stored.count + 1 END,
                expires_at = CASE WHEN stored.expires_at <= %s
                    THEN EXCLUDED.expires_at ELSE stored.expires_at END
            RETURNING key, count
            """,
            [*rows, now, now],
        )
        counts: dict[str, int] = dict(cursor.fetchall())
    return [limit for limit in limits if counts[limit.key] > limit.most]


def count_down(limits: Iterable[Limit]) -> None:
    """Take one count back from each: what was counted did not happen after all."""
    Counter.objects.filter(key__in=[limit.key for limit in limits], count__gt=0).update(
        count=F("count") - 1
    )


def prune_counters() -> int:
    """Delete counts that are over; return how many."""
    return Counter.objects.filter(expires_at__lte=clock.now()).delete()[0]
