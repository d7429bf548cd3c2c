"""What the doctor knows of a connected store without asking it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from commerce import embedding_counts
from commerce.services.doctor import check_store
from commerce.services.doctor.house import check_house
from tests.factories import make_product, make_run, make_store
from tests.stores import MisbehavingStore
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def count_as(monkeypatch):
    """Stands in for the index: every store has so many products in it."""

    def supply(count: int) -> None:
        monkeypatch.setattr(
            embedding_counts, "_counter", lambda stores: {s.pk: count for s in stores}
        )

    monkeypatch.setattr(embedding_counts, "_counter", None)
    return supply


def told(store, code):
    return next((check for check in check_house(store) if check.code == code), None)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("succeeded", "pass"), ("partial", "warn"), ("failed", "fail")],
)
def test_the_last_sync_is_judged(store, status, verdict):
    make_run(store, status="failed", error_detail="Long ago.")
    run = make_run(
        store,
        status=status,
        error_detail="The store failed to answer.",
        curl="curl -i https://x.example",
    )
    make_run(store, status="running")
    check = told(store, "products_last_sync")
    assert check.verdict == verdict
    assert str(run.uid) in check.evidence
    assert "The store failed to answer." in check.evidence
    assert check.curl == ("" if status == "succeeded" else "curl -i https://x.example")
    assert told(store, "orders_last_sync") is None


def test_a_cancelled_sync_says_nothing(store):
    make_run(store, status="cancelled")
    assert told(store, "products_last_sync") is None


def test_webhooks_are_received_refused_or_unheard_of(store):
    def deliver(status, **fields):
        Delivery.objects.create(
            store=store, endpoint="products", status=status, **fields
        )

    assert told(store, "webhooks").verdict == "pass"
    assert "product.created" in told(store, "webhooks").mend
    assert str(store.token) in told(store, "webhooks").curl
    deliver("applied", event="product.updated")
    assert "product.updated, applied" in told(store, "webhooks").evidence
    deliver("refused", error_detail="There is no id.")
    check = told(store, "webhooks")
    assert (check.verdict, "There is no id." in check.evidence) == ("warn", True)
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=31))
    assert told(store, "webhooks").title.startswith("No webhook")


def test_another_stores_webhooks_do_not_count(store):
    Delivery.objects.create(store=make_store(), endpoint="orders", status="refused")
    assert told(store, "webhooks").title.startswith("No webhook")


@pytest.mark.parametrize(
    ("indexed", "minutes", "verdict"),
    [(2, 60, "pass"), (1, 60, "warn"), (1, 1, "pass")],
)
def test_products_missing_from_the_index_are_told_once_it_had_time(
    store, count_as, indexed, minutes, verdict
):
    assert told(store, "index") is None
    make_product(store)
    make_product(store)
    make_product(store, deleted_at=timezone.now())
    store.last_synced_at = timezone.now() - timedelta(minutes=minutes)
    assert told(store, "index") is None
    count_as(indexed)
    assert told(store, "index").verdict == verdict
    assert f"{indexed} of 2 products" in told(store, "index").evidence


def test_a_chatbot_is_linked_switched_off_or_missing(store):
    assert told(store, "chatbot").title.startswith("No chatbot is linked")
    chatbot = store.chatbots.create(name="Helper", is_active=False)
    assert told(store, "chatbot").verdict == "warn"
    chatbot.is_active = True
    chatbot.save()
    assert told(store, "chatbot").evidence == "1 active."
    assert told(make_store(), "chatbot").title.startswith("No chatbot is linked")


def test_a_store_that_behaves_passes_once_it_is_connected():
    with MisbehavingStore() as remote:
        store = make_store(base_url=remote.url, credentials=remote.credentials)
        report = check_store(store)
    assert (report.verdict, report.of("fail"), report.of("warn")) == ("pass", (), ())


def test_what_hiwelink_knows_is_part_of_the_report():
    with MisbehavingStore() as remote:
        store = make_store(base_url=remote.url, credentials=remote.credentials)
        make_run(store, status="failed", error_detail="It was down.")
        report = check_store(store)
    assert report.verdict == "fail"
    assert [check.code for check in report.of("fail")] == ["products_last_sync"]
