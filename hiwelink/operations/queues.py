"""How much waits on the queue, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min
from django_q.brokers import get_broker
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from hiwelink import clock


@dataclass(frozen=True)
class QueueState:
    """name: the cluster's. waiting: tasks nobody took. oldest: since when, if any."""

    name: str
    waiting: int
    oldest: datetime | None

    @property
    def oldest_age(self) -> timedelta:
        return clock.now() - self.oldest if self.oldest else timedelta()


def cluster_names() -> list[str]:
    others = settings.Q_CLUSTER.get("ALT_CLUSTERS", {})
    return [settings.Q_CLUSTER["name"], *others]


def queue_states() -> list[QueueState]:
    """Return the state of every queue, whichever broker holds them.

    Raises redis.RedisError when Redis is the broker and does not answer.
    """
    if "orm" in settings.Q_CLUSTER:
        return states_in_database()
    return [state_in_redis(name) for name in cluster_names()]


def states_in_database() -> list[QueueState]:
    waiting = OrmQ.objects.filter(lock__lte=clock.now())
    rows = {
        row["key"]: row
        for row in waiting.values("key").annotate(n=Count("pk"), oldest=Min("lock"))
    }
    return [
        QueueState(name, row["n"], row["oldest"])
        if (row := rows.get(name))
        else QueueState(name, 0, None)
        for name in cluster_names()
    ]


def state_in_redis(name: str) -> QueueState:
    broker = get_broker(name)
    first = broker.connection.lindex(broker.list_key, 0)
    oldest = SignedPackage.loads(first)["started"] if first else None
    return QueueState(name, broker.queue_size(), oldest)
