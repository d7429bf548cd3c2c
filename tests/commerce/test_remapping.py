"""A changed mapping re-maps what is stored: all of it, once, and nothing newer."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import OrmQ

from commerce.models import Product, Remap, Store
from commerce.services import deletion, remapping, removal, rewriting
from commerce.services.catalog import Writer, lock_mapping, save_records
from commerce.services.merging import News, delete_record, merge_record
from commerce.services.store_settings import update_store
from commerce.tasks import remap_slice, sweep
from tests.factories import make_order, make_run, make_store, make_token, make_user
from tests.work import drain_queue

pytestmark = pytest.mark.django_db
BEFORE = timezone.now() - timedelta(hours=1)
TITLES = {"products": {"name": "headline"}}


def poll(store, records, resource="products", at=BEFORE):
    return save_records(
        store, resource, records, observed_at=at, writer=Writer("sync_run")
    )


def products(count, **fields):
    return [
        {"id": n, "name": f"Name {n}", "headline": f"Headline {n}", "cost": n, **fields}
        for n in range(1, count + 1)
    ]


def change(store, mappings):
    update_store(Store.objects.get(pk=store.pk), {"field_mappings": mappings})


def finish(store):
    """Run slices until the remapping has ended, as the worker would."""
    for _ in range(50):
        remap_slice(store.pk)
        remap = Remap.objects.get(store=store)
        if not remap.is_active:
            return remap
    raise AssertionError("the remapping does not end")


def versions(store):
    """The physical version of each row: it changes with every write."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id, xmin::text || ctid::text FROM commerce_product "
            "WHERE store_id = %s",
            [store.pk],
        )
        return dict(cursor.fetchall())


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(rewriting, "BATCH", 2)


@pytest.mark.django_db(transaction=True)
def test_changing_the_mapping_over_the_api_remaps_what_is_stored(client):
    user = make_user()
    store = make_store(user)  # at an address where nobody answers
    poll(store, [*products(2), {"id": 3, "name": "Same", "headline": "Same"}])
    before = {p.external_id: p for p in store.products.all()}
    response = client.patch(
        f"/api/v1/stores/{store.uid}/",
        {"field_mappings": {"products": {"name": "headline", "price": "cost"}}},
        content_type="application/json",
        **make_token(user),
    )
    assert response.status_code == 200
    drain_queue()
    after = {p.external_id: p for p in store.products.all()}
    assert (after["1"].name, after["1"].price) == ("Headline 1", Decimal(1))
    assert after["1"].updated_at > before["1"].updated_at
    assert after["1"].observed_at == BEFORE
    remap = Remap.objects.get(store=store)
    assert after["1"].written_by == {"type": "remap", "id": str(remap.uid)}
    assert after["3"].updated_at == before["3"].updated_at
    assert after["3"].written_by["type"] == "sync_run"
    assert (remap.total, remap.done, remap.changed, remap.skipped) == (3, 3, 2, 0)


def test_the_next_poll_of_the_same_records_rewrites_no_row():
    store = make_store()
    poll(store, products(3))
    change(store, TITLES)
    finish(store)
    rows = versions(store)
    result = poll(store, products(3), at=timezone.now())
    assert (result.unchanged, result.changed) == (3, [])
    assert versions(store) == rows


def test_orders_and_partial_news_are_remapped_from_what_was_merged():
    store = make_store()
    poll(store, [{"id": 1, "state": "open", "phase": "sent", "total": 5}], "orders")
    merge_record(
        store,
        "orders",
        News({"id": 1, "phase": "delivered"}, timezone.now(), Writer("delivery")),
    )
    assert store.orders.get().status == "open"
    change(store, {"status": "phase"})
    finish(store)
    order = store.orders.get()
    assert (order.status, order.total) == ("delivered", Decimal(5))


def test_a_worker_killed_after_a_batch_costs_one_batch(small_batches, monkeypatch):
    store = make_store()
    poll(store, products(5))
    change(store, TITLES)
    remap = remapping.claim_remap(store.pk)
    remapping.remap_batch(remap)
    with monkeypatch.context() as patch:
        patch.setattr(Remap, "save", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            remapping.remap_batch(remap)
    names = set(store.products.values_list("name", flat=True))
    assert names == {"Headline 1", "Headline 2", "Name 3", "Name 4", "Name 5"}
    assert remap_slice(store.pk) == "nothing to do"  # still leased
    Remap.objects.update(lease_until=timezone.now())
    assert remapping.lost_remaps() == [store.pk]
    remap = finish(store)
    assert (remap.done, remap.changed) == (5, 5)
    assert not store.products.filter(name__startswith="Name").exists()


@pytest.mark.django_db(transaction=True)
def test_a_lost_message_is_swept_up():
    store = make_store()
    poll(store, products(1))
    change(store, TITLES)
    OrmQ.objects.all().delete()
    Remap.objects.update(started_at=timezone.now() - timedelta(minutes=1))
    sweep()
    drain_queue()
    assert store.products.get().name == "Headline 1"


def test_what_keeps_killing_its_worker_is_given_up():
    store = make_store()
    change(store, TITLES)
    Remap.objects.update(attempts=remapping.MAX_ATTEMPTS)
    remap = finish(store)
    assert remap.error_code == "interrupted"
    assert remapping.lost_remaps() == []


def test_a_mapping_changed_again_begins_anew(small_batches):
    store = make_store()
    poll(store, products(5, label="Label"))
    change(store, TITLES)
    first = remapping.claim_remap(store.pk)
    remapping.remap_batch(first)
    change(store, {"products": {"name": "label"}})
    with pytest.raises(remapping.LeaseLost):
        remapping.remap_batch(first)
    second = finish(store)
    assert second.uid != first.uid
    assert (second.done, second.changed) == (5, 5)
    assert set(store.products.values_list("name", flat=True)) == {"Label"}


def test_the_same_mapping_again_begins_nothing():
    store = make_store(field_mappings=TITLES)
    change(store, TITLES)
    assert not Remap.objects.exists()


def test_a_page_of_a_slice_begun_before_the_change_is_read_with_the_new_mapping():
    store = make_store()
    old = Store.objects.get(pk=store.pk)
    change(store, TITLES)
    finish(store)
    poll(old, products(1), at=timezone.now())
    assert store.products.get().name == "Headline 1"


@pytest.mark.django_db(transaction=True)
def test_the_change_waits_for_the_page_being_written_and_remaps_it_too():
    store = make_store()
    waiting = threading.Event()

    def change_it():
        waiting.set()
        change(store, TITLES)
        connection.close()

    other = threading.Thread(target=change_it)
    with transaction.atomic():
        poll(store, products(1))
        other.start()
        waiting.wait(5)
        other.join(0.2)
        assert other.is_alive()
    other.join(10)
    finish(store)
    assert store.products.get().name == "Headline 1"


@pytest.mark.django_db(transaction=True)
def test_whoever_writes_waits_for_the_change():
    store = make_store()

    def write():
        poll(store, products(1))
        connection.close()

    other = threading.Thread(target=write)
    with transaction.atomic():
        lock_mapping(store, to_change=True)
        other.start()
        other.join(0.2)
        assert other.is_alive()
        Store.objects.filter(pk=store.pk).update(field_mappings=TITLES)
    other.join(10)
    assert store.products.get().name == "Headline 1"


def test_newer_content_stays():
    store = make_store()
    poll(store, products(1))
    change(store, TITLES)
    poll(store, products(1, headline="Newer"), at=timezone.now())
    finish(store)
    product = store.products.get()
    assert product.name == "Newer"
    assert product.written_by["type"] == "sync_run"
    merge_record(
        store,
        "products",
        News({"id": 1, "price": 9}, BEFORE, Writer("delivery")),
    )
    assert store.products.get().price is None  # the remapping made nothing newer


def test_records_the_mapping_finds_no_name_in_stay_as_they_were():
    store = make_store()
    poll(store, [*products(2), {"id": 3, "name": "Only a name"}])
    change(store, TITLES)
    remap = finish(store)
    assert (remap.changed, remap.skipped) == (2, 1)
    assert remap.issue_counts == {"products": {"missing_name": 1}}
    assert store.products.get(external_id="3").name == "Only a name"


def test_deleted_records_stay_deleted():
    store = make_store()
    poll(store, products(2))
    delete_record(
        store, "products", "2", observed_at=timezone.now(), writer=Writer("delivery")
    )
    change(store, TITLES)
    assert finish(store).total == 1
    gone = store.products.get(external_id="2")
    assert (gone.name, gone.deleted_at is None) == ("Name 2", False)


def test_a_store_deleted_meanwhile_is_left_alone():
    store = make_store()
    poll(store, products(1))
    change(store, TITLES)
    deletion.request_deletion(store)
    assert remap_slice(store.pk) == "nothing to do"
    deletion.delete_slice(store.pk)
    assert not Remap.objects.exists()


# --- Another id -----------------------------------------------------------------------


def with_codes(*codes):
    return [
        {"id": n, "code": code, "name": f"Name {n}"}
        for n, code in enumerate(codes, start=1)
    ]


CODES = {"products": {"id": "code"}}


def ids(store):
    return {
        p.raw["id"]: p.external_id
        for p in Product.objects.filter(store=store, deleted_at__isnull=True)
    }


def test_a_record_takes_its_new_id_and_keeps_its_identity():
    store = make_store()
    poll(store, with_codes("a", "b", "c"))
    before = dict(store.products.values_list("pk", "uid"))
    moment = timezone.now()
    change(store, CODES)
    remap = finish(store)
    assert ids(store) == {1: "a", 2: "b", 3: "c"}
    assert dict(store.products.values_list("pk", "uid")) == before
    assert not store.products.filter(updated_at__lt=moment).exists()
    assert (remap.done, remap.changed, remap.skipped) == (3, 3, 0)
    rows = versions(store)
    poll(store, with_codes("a", "b", "c"), at=timezone.now())
    assert versions(store) == rows


def test_a_run_does_not_take_for_gone_what_it_met_under_the_old_id():
    store = make_store()
    poll(store, with_codes("a", "b"))
    run = make_run(store, status="running", started_at=timezone.now())
    run.seen_records.create(external_id="1")
    change(store, CODES)
    finish(store)
    gone = removal.missing_products(run).values_list("external_id", flat=True)
    assert list(gone) == ["b"]


def test_a_record_a_page_brought_under_its_new_id_is_not_held_twice():
    store = make_store()
    poll(store, with_codes("a", "b"))
    change(store, CODES)
    poll(store, [{"id": 1, "code": "a", "name": "Newer"}], at=timezone.now())
    finish(store)
    assert ids(store) == {1: "a", 2: "b"}
    assert store.products.get(external_id="a").name == "Newer"


def test_of_two_rows_of_one_record_the_newer_one_stays():
    store = make_store()
    poll(store, with_codes("a"), at=timezone.now())
    pk = store.products.get().pk
    change(store, CODES)
    poll(store, [{"id": 1, "code": "a", "name": "Older"}])
    finish(store)
    product = store.products.get(deleted_at__isnull=True)
    assert (product.pk, product.external_id, product.name) == (pk, "a", "Name 1")


def test_a_deleted_row_makes_way_unless_it_is_newer():
    store = make_store()
    poll(store, with_codes("a", "b"))
    change(store, CODES)
    for code, at in (("a", BEFORE - timedelta(hours=1)), ("b", timezone.now())):
        save_records(
            store,
            "products",
            [{"id": 9, "code": code, "name": "Gone"}],
            observed_at=at,
            writer=Writer("sync_run"),
        )
        store.products.filter(external_id=code).update(deleted_at=at)
    finish(store)
    assert ids(store) == {1: "a"}


def test_ids_that_move_along_a_chain_all_move(small_batches):
    store = make_store()
    poll(store, with_codes(*"2345"))
    change(store, CODES)
    remap = finish(store)
    assert ids(store) == {1: "2", 2: "3", 3: "4", 4: "5"}
    assert (remap.changed, remap.skipped, remap.issue_counts) == (4, 0, {})


def test_one_id_for_many_records_deletes_none_of_them(small_batches):
    store = make_store()
    poll(store, with_codes("x", "x", "x", "y"))
    change(store, CODES)
    poll(store, with_codes("x"), at=timezone.now())
    remap = finish(store)
    assert ids(store) == {1: "x", 2: "2", 3: "3", 4: "y"}
    assert remap.skipped == 2
    assert remap.issue_counts["products"] == {"duplicate_id": 2}
    change(store, {})
    assert finish(store).skipped == 0
    assert ids(store) == {1: "1", 2: "2", 3: "3", 4: "4"}


def test_ids_that_change_places_are_left_to_the_next_poll():
    store = make_store()
    poll(store, with_codes("2", "1"))
    change(store, CODES)
    assert finish(store).skipped == 2
    poll(store, with_codes("2", "1"), at=timezone.now())
    assert ids(store) == {1: "2", 2: "1"}


def test_another_store_is_not_touched():
    store, other = make_store(), make_store()
    for one in (store, other):
        poll(one, with_codes("a"))
        make_order(one, raw={"id": 1})
    change(store, CODES)
    finish(store)
    assert ids(other) == {1: "1"}
