"""python -m benchmarks.peers.search_index CHORUS: load, index, and time the model.

Products go through the ordinary way in. Prints a line of JSON: the store's key, its
chatbot's public id, and seconds for words, vectors, and the bare model beside them.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any

import django

django.setup()

from django.utils import timezone

from chatbot.documents import document_of
from chatbot.embedders import current_embedder
from chatbot.indexing import index_words
from chatbot.models import Chatbot, ProductVector, SearchIndex
from chatbot.vectors import embed_store
from commerce.models import Product, Store
from commerce.services.catalog import Writer, save_records
from tests.factories import make_product, make_store

PAGE = 100
TIMED = 640  # products a round
ROUNDS = 3


def record_of(line: dict[str, Any]) -> dict[str, Any]:
    """A product of the collection as a store would send it."""
    features = (part.partition(":") for part in line["features"].split(";"))
    return {
        "id": line["id"],
        "name": line["title"],
        "price": line["price"] / 100,
        "description": line["description"],
        "categories": [line["category"]] if line["category"] else [],
        "attributes": {"Brand": line["brand"]}
        | {
            name.strip(): value.strip() or "yes"
            for name, _, value in features
            if name.strip()
        },
    }


def load(folder: Path) -> Store:
    store = make_store(currency="USD")
    with gzip.open(folder / "products.jsonl.gz", "rt") as file:
        records = [record_of(json.loads(line)) for line in file]
    for start in range(0, len(records), PAGE):
        save_records(
            store,
            "products",
            records[start : start + PAGE],
            observed_at=timezone.now(),
            writer=Writer("sync_run"),
        )
    return store


def time_bare_model(store: Store) -> float:
    """Seconds the model alone takes for the texts of TIMED products."""
    embedder = current_embedder()
    documents = [
        document_of(product)
        for product in Product.objects.filter(store=store).defer("raw")[:TIMED]
    ]
    began = time.perf_counter()
    size = embedder.batch_size // 2
    for start in range(0, TIMED, size):
        part = documents[start : start + size]
        embedder.embed_documents(
            [one.title for one in part] + [one.full_text for one in part]
        )
    return time.perf_counter() - began


def time_indexing(store: Store) -> float:
    """Seconds words and vectors of the same products take, written to the database."""
    keys = list(
        Product.objects.filter(store=store).values_list("pk", flat=True)[:TIMED]
    )
    ProductVector.objects.filter(product__in=keys).delete()
    Product.objects.filter(pk__in=keys).update(updated_at=timezone.now())
    began = time.perf_counter()
    index_words(store)
    while embed_store(store, current_embedder()):
        pass
    return time.perf_counter() - began


def make_small_stores(count: int) -> None:
    """Stores of 20 products each, beside the large one."""
    for number in range(count):
        store = make_store()
        for product in range(20):
            make_product(store, str(product), name=f"Kettle {product} of {number}")
        index_words(store)


def main() -> None:
    store = load(Path(sys.argv[1]))
    began = time.perf_counter()
    words = index_words(store)
    words_seconds = time.perf_counter() - began
    while embed_store(store, current_embedder(), seconds=600):
        pass
    pairs = [(time_bare_model(store), time_indexing(store)) for _ in range(ROUNDS)]
    again = index_words(store) + embed_store(store, current_embedder())
    make_small_stores(5)
    chatbot = Chatbot.objects.create(store=store, name="Bench")
    told = {
        "store": store.pk,
        "chatbot": str(chatbot.public_id),
        "products": words,
        "words_seconds": words_seconds,
        "pairs": pairs,
        "again": again,
        "documents": SearchIndex.objects.get(store=store).documents,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
