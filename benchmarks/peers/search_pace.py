"""python -m benchmarks.peers.search_pace STORE: indexing, and the model alone beside it.

Prints a line of JSON: the products of a round, and for each round the seconds of both.
"""

from __future__ import annotations

import json
import sys
import time

import django

django.setup()

from django.utils import timezone

from chatbot.documents import document_of
from chatbot.embedders import current_embedder
from chatbot.indexing import index_words
from chatbot.models import ProductVector
from chatbot.vectors import embed_store
from commerce.models import Product, Store

TIMED = 32  # products a round
ROUNDS = 3


def time_bare_model(keys: list[int]) -> float:
    """Seconds the model alone takes for the texts of these products."""
    embedder = current_embedder()
    products = Product.objects.filter(pk__in=keys).defer("raw")
    documents = [document_of(product) for product in products]
    size = embedder.batch_size // 2
    began = time.perf_counter()
    for start in range(0, len(documents), size):
        part = documents[start : start + size]
        embedder.embed_documents(
            [one.title for one in part] + [one.full_text for one in part]
        )
    return time.perf_counter() - began


def time_indexing(store: Store, keys: list[int]) -> float:
    """Seconds words and vectors of the same products take, written to the database."""
    ProductVector.objects.filter(product__in=keys).delete()
    Product.objects.filter(pk__in=keys).update(updated_at=timezone.now())
    began = time.perf_counter()
    index_words(store)
    while embed_store(store, current_embedder()):
        pass
    return time.perf_counter() - began


def main() -> None:
    store = Store.objects.get(pk=int(sys.argv[1]))
    products = Product.objects.filter(store=store).order_by("pk")
    keys = list(products.values_list("pk", flat=True)[:TIMED])
    current_embedder().embed_question("warm")
    pairs = [(time_bare_model(keys), time_indexing(store, keys)) for _ in range(ROUNDS)]
    print(json.dumps({"products": TIMED, "pairs": pairs}))


if __name__ == "__main__":
    main()
