"""The graph of the vectors of large stores."""

import pytest
from django.db import connection

from chatbot.graph import grow
from chatbot.models import ProductVector, SearchIndex
from chatbot.retrieval import search_products
from chatbot.tasks import index_store
from commerce.models import Store
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db


def scores(store: Store, question: str) -> dict[str, float]:
    hits = search_products(store, question).hits
    return {hit.product.external_id: round(hit.score, 4) for hit in hits}


def test_a_store_in_the_graph_is_answered_as_one_that_is_looked_through():
    store = make_store()
    for name in ("Enamel kettle", "Copper teapot", "Wool beanie", "Rain jacket"):
        make_product(store, name=name)
    index_store(store.pk)
    index = SearchIndex.objects.get(store=store)
    exact = scores(store, "something to boil water in")
    assert exact
    assert grow(index)
    index.refresh_from_db()
    assert not index.uses_graph  # not before the last vector is known to be in it
    assert not grow(index)
    index.refresh_from_db()
    assert index.uses_graph
    assert not ProductVector.objects.filter(store=store, in_graph=False).exists()
    assert scores(store, "something to boil water in") == exact


def test_the_graph_is_built_with_the_width_that_was_measured():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reloptions FROM pg_class WHERE relname = 'product_vector_graph'"
        )
        assert cursor.fetchone() == (["ef_construction=256"],)
