"""Hostile requests: none breaks anything, none takes long, none changes what it may not.

The fast tier sends a few within the process, the slow one 2,000 to a real server.
"""

import time

import pytest
import requests
from django.db.models import Count, Max

from commerce.models import Order, Product, SyncRun
from tests.factories import make_order, make_product, make_store
from tests.webhooks.hostile import make_hostile
from tests.webhooks.server import running_web

KNOWN = {200, 400, 401, 405, 413, 415, 422}


def catalogue():
    """What changes when any record does."""
    return [
        model.objects.aggregate(Count("id"), Max("updated_at"), Max("observed_at"))
        for model in (Product, Order)
    ]


def prepare():
    """A store, and another that must not notice."""
    store, other = make_store(), make_store()
    for owner in (store, other):
        make_product(owner, "1", raw={"id": "1", "name": "A thing"})
        make_order(owner, "1", raw={"id": "1"})
    return store, other


def rows_of(store):
    return [*store.products.values(), *store.orders.values()]


def check(store, answer, before, number):
    """An answer of the contract; nothing changed without a 200 and its delivery."""
    assert answer.status_code in KNOWN, (number, answer.status_code)
    if answer.status_code != 200:
        assert answer.content == b"" or {"code", "detail"} == set(answer.json()), number
        assert catalogue() == before, number
    delivery = store.deliveries.first()
    assert delivery.http_status == answer.status_code, number
    SyncRun.objects.all().delete()


@pytest.mark.django_db
def test_a_few_hostile_requests_do_no_harm(sender):
    store, other = prepare()
    sender.store = store
    untouched = rows_of(other)
    for number, it in enumerate(make_hostile(150, seed=1)):
        before = catalogue()
        headers = {k: v for k, v in it.headers.items() if k != "User-Agent"}
        answer = sender.send(
            it.method, it.endpoint, it.body, it.content_type, **headers
        )
        check(store, answer, before, number)
    assert rows_of(other) == untouched


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_2000_hostile_requests_do_no_harm_and_take_less_than_a_second():
    store, other = prepare()
    untouched = rows_of(other)
    slowest, sent = 0.0, 0
    with running_web() as web, requests.Session() as session:
        for number, it in enumerate(make_hostile(2_000, seed=2)):
            before = catalogue()
            headers = {k: v.encode("latin-1") for k, v in it.headers.items()}
            if it.content_type:
                headers["Content-Type"] = it.content_type.encode()
            took = []
            # A busy machine may keep one waiting, but not the same one each time.
            while not took or (min(took) >= 1.0 and len(took) < 4):
                started = time.perf_counter()
                answer = session.request(
                    it.method,
                    web.address(store, it.endpoint),
                    data=it.body,
                    headers=headers,
                    timeout=10,
                    allow_redirects=False,
                )
                took.append(time.perf_counter() - started)
                sent += 1
            slowest = max(slowest, min(took))
            check(store, answer, before, number)
    assert slowest < 1.0
    assert rows_of(other) == untouched
    assert store.deliveries.count() == sent
    assert len(set(store.deliveries.values_list("error_code"))) > 10
