"""python -m benchmarks.peers.search_large STORE CHORUS: grow that store to 100,000.

Each product is copied with a vector of its own, near to the product's; 200 stores of 50
other products of the collection are put beside it. The words of some copies are indexed
as the indexer does, and timed; the documents of the others are copies too. Prints a line
of JSON: products, seconds of each index, sizes in bytes, and what a second pass does.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

django.setup()

import numpy as np
from django.db import connection
from pgvector import Vector
from pgvector.django import HnswIndex
from pgvector.psycopg import register_vector

from benchmarks.peers.collection import read_products, save_products
from chatbot.candidates import fetch
from chatbot.embedders import current_embedder
from chatbot.graph import grow
from chatbot.indexing import index_words
from chatbot.models import ProductVector, SearchIndex
from chatbot.vectors import embed_store
from commerce.models import Product, Store
from tests.factories import make_store, make_user

PRODUCTS = 100_000
SMALL_STORES, SMALL = 200, 50
INDEXED = 10  # copies of each product whose words are indexed
# Vectors that join the graph once it is built, as the indexer adds them.
LATE = 2_000
ALIKE = 0.999  # at most: two products of the collection may have the same texts
COPY_PRODUCTS = """
INSERT INTO commerce_product ({columns}, uid, external_id)
SELECT {columns}, gen_random_uuid(), external_id || '-' || number
FROM commerce_product, generate_series(%s, %s) AS number
WHERE store_id = %s AND external_id NOT LIKE '%%-%%'
"""
COPY_DOCUMENTS = """
INSERT INTO chatbot_searchdocument ({columns}, product_id)
SELECT {told}, twin.id FROM chatbot_searchdocument AS document
JOIN commerce_product AS one ON one.id = document.product_id
JOIN commerce_product AS twin ON twin.store_id = one.store_id
    AND split_part(twin.external_id, '-', 1) = one.external_id
WHERE one.store_id = %s AND NOT EXISTS (
    SELECT FROM chatbot_searchdocument WHERE product_id = twin.id
)
"""
COUNT_WORDS = """
UPDATE chatbot_searchterm SET documents = documents * %s / %s WHERE store_id = %s
"""
# Of the documents that have no vector yet; a copy's is that of the product it copies.
WITHOUT = """
SELECT document.product_id, document.store_id, document.text_hash, one.id
FROM chatbot_searchdocument AS document
JOIN commerce_product AS product ON product.id = document.product_id
LEFT JOIN commerce_product AS one ON one.store_id = product.store_id
    AND one.external_id = split_part(product.external_id, '-', 1)
WHERE NOT EXISTS (
    SELECT FROM chatbot_productvector WHERE product_id = document.product_id
)
ORDER BY document.store_id, md5(product.external_id)
"""
INTO_VECTORS = """
COPY chatbot_productvector
    (product_id, store_id, text_hash, vector, model, embedded_at, in_graph)
FROM STDIN WITH BINARY
"""
COLUMNS = ("int8", "int8", "bytea", "vector", "text", "timestamptz", "bool")
GRAPH = next(
    index for index in ProductVector._meta.indexes if isinstance(index, HnswIndex)
)
SIZES = {
    "graph": "pg_relation_size('product_vector_graph')",
    "words": "pg_relation_size('search_document_terms')",
    "vectors": "pg_total_relation_size('chatbot_productvector')",
    "documents": "pg_total_relation_size('chatbot_searchdocument')",
}


def seconds_of(act: Callable[[], object], what: str) -> float:
    began = time.perf_counter()
    act()
    took = time.perf_counter() - began
    print(f"  {what}: {took:.1f} s", file=sys.stderr)
    return took


def execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def columns_of(table: str, *left_out: str) -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in found if column.name not in left_out]


def copy_products(store: Store, first: int, last: int) -> None:
    names = columns_of("commerce_product", "id", "uid", "external_id")
    columns = ", ".join(names)
    execute(COPY_PRODUCTS.format(columns=columns), first, last, store.pk)


def copy_documents(store: Store, each: int) -> None:
    """Give each copy without a document its product's. each: how many there are now."""
    names = columns_of("chatbot_searchdocument", "product_id")
    told = ", ".join(f"document.{name}" for name in names)
    copying = COPY_DOCUMENTS.format(columns=", ".join(names), told=told)
    execute(copying, store.pk)
    execute(COUNT_WORDS, each, INDEXED + 1, store.pk)
    SearchIndex.objects.filter(store=store).update(documents=store.products.count())


def fill_small_stores(folder: Path) -> None:
    """200 shops of 50 products that the large store has not."""
    taken = set(Product.objects.values_list("external_id", flat=True))
    products = [one for one in read_products(folder) if one["id"] not in taken]
    merchant = make_user("small@example.com")
    for number in range(SMALL_STORES):
        store = make_store(merchant, currency="USD")
        save_products(store, products[number * SMALL : (number + 1) * SMALL])
        index_words(store)


class Neighbourhood:
    """Makes vectors for copies that lie as products of the collection do.

    A copy is as near to its product as that product's nearest neighbour is, and lies
    from it in the direction from one product of the collection to another. Noise that
    is alike in all dimensions would leave the part of the space that texts are in.
    """

    def __init__(self, vectors: Any) -> None:
        self.chance = np.random.default_rng(1)
        self.vectors = vectors
        self.lengths = np.linalg.norm(vectors, axis=1)
        self.units = vectors / self.lengths[:, None]
        nearest = self.units @ self.units.T
        np.fill_diagonal(nearest, -1)
        self.cosines = np.minimum(nearest.max(axis=1), ALIKE)

    def near(self, place: int) -> Any:
        """Return a vector near to the one at `place`, and as long."""
        unit, cosine = self.units[place], self.cosines[place]
        one, other = self.vectors[self.chance.integers(len(self.vectors), size=2)]
        aside = one - other
        aside = aside - (aside @ unit) * unit
        aside /= np.linalg.norm(aside) or 1
        return self.lengths[place] * (cosine * unit + (1 - cosine**2) ** 0.5 * aside)


def copy_vectors(store: Store) -> None:
    """Give a vector to whatever has none."""
    known = list(
        ProductVector.objects.filter(store=store)
        .order_by("product")
        .values_list("product", "vector")
    )
    places = {key: place for place, (key, _) in enumerate(known)}
    around = Neighbourhood(np.array([vector for _, vector in known], dtype=np.float32))
    model, now = current_embedder().name, datetime.now(UTC)
    missing = fetch(WITHOUT, [])
    register_vector(connection.connection)
    with connection.cursor() as cursor, cursor.copy(INTO_VECTORS) as copying:
        copying.set_types(COLUMNS)
        for number, (key, owner, text_hash, one) in enumerate(missing):
            vector = around.near(places.get(one, number % len(known)))
            in_graph = owner == store.pk and number >= LATE
            copying.write_row(
                (key, owner, bytes(text_hash), Vector(vector), model, now, in_graph)
            )
    connection.close()  # the next one reads vectors as Django wants them


def build_graph(store: Store) -> dict[str, float]:
    """Build the graph of what is there, then let the indexer's way add the rest.

    Returns seconds of both, and how many vectors came late.
    """
    vectors = ProductVector.objects.filter(store=store)
    copied = Product.objects.filter(store=store, external_id__contains="-")
    vectors.exclude(product__in=copied).update(in_graph=True)
    execute("SET maintenance_work_mem = '400MB'")
    built = seconds_of(create_graph, "graph")
    late = vectors.filter(in_graph=False).count()
    index = SearchIndex.objects.get(store=store)
    grown = seconds_of(lambda: grow_all(index), f"{late} more vectors in the graph")
    return {"graph": built, "grown": grown, "late": late}


def create_graph() -> None:
    with connection.schema_editor() as editor:
        editor.add_index(ProductVector, GRAPH)


def grow_all(index: SearchIndex) -> None:
    while grow(index):
        pass


def look_again(store: Store) -> int:
    """A second pass: how many documents are written, and how many vectors."""
    return index_words(store, in_full=True) + embed_store(store, current_embedder())


def main() -> None:
    store = Store.objects.get(pk=int(sys.argv[1]))
    had = store.products.count()
    each = PRODUCTS // had
    with connection.schema_editor() as editor:
        editor.remove_index(ProductVector, GRAPH)
    copy_products(store, 1, INDEXED)
    words = seconds_of(lambda: index_words(store, in_full=True), "words")
    seconds_of(lambda: copy_products(store, INDEXED + 1, each - 1), "copies")
    seconds_of(lambda: copy_documents(store, each), "their words")
    seconds_of(lambda: fill_small_stores(Path(sys.argv[2])), "small stores")
    seconds_of(lambda: copy_vectors(store), "vectors")
    built = build_graph(store)
    seconds_of(lambda: execute("VACUUM ANALYZE"), "vacuum")
    again: list[int] = []
    again_seconds = seconds_of(lambda: again.append(look_again(store)), "second pass")
    told = {
        "products": SearchIndex.objects.get(store=store).documents,
        "indexed": had * INDEXED,
        "words": words,
        **built,
        "again": again[0],
        "again_seconds": again_seconds,
        "sizes": {
            name: fetch(f"SELECT {sql}", [])[0][0] for name, sql in SIZES.items()
        },
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
