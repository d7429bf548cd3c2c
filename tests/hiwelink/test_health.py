"""/healthz and /readyz as a load balancer reads them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from hiwelink.worker.heartbeat import beat
from hiwelink.worker.models import WorkerHeartbeat

pytestmark = pytest.mark.django_db


def test_healthz_says_the_process_is_up(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.post("/healthz").status_code == 405


def test_readyz_is_ok_with_a_worker_and_degraded_without(client):
    assert client.get("/readyz").json()["status"] == "degraded"
    beat()
    assert client.get("/readyz").json() == {"status": "ok", "problems": []}
    WorkerHeartbeat.objects.update(seen_at=timezone.now() - timedelta(seconds=61))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "worker" in answer.json()["problems"][0]


def test_readyz_is_503_while_a_migration_is_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'commerce'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "migrate" in answer.json()["problems"][0]
