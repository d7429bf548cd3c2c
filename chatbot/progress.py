"""How far the index of a store is, as pages and the API show it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, F

from chatbot.models import ProductVector
from commerce.models import Store


def embedded_products(stores: Sequence[Store]) -> dict[int, int]:
    """Return {store pk: products with a vector that answers}, absent ones have none."""
    rows = (
        ProductVector.objects.filter(
            store__in=stores, model=F("store__search_index__model")
        )
        .values_list("store_id")
        .annotate(n=Count("*"))  # COUNT(id) would read the rows and their vectors
        .order_by()
    )
    return dict(rows)
