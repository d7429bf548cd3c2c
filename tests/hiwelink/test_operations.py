"""The status page and /metrics tell the truth, and only to whom it is for."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import Failure, OrmQ
from prometheus_client.parser import text_string_to_metric_families

from chatbot.indexing import index_words
from chatbot.models import SearchIndex
from hiwelink.worker.heartbeat import beat
from hiwelink.worker.models import WorkerHeartbeat
from hiwelink.worker.queue import queue
from tests.chatbot.shop import make_chatbot
from tests.factories import make_product, make_run, make_store, make_user
from tests.staff import INLINE, make_superuser
from webhooks.models import Delivery, ThrottledHour

pytestmark = pytest.mark.django_db
TOKEN = "metrics-token"


@pytest.fixture
def staff(client):
    client.force_login(make_superuser())
    return client


def fill() -> None:
    """A store with something of everything, some of it late."""
    now = timezone.now()
    store = make_store(failures_in_a_row=2)
    make_run(store, status="failed", pages_fetched=4)
    make_run(store, status="running", lease_until=now - timedelta(minutes=5))
    Delivery.objects.create(
        store=store,
        endpoint="products",
        status="received",
        due_at=now - timedelta(minutes=5),
    )
    ThrottledHour.objects.create(store=store, hour=now, count=7)
    for number in range(3):
        make_product(store, f"p{number}")
    index_words(store)
    conversation = make_chatbot(store).conversations.create()
    for milliseconds in range(0, 10_000, 100):
        conversation.messages.create(role="assistant", duration_ms=milliseconds)
    conversation.messages.create(
        role="assistant", duration_ms=90_000, created_at=now - timedelta(hours=25)
    )
    Failure.objects.create(
        id="f", name="f", func="f", started=now, stopped=now, success=False
    )


def page(client) -> str:
    answer = client.get("/admin/status/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_well_machine_says_so(staff):
    beat()
    html = page(staff)
    assert "Everything moves." in html
    assert not INLINE.search(html)
    assert "/admin/status/" in staff.get("/admin/").content.decode()


def test_what_is_wrong_is_said_in_sentences(staff):
    fill()
    WorkerHeartbeat.objects.create(
        host="gone", seen_at=timezone.now() - timedelta(minutes=3)
    )
    html = page(staff)
    assert "No worker was seen in the last minute" in html
    assert "Runs wait for the sweeper" in html
    assert "Deliveries wait to be applied" in html
    figures = re.findall("<th[^>]*>([^<]*)</th><td>([^<]*)</td>", html)
    assert ("Products waiting to be embedded", "3") in figures
    assert ("Tasks failed in 24 hours", "1") in figures
    assert ("Runs failed in 24 hours", "1") in figures
    assert ("Pages fetched in 24 hours", "4") in figures
    assert ("Chat answers, 95 % within", "9.5 s") in figures


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_does_not_move_is_told(staff):
    queue("commerce.tasks.sweep")
    assert "is 0 s behind" not in page(staff)
    OrmQ.objects.update(lock=timezone.now() - timedelta(minutes=10))
    assert "is 600 s behind" in page(staff)


def test_a_model_that_does_not_answer_is_told(staff):
    store = make_store()
    make_product(store)
    index_words(store)
    SearchIndex.objects.update(problem="429, the quota is used up.")
    messages = make_chatbot(store).conversations.create().messages
    messages.create(role="assistant", duration_ms=9, error_code="model_quota")
    html = page(staff)
    assert "The embedding model does not answer (429, the quota is used up.)" in html
    assert "model does not answer (model_quota)" in html
    messages.create(role="assistant", duration_ms=9)
    assert "(model_quota)" not in page(staff)


def test_only_staff_see_the_status(client):
    client.force_login(make_user())
    assert client.get("/admin/status/").status_code == 302
    assert client.post("/admin/status/").status_code == 302


def metrics(client, token=TOKEN):
    return client.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {token}")


def test_prometheus_reads_every_figure(client, settings):
    settings.METRICS_TOKEN = TOKEN
    fill()
    beat()
    answer = metrics(client)
    assert answer["Content-Type"].startswith("text/plain")
    read = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }
    assert read["hiwelink_sync_runs_24h", "failed"] == 1
    assert read["hiwelink_sync_runs_24h", "running"] == 1
    assert read["hiwelink_deliveries_24h", "received"] == 1
    assert read["hiwelink_queue_tasks", "hiwelink"] == 0
    assert read["hiwelink_workers",] == 1
    assert read["hiwelink_pages_24h",] == 4
    assert read["hiwelink_answer_seconds", "0.5"] == 5.0
    assert read["hiwelink_answer_seconds", "0.95"] == 9.5
    assert read["hiwelink_stuck_runs",] == 1
    assert read["hiwelink_failing_stores",] == 1
    assert read["hiwelink_throttled_24h",] == 7
    assert read["hiwelink_failed_tasks_24h",] == 1
    assert read["hiwelink_waiting_embeddings",] == 3
    assert read["hiwelink_overdue_deliveries",] == 1


@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_nobody_else_reads_them(client, settings, token):
    settings.METRICS_TOKEN = TOKEN
    assert metrics(client, token).status_code == 404
    assert client.post("/metrics").status_code == 405
    settings.METRICS_TOKEN = ""
    assert metrics(client, "").status_code == 404
