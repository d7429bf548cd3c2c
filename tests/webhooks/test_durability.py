"""Promise N1: what was answered 200 is applied, or is in the log to be replayed."""

import random
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta

import pytest
import requests
from django.utils import timezone

from tests.factories import make_store
from tests.webhooks.conftest import OK
from tests.webhooks.server import running_web
from webhooks.models import Delivery
from webhooks.reading import Change
from webhooks.services import applying, processing
from webhooks.services.replaying import estimate, replay, replay_all
from webhooks.tasks import sweep

LAMP = {"event": "product.updated", "data": {"id": "42", "name": "Lamp", "price": 5}}


def make_due():
    """Time passes for what nobody works on."""
    Delivery.objects.filter(due_at__isnull=False).update(due_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_process_left_is_applied_by_the_sweeper(
    store, sender, monkeypatch
):
    def die(*args, **options):
        raise SystemExit  # nothing of ours catches it, as with kill -9

    monkeypatch.setattr(applying, "apply_changes", die)
    with pytest.raises(SystemExit):
        sender.post("products", LAMP)
    monkeypatch.undo()
    delivery = store.deliveries.get()
    assert (delivery.status, delivery.http_status) == ("received", None)
    sweep()
    assert not store.products.exists()  # its request may still be at it
    make_due()
    sweep()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.outcome) == ("applied", "created")
    assert delivery.http_status is None
    assert store.products.get().observed_at == delivery.received_at


def test_a_late_one_never_overwrites_newer_news(store, sender):
    late = Delivery.objects.create(
        store=store,
        endpoint="products",
        status="received",
        body=b'{"event": "product.updated", "data": {"id": "42", "name": "Old"}}',
        headers={"content-type": "application/json"},
        is_replayable=True,
        attempts=1,
        received_at=timezone.now() - timedelta(minutes=1),
        due_at=timezone.now(),
    )
    sender.post("products", LAMP)
    sweep()
    late.refresh_from_db()
    assert (late.status, late.outcome, late.error_code) == (
        "unchanged",
        "stale",
        "stale",
    )
    assert store.products.get().name == "Lamp"


def test_our_mistake_is_500_marked_and_tried_again(store, sender, monkeypatch):
    def fail(*args, **options):
        raise RuntimeError("a bug")

    monkeypatch.setattr(applying, "apply_changes", fail)
    answer = sender.post("products", LAMP, Idempotency_Key="1")
    assert (answer.status_code, answer["Retry-After"]) == (500, "30")
    delivery = store.deliveries.get()
    assert (delivery.status, delivery.http_status) == ("failed", 500)
    assert delivery.error_code == "not_applied"
    for _ in range(10):
        make_due()
        sweep()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.due_at) == ("failed", None)
    assert delivery.attempts == processing.MAX_ATTEMPTS
    monkeypatch.undo()
    # Its sender may try again with the same id; so may the merchant.
    assert sender.post("products", LAMP, Idempotency_Key="1").json() == OK
    assert store.deliveries.first().status == "applied"


def test_nothing_is_half_applied(store, sender, monkeypatch):
    def fail_after(*args, **options):
        assert store.products.exists()
        raise RuntimeError("a bug after the product was written")

    monkeypatch.setattr(applying, "event_outcome", fail_after)
    assert sender.post("products", LAMP).status_code == 500
    assert not store.products.exists()
    assert store.deliveries.get().status == "failed"


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_kills_its_worker_is_given_up(store, sender, monkeypatch):
    def die(*args, **options):
        raise SystemExit

    monkeypatch.setattr(applying, "apply_changes", die)
    with pytest.raises(SystemExit):
        sender.post("products", LAMP)
    for _ in range(processing.MAX_ATTEMPTS - 1):
        make_due()
        with pytest.raises(SystemExit):
            sweep()
    make_due()
    sweep()
    delivery = store.deliveries.get()
    assert (delivery.status, delivery.error_code) == ("failed", "interrupted")
    assert delivery.due_at is None
    monkeypatch.undo()
    replay(delivery)
    assert store.products.exists()


def test_many_are_replayed_after_a_look_at_what_that_would_do(store, sender):
    for number in range(3):
        sender.product("created")(code=str(number), name="Cup")
    sender.order("created")(id="1")
    sender.order("updated")(id="1", status="paid")
    sender.post("products", b"nonsense")
    store.field_mappings = {"products": {"id": "code"}}
    store.save()
    everything = store.deliveries.all()
    told = estimate(everything)
    assert (told.total, told.replayable, told.stale) == (6, 5, 1)
    assert told.by_event == {
        "product.created": 3,
        "order.created": 1,
        "order.updated": 1,
    }
    assert replay_all(everything) == 5
    sweep()
    assert store.products.count() == 3
    assert store.orders.get().status == "paid"
    assert not Delivery.objects.filter(due_at__isnull=False).exists()
    assert estimate(everything.filter(status="refused")).total == 1


def test_a_repeated_id_is_answered_and_not_applied_again(store, sender):
    first = sender.post("products", LAMP, Webhook_Id="msg_1")
    sender.product("updated")(id="42", price=9)
    again = sender.post("products", LAMP, Webhook_Id="msg_1")
    assert first.json() == again.json() == OK
    assert store.products.get().price == 9
    duplicate = store.deliveries.first()
    assert (duplicate.status, duplicate.http_status) == ("duplicate", 200)
    assert str(store.deliveries.last().uid) in duplicate.error_detail
    other = make_store()
    sender.store = other
    sender.post("products", LAMP, Webhook_Id="msg_1")
    assert other.products.exists()


def test_a_repeated_id_with_another_body_is_remarked(store, sender):
    sender.post("products", LAMP, Idempotency_Key="k" * 500)
    sender.product("updated", Idempotency_Key="k" * 500)(id="42", price=9)
    assert "another one" in store.deliveries.first().error_detail
    sender.product("updated", Idempotency_Key="k" * 499 + "x")(id="42", price=9)
    assert store.products.get().price == 9


def test_a_refused_id_may_be_used_again(store, sender):
    sender.product("created", Webhook_Id="m")(name="No id")
    assert sender.product("created", Webhook_Id="m")(id="1", name="A").json() == OK
    assert store.products.exists()


def test_a_repeated_bulk_request_names_the_same_run(sender):
    first = sender.post("sync", {}, Idempotency_Key="a").json()
    assert sender.post("sync", {}, Idempotency_Key="a").json() == first


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_five_duplicates_of_200_events_shuffled_leave_one_row_each_in_the_last_state():
    store = make_store()
    rng = random.Random(3)
    with running_web() as web, ThreadPoolExecutor(16) as pool:

        def send(event):
            number, version = event
            answer = requests.post(
                web.address(store, "products"),
                json={
                    "event": "product.updated",
                    "data": {"id": str(number), "name": "Cup", "price": version},
                },
                headers={"Idempotency-Key": f"{number}.{version}"},
                timeout=20,
            )
            assert answer.json() == OK

        # Each version of a product is sent once the one before was answered; its own
        # five requests are in flight together with those of all the others.
        for version in (1, 2, 3, 4):
            wave = [(number, version) for number in range(50)] * 5
            rng.shuffle(wave)
            list(pool.map(send, wave))
    assert store.products.count() == 50
    assert set(store.products.values_list("price", flat=True)) == {4}
    assert store.deliveries.filter(status="applied").count() == 200
    assert store.deliveries.filter(status="duplicate").count() == 800


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_web_workers_killed_during_1000_events_lose_none_that_was_answered_200():
    store = make_store()
    answered: set[str] = set()

    def send(number):
        data = {"id": f"p{number}", "name": f"Cup {number}", "price": 5}
        body = {"event": "product.created", "data": data}
        try:
            answer = requests.post(
                web.address(store, "products"), json=body, timeout=20
            )
        except requests.ConnectionError:
            return  # killed with the worker that had it
        if answer.status_code == 200:
            answered.add(data["id"])

    kills = 0
    with running_web() as web, ThreadPoolExecutor(12) as pool:
        sending = [pool.submit(send, number) for number in range(1_000)]
        for done, _ in enumerate(as_completed(sending), start=1):
            if done % 80 == 0 and (workers := web.workers()):
                workers[0].kill()
                kills += 1
    assert kills >= 8
    assert 500 < len(answered) < 1_000
    before = ids_in(store)
    lost = answered - before
    recorded = store.deliveries.filter(status="received", is_replayable=True)
    assert len(lost) <= recorded.count()
    make_due()
    sweep()
    assert answered <= ids_in(store)
    assert len(ids_in(store)) == store.products.count()
    assert not store.deliveries.exclude(status="applied").exists()


def ids_in(store):
    return set(store.products.values_list("external_id", flat=True))


def test_events_of_one_record_at_once_are_applied_in_the_order_of_their_arrival(store):
    now = timezone.now()
    late, early = (
        Delivery(
            store=store, endpoint="products", received_at=now - timedelta(seconds=ago)
        )
        for ago in (1, 2)
    )
    later = Change("products", {"id": "1", "name": "Lamp", "price": 2})
    earlier = Change("products", {"id": "1", "name": "Lamp", "price": 1, "sku": "S"})
    changes = [(late, later), (early, earlier)]
    results = applying.apply_changes(store, changes)
    assert [result.action for result in results] == ["updated", "created"]
    product = store.products.get()
    assert (product.price, product.sku) == (2, "S")
