"""What an event costs the database, and that some at once cost little more than one."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_store
from webhooks.rows import update_deliveries
from webhooks.services import together


def statements(captured):
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


def test_an_event_takes_few_statements(store, sender):
    sender.product("created")(id="1", name="Lamp", price=1)
    with CaptureQueriesContext(connection) as captured:
        sender.product("updated")(id="1", name="Lamp", price=2)
    # Find the store and record; in one transaction the mapping, the row, the write
    # and the mark.
    assert len(statements(captured)) == 6


def test_a_refused_event_takes_fewer(store, sender):
    with CaptureQueriesContext(connection) as captured:
        sender.post("products", b"nonsense")
    # The store, its credential and secrets to mask, and the log.
    assert len(statements(captured)) == 4


@pytest.mark.django_db(transaction=True)
def test_events_that_arrive_at_once_are_recorded_and_applied_together(monkeypatch):
    store = make_store()
    path = f"/api/generic-api/webhooks/{store.token}/products"
    batches = []
    apply = together.apply_together
    monkeypatch.setattr(
        together,
        "apply_together",
        lambda fresh: batches.append(len(fresh)) or apply(fresh),
    )

    def send(number):
        data = {"id": str(number % 40), "name": "Lamp", "price": number}
        body = json.dumps({"event": "product.updated", "data": data})
        try:
            answer = Client().post(path, body, content_type="application/json")
            return answer.status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(send, range(240))) == {200}
    assert sum(batches) == 240
    assert len(batches) < 200
    assert store.products.count() == 40
    assert (
        store.deliveries.filter(status="applied").count()
        + store.deliveries.filter(status="unchanged", error_code="stale").count()
        == 240
    )


def test_marking_reads_no_other_delivery(store, sender):
    """However many there are, and before the database has statistics of them."""
    sender.product("created")(id="1", name="Lamp")
    delivery = store.deliveries.order_by("pk").first()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO webhooks_delivery SELECT (jsonb_populate_record(stored,"
            " jsonb_build_object('id', stored.id + n, 'uid', gen_random_uuid()))).*"
            " FROM webhooks_delivery AS stored, generate_series(1000, 3000) AS n"
            " WHERE id = %s",
            [delivery.pk],
        )
    with CaptureQueriesContext(connection) as captured:
        update_deliveries([(delivery, {"attempts": 3})])
    (statement,) = statements(captured)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (GENERIC_PLAN) {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan" in plan
    assert "Seq Scan" not in plan
