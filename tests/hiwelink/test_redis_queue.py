"""How much waits is told of a real Redis as it is of the database."""

import shutil
import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf
from django_q.signing import SignedPackage

from hiwelink.operations.queues import queue_states

pytestmark = pytest.mark.slow


@pytest.fixture
def redis_url():
    """A Redis of our own on a socket: no port to choose, nothing on the network."""
    folder = Path(tempfile.mkdtemp(prefix="redis"))  # short: sockets' paths are limited
    path = folder / "redis.sock"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", path, "--save", ""],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(path)
        yield f"unix://{path}"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder)


def wait_for(path):
    ends_at = time.monotonic() + 20
    client = redis.Redis(unix_socket_path=str(path))
    while time.monotonic() < ends_at:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            time.sleep(0.02)
    raise AssertionError("Redis did not start")


def test_a_redis_queue_tells_how_many_wait_and_since_when(
    redis_url, settings, monkeypatch
):
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
