"""Deleting a store removes whatever any app hangs on it, in batches, with progress."""

import pytest
from django.apps import apps
from django.db.models import CASCADE

from commerce.models import Store, SyncRun
from commerce.services import deletion
from tests.factories import make_order, make_product, make_run, make_store

pytestmark = pytest.mark.django_db


def test_every_model_that_leads_to_a_store_is_among_its_dependents():
    """Asked the other way round: from each model up, whatever its app."""
    found = {model for model, _ in deletion.dependents(Store)}
    known = {Store}
    while True:
        more = {
            model
            for model in apps.get_models(include_auto_created=True)
            for field in model._meta.concrete_fields
            if field.remote_field
            and field.remote_field.on_delete is CASCADE
            and field.related_model in known
        } - known
        if not more:
            break
        known |= more
    assert known - {Store} == found
    assert len({model._meta.app_label for model in found}) > 1


def test_children_go_before_their_parents():
    order = [model for model, _ in deletion.dependents(Store)]
    last = {model: place for place, model in enumerate(order)}
    for model in order:
        for relation in model._meta.related_objects:
            child = relation.related_model
            if relation.on_delete is CASCADE and child in last and child is not model:
                assert order.index(child) < last[model]


def test_progress_is_counted_once_and_ends_with_the_store(monkeypatch):
    monkeypatch.setattr(deletion, "BATCH", 2)
    store, other = make_store(), make_store()
    for owner in (store, other):
        run = make_run(owner)
        run.issues.create(code="missing_id", detail="-", page=1, position=0)
        for _ in range(5):
            make_product(owner)
            make_order(owner)
    deletion.request_deletion(store)
    seen = []
    while deletion.delete_slice(store.pk, slice_seconds=0):
        row = Store.objects.get(pk=store.pk)
        seen.append((row.deletion_done, row.deletion_total))
        assert row.deletion_percent <= 99
    assert [total for _, total in seen] == [12] * len(seen)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1][0] == 12
    assert list(Store.objects.all()) == [other]
    assert other.products.count() == 5
    assert SyncRun.objects.get().issues.count() == 1
