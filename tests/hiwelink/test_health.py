"""/healthz and /readyz as a load balancer reads them."""

import os
import subprocess
import sys
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


ASK_WITHOUT_A_DATABASE = """
import django
django.setup()
from django.test import Client
for path in ("/healthz", "/readyz"):
    answer = Client(headers={"host": "localhost"}).get(path)
    print(answer.status_code, answer.headers.get("Retry-After"), answer.text)
"""


def test_readyz_is_503_without_a_database_and_healthz_is_not(tmp_path):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "hiwelink.settings",
        "DATABASE_URL": "postgres://nobody:secret-canary@127.0.0.1:1/none",
        "DATA_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK_WITHOUT_A_DATABASE],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    health, ready = done.stdout.splitlines()
    assert health == '200 None {"status": "ok"}'
    assert ready.startswith('503 5 {"status": "unavailable"')
    assert "The database does not answer." in ready
    assert "canary" not in ready


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_no_session_and_no_https_is_needed(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/account/login/").status_code == 301
    answer = client.get(path)
    assert answer.status_code == 200
    assert not answer.cookies
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405
