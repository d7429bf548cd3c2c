"""Large stores are searched along a graph (HNSW), small ones by looking at every vector.

One look at every vector is exact and takes about 1 ms a thousand; a graph answers from
any number in a few milliseconds, costs 7 ms a vector to build, and may miss a product
(notes/dependencies.md, pgvector). The graph holds large stores alone, so that the small
ones beside them are not lost in it.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from chatbot.models import ProductVector, SearchIndex

LARGE = 30_000  # products
BATCH = 500
# How far a search follows the graph: recall@10 is 0.98 of an exact search with it, at
# 100,000 products (benchmarks/RESULTS.md).
EF_SEARCH = 400


def growing() -> list[SearchIndex]:
    """Indexes of large stores whose vectors are not all in the graph."""
    return list(
        SearchIndex.objects.filter(
            documents__gt=LARGE,
            uses_graph=False,
            embedded_model=F("model"),
            store__deleting_at__isnull=True,
        ).exclude(model="")
    )


def grow(index: SearchIndex) -> bool:
    """Put a batch of vectors into the graph; False once all are there."""
    with transaction.atomic():
        keys = list(
            ProductVector.objects.select_for_update(skip_locked=True)
            .filter(store=index.pk, model=index.model, in_graph=False)
            .values_list("pk", flat=True)[:BATCH]
        )
        ProductVector.objects.filter(pk__in=keys).update(in_graph=True)
    if keys:
        return True
    SearchIndex.objects.filter(pk=index.pk, model=index.model).update(uses_graph=True)
    return False
