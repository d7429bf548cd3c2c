"""How much waits is told of a real Redis as it is of the database."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf
from django_q.signing import SignedPackage

from hiwelink.operations.queues import queue_states
from tests.redis_server import running_redis

pytestmark = pytest.mark.slow


def test_a_redis_queue_tells_how_many_wait_and_since_when(settings, monkeypatch):
    with running_redis() as server:
        check(server.url, settings, monkeypatch)


def check(redis_url, settings, monkeypatch):
    cluster = {key: value for key, value in settings.Q_CLUSTER.items() if key != "orm"}
    settings.Q_CLUSTER = cluster | {"redis": redis_url}
    monkeypatch.setattr(Conf, "ORM", None)
    monkeypatch.setattr(Conf, "REDIS", redis_url)
    name = cluster["name"]

    def waiting():
        return {state.name: state for state in queue_states()}

    assert {state.waiting for state in waiting().values()} == {0}
    broker = get_broker(name)
    assert isinstance(broker, Redis)
    old = timezone.now() - timedelta(minutes=5)
    for started in (old, timezone.now()):
        broker.enqueue(SignedPackage.dumps({"id": "1", "started": started}))
    state = waiting()[name]
    assert (state.waiting, state.oldest) == (2, old)
    assert timedelta(minutes=5) <= state.oldest_age < timedelta(minutes=6)
    broker.dequeue()
    assert waiting()[name].waiting == 1
    broker.connection.flushall()
    assert {(s.waiting, s.oldest) for s in waiting().values()} == {(0, None)}
