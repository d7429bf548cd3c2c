"""How much is let in: requests a minute, bytes a body, days in the log."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_store
from webhooks.models import Delivery, ThrottledHour
from webhooks.services import limits
from webhooks.tasks import sweep

EVENT = {"event": "order.updated", "data": {"id": "1", "status": "x"}}


def test_beyond_the_limit_of_a_store_is_429_and_only_counted(store, sender, settings):
    settings.WEBHOOK_STORE_LIMIT = 3
    statuses = [sender.post("orders", EVENT).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    limits.flush_throttled(at_once=True)
    assert store.deliveries.count() == 3
    assert ThrottledHour.objects.get().count == 2
    sender.store = make_store()
    assert sender.post("orders", EVENT).status_code == 200


def test_a_throttled_answer_says_when_to_come_again(sender, settings):
    settings.WEBHOOK_STORE_LIMIT = 0
    answer = sender.post("orders", EVENT)
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer.json()["code"] == "throttled"


def test_guesses_of_one_address_are_limited_across_tokens(store, sender, settings):
    settings.WEBHOOK_ADDRESS_LIMIT = 2
    statuses = []
    for token in ("a", "b", "c"):
        store.token = token
        statuses.append(sender.post("orders", EVENT).status_code)
    assert statuses == [404, 404, 429]


def test_a_burst_of_ten_times_a_busy_store_passes(sender):
    """A busy store sends 3,000 a minute; counting is all that is done here."""
    over = [limits.is_over_limit(sender.store, "192.0.2.1") for _ in range(30_000)]
    assert not any(over)


def test_a_flood_of_refused_requests_is_logged_less_and_less(
    store, sender, monkeypatch
):
    monkeypatch.setattr(limits, "REFUSED_WHOLE", 1)
    monkeypatch.setattr(limits, "REFUSED_LOGGED", 2)
    bad = b"x" * 5_000
    statuses = [sender.post("orders", bad).status_code for _ in range(4)]
    assert statuses == [400, 400, 429, 429]
    assert [len(d.body) for d in store.deliveries.order_by("id")] == [5_000, 1_024]
    assert sender.post("orders", EVENT).status_code == 200
    limits.flush_throttled(at_once=True)
    assert ThrottledHour.objects.get().count == 2


def test_a_cache_that_is_down_costs_no_event(sender, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:9",
        }
    }
    assert sender.post("orders", EVENT).status_code == 200


@pytest.mark.parametrize(("days", "kept"), [(29, 1), (31, 0)])
def test_the_log_forgets_after_30_days(store, sender, days, kept):
    sender.post("orders", EVENT)
    then = timezone.now() - timedelta(days=days)
    Delivery.objects.update(received_at=then)
    ThrottledHour.objects.create(store=store, hour=then, count=1)
    sweep()
    assert Delivery.objects.count() == ThrottledHour.objects.count() == kept
    assert store.orders.exists()


def test_large_bodies_are_cut_after_a_week(store, sender):
    sender.post(
        "orders", {"event": "order.created", "data": {"id": 1, "x": "y" * 99_999}}
    )
    sweep()
    delivery = store.deliveries.get()
    assert not delivery.is_body_cut
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=8))
    sweep()
    delivery.refresh_from_db()
    assert len(delivery.body) == 64 * 1024
    assert delivery.is_body_cut
    assert not delivery.is_replayable
