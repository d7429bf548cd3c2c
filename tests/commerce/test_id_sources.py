"""A store whose ids start to come from another field gets a warning, once."""

import pytest

from commerce.models import Store, SyncRun
from commerce.services.store_settings import update_store
from commerce.services.sync import start_run
from tests.factories import make_store
from tests.stores import API_KEY, MisbehavingStore
from tests.work import run_syncs

pytestmark = pytest.mark.django_db


def record(number, **fields):
    return {
        "id": f"p{number}",
        "sku": f"s{number}",
        "name": f"Product {number}",
    } | fields


def sync(store, resource="products") -> list[str]:
    """Sync once; the warnings about ids."""
    run, _ = start_run(store, resource)
    run_syncs(store)
    run = SyncRun.objects.get(pk=run.pk)
    issues = run.issues.filter(code="id_source_changed")
    assert run.issue_counts.get("id_source_changed", 0) == issues.count()
    return [issue.detail for issue in issues]


@pytest.fixture
def remote():
    with MisbehavingStore(products=[record(1), record(2)]) as remote:
        yield remote


@pytest.fixture
def store(remote):
    return make_store(base_url=remote.url, credentials={"api_key": API_KEY})


def test_the_first_sync_tells_what_is_usual(store):
    assert sync(store) == []
    store.refresh_from_db()
    assert store.id_sources == {"products": ["id"]}


def test_another_field_is_warned_of_once(store, remote):
    sync(store)
    remote.products[:] = [record(1), record(2, id=None)]
    [sentence] = sync(store)
    assert 'Ids came from "id" so far; some now come from "sku"' in sentence
    assert sync(store) == []
    store.refresh_from_db()
    assert store.id_sources == {"products": ["id", "sku"]}


def test_ids_from_another_field_as_mapped_are_no_news(store):
    sync(store)
    update_store(
        Store.objects.get(pk=store.pk), {"field_mappings": {"products": {"id": "sku"}}}
    )
    assert sync(store) == []
    store.refresh_from_db()
    assert store.id_sources == {"products": ["sku"]}


def test_products_and_orders_are_told_apart(store, remote):
    sync(store)
    remote.orders[:] = [{"order_number": "N-1"}]
    assert sync(store, "orders") == []
    store.refresh_from_db()
    assert store.id_sources == {"products": ["id"], "orders": ["order_number"]}
