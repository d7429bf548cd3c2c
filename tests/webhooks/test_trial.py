"""The test event: each step is seen, and nothing of it stays in the catalogue."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_product
from webhooks.services import trial
from webhooks.services.secrets import rotate_secret, set_require_signatures
from webhooks.services.trial import StepFailed, add_step, send_test_event

WAY = ["receive", "verify", "map", "save", "remove"]


@pytest.fixture(autouse=True)
def _only_our_steps(monkeypatch):
    monkeypatch.setattr(trial, "_later", {})


def states(walked):
    return {step.name: step.state for step in walked.steps}


def live(store):
    return store.products.filter(deleted_at__isnull=True)


def failure(walked):
    return next(step for step in walked.steps if step.state == "failed")


def test_a_sound_store_passes_every_step_and_keeps_only_the_delivery(store):
    kept = make_product(store)
    walked = send_test_event(store)
    assert walked.has_passed
    assert [step.name for step in walked.steps] == WAY
    assert all(step.detail and step.took_ms is not None for step in walked.steps)
    assert live(store).get() == kept
    delivery = store.deliveries.get()
    assert (delivery.status, delivery.is_replayable) == ("applied", False)
    assert delivery.uid == walked.delivery.uid


def test_it_is_signed_by_a_store_that_signs(store):
    rotate_secret(store)
    set_require_signatures(store, True)
    assert send_test_event(store).has_passed
    assert store.deliveries.get().signature == "valid"


@pytest.mark.parametrize(
    "mapping",
    [
        {"id": "code", "name": "title.en", "price": "prices[0].amount"},
        {"products": {"name": "product_title"}, "orders": {"id": "nr"}},
    ],
)
def test_it_speaks_the_stores_own_field_names(store, mapping):
    store.field_mappings = mapping
    store.save()
    assert send_test_event(store).has_passed


def test_a_mapping_that_loses_the_name_fails_there(store):
    store.field_mappings = {"name": "description"}
    store.save()
    walked = send_test_event(store)
    assert failure(walked).name in ("map", "save")
    assert states(walked)["remove"] == "passed"
    assert not live(store).exists()


def test_a_disconnected_store_fails_at_the_door(store):
    store.status, store.credentials = "disconnected", None
    store.save()
    walked = send_test_event(store)
    assert failure(walked).name == "receive"
    assert "disconnected" in failure(walked).detail
    assert states(walked)["save"] == "skipped"


def test_later_apps_see_the_product_and_may_fail(store):
    seen = []
    add_step("index", "Index", lambda product: seen.append(product.name) or "Found.")

    def fail(product):
        raise StepFailed("No worker runs. Start one.")

    add_step("find", "Find", fail)
    walked = send_test_event(store)
    assert seen == ["HiWelink test product"]
    assert list(states(walked)) == [*WAY[:4], "index", "find", "remove"]
    assert failure(walked).detail == "No worker runs. Start one."
    assert not live(store).exists()


def test_a_step_that_breaks_leaves_nothing_behind(store):
    add_step("index", "Index", lambda product: 1 / 0)
    walked = send_test_event(store)
    assert failure(walked).detail == trial.BROKEN
    assert not live(store).exists()


def test_what_earlier_walks_left_is_removed_by_a_later_one(store):
    long_ago = timezone.now() - timedelta(hours=2)
    killed, recent, gone = (
        trial.PREFIX + name for name in ("killed", "recent", "gone")
    )
    make_product(store, killed, created_at=long_ago)
    make_product(store, recent)
    make_product(store, gone, created_at=long_ago, deleted_at=long_ago)
    send_test_event(store)
    assert live(store).get().external_id == recent
    assert not store.products.filter(external_id=gone).exists()
