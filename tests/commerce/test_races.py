"""What happens to a store while one of its pages is on its way, and all at once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import requests
from django.db import connection
from django.test import Client

from commerce.models import RunStatus, Store, SyncRun
from commerce.services import sync
from tests.factories import make_store, make_token, make_user
from tests.stores import MisbehavingStore, make_products
from tests.work import run_syncs

pytestmark = pytest.mark.django_db(transaction=True)


class Held(MisbehavingStore):
    """Holds each page back for `delay_seconds`, and lets something happen before."""

    def __init__(self, **options):
        super().__init__("slow_first_byte", **options)
        self.before = {}  # {page: what happens while it is held back}

    def answer(self, request):
        page = int(request.query.get("page", 0))
        reply = MisbehavingStore.answer(self, request)
        self.before.pop(page, lambda: None)()
        return reply


@pytest.fixture
def held():
    with Held(products=make_products(60), delay_seconds=0) as remote:
        yield remote, make_store(base_url=remote.url, credentials=remote.credentials)


def send(store: Store, event: str, **data: object) -> None:
    """Send a webhook, as the store's own thread would."""
    try:
        response = Client().post(
            f"/api/generic-api/webhooks/{store.token}/products",
            {"event": event, "data": data},
            content_type="application/json",
        )
        assert response.status_code == 200, response.content
    finally:
        connection.close()


def run_products(store: Store) -> SyncRun:
    run, _ = sync.start_run(store, "products")
    run_syncs(store)
    run.refresh_from_db()
    return run


@pytest.mark.slow
def test_a_price_told_while_its_page_is_held_back_for_5_seconds_stays(held):
    remote, store = held

    def change() -> None:
        send(store, "product.updated", id="prod_3", name="Product 3", price=1.5)
        remote.stopping.wait(5)

    remote.before[1] = change
    run = run_products(store)
    assert store.products.get(external_id="prod_3").price == Decimal("1.5")
    assert (run.status, run.created, run.unchanged) == (RunStatus.SUCCEEDED, 59, 1)


def test_what_happens_while_a_page_is_on_its_way_is_not_undone(held):
    remote, store = held
    assert run_products(store).created == 60

    def change() -> None:
        send(store, "product.updated", id="prod_4", price=2)
        send(store, "product.deleted", id="prod_5")
        send(store, "product.created", id="new", name="New")

    # The last page: what is absent is removed right after it.
    remote.before[2] = change
    remote.products[54 - 1]["price"] = 3
    run = run_products(store)
    live = store.products.filter(deleted_at__isnull=True)
    assert live.get(external_id="prod_4").price == 2
    assert live.get(external_id="prod_54").price == 3
    assert live.get(external_id="new").name == "New"
    assert not live.filter(external_id="prod_5").exists()
    assert (run.status, run.updated, run.deleted) == (RunStatus.SUCCEEDED, 1, 0)


def test_a_product_deleted_before_its_page_arrives_is_not_brought_back(held):
    remote, store = held
    remote.before[1] = lambda: send(store, "product.deleted", id="prod_7")
    run = run_products(store)
    live = store.products.filter(deleted_at__isnull=True)
    assert (live.count(), run.status) == (59, RunStatus.SUCCEEDED)
    assert not live.filter(external_id="prod_7").exists()
    assert run_products(store).created == 1  # the next poll still lists it


def test_ten_triggers_at_once_are_one_run_of_each_resource(live_server):
    user = make_user()
    store = make_store(user)
    headers = {"Authorization": make_token(user)["HTTP_AUTHORIZATION"]}

    def trigger(_: int) -> list[dict]:
        answer = requests.post(
            f"{live_server.url}/api/v1/stores/{store.uid}/sync/",
            json={"resource": "all"},
            headers=headers,
            timeout=30,
        )
        assert answer.status_code == 202
        return answer.json()["sync_runs"]

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(trigger, range(10)))
    for place, resource in enumerate(("products", "orders")):
        runs = [answer[place] for answer in answers]
        assert {run["resource"] for run in runs} == {resource}
        assert len({run["id"] for run in runs}) == 1
        assert sum(not run["coalesced"] for run in runs) == 1
    assert SyncRun.objects.count() == 2
