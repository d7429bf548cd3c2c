"""python -m benchmarks.peers.search_large STORE: grow that store to 100,000 products.

Each product is copied with a little noise on its vector, so that no two are alike; 200
small stores are put beside it. Prints a line of JSON: recall@10 of the graph against the
exact search, over vectors of other products as questions.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

import numpy as np
from django.db import connection
from pgvector import Vector

from benchmarks.peers.search_index import make_small_stores
from chatbot import candidates
from chatbot.candidates import Filter
from chatbot.models import ProductVector, SearchIndex

COPIES = 4
NOISE = 0.03
QUESTIONS = 60
COPY_PRODUCTS = """
INSERT INTO commerce_product ({columns}, uid, external_id)
SELECT {columns}, gen_random_uuid(), external_id || %s FROM commerce_product
WHERE store_id = %s AND external_id NOT LIKE '%%-copy-%%'
"""
COPY_DOCUMENTS = """
INSERT INTO chatbot_searchdocument ({columns}, product_id)
SELECT {told}, twin.id FROM chatbot_searchdocument AS document
JOIN commerce_product AS one ON one.id = document.product_id
JOIN commerce_product AS twin
    ON twin.store_id = one.store_id AND twin.external_id = one.external_id || %s
WHERE document.store_id = %s
"""


def columns_of(table: str, *left_out: str) -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in found if column.name not in left_out]


def copy(store_id: int, number: int) -> None:
    mark = f"-copy-{number}"
    products = columns_of("commerce_product", "id", "uid", "external_id")
    documents = columns_of("chatbot_searchdocument", "product_id")
    told = ", ".join(f"document.{name}" for name in documents)
    with connection.cursor() as cursor:
        cursor.execute(
            COPY_PRODUCTS.format(columns=", ".join(products)), [mark, store_id]
        )
        cursor.execute(
            COPY_DOCUMENTS.format(columns=", ".join(documents), told=told),
            [mark, store_id],
        )


def copy_vectors(store_id: int) -> None:
    """Give each copy its product's vector with noise."""
    chance = np.random.default_rng(1)
    rows = candidates.fetch(
        "SELECT twin.id, vector.text_hash, vector.vector::text, vector.model"
        " FROM chatbot_productvector AS vector"
        " JOIN commerce_product AS one ON one.id = vector.product_id"
        " JOIN commerce_product AS twin ON twin.store_id = one.store_id"
        " AND twin.external_id LIKE one.external_id || '-copy-%%'"
        " WHERE vector.store_id = %s",
        [store_id],
    )
    with connection.cursor() as cursor, cursor.copy(
        "COPY chatbot_productvector (product_id, store_id, text_hash, vector, model,"
        " embedded_at, in_graph) FROM STDIN"
    ) as copying:  # fmt: skip
        for key, text_hash, vector, model in rows:
            noisy = np.array(json.loads(vector)) + chance.normal(0, NOISE / 2, 384)
            copying.write_row(
                (key, store_id, bytes(text_hash), Vector(noisy).to_text(), model,
                 "now", True)
            )  # fmt: skip


def main() -> None:
    store_id = int(sys.argv[1])
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '400MB'")
        cursor.execute("DROP INDEX product_vector_graph")
        for number in range(COPIES):
            copy(store_id, number)
        copy_vectors(store_id)
        cursor.execute(
            "UPDATE chatbot_productvector SET in_graph = true WHERE store_id = %s",
            [store_id],
        )
        cursor.execute(
            "CREATE INDEX product_vector_graph ON chatbot_productvector"
            " USING hnsw (vector vector_ip_ops) WHERE in_graph"
        )
        cursor.execute(
            "UPDATE chatbot_searchterm SET documents = documents * %s"
            " WHERE store_id = %s",
            [COPIES + 1, store_id],
        )
    SearchIndex.objects.filter(store=store_id).update(
        documents=ProductVector.objects.filter(store=store_id).count(),
        uses_graph=True,
    )
    make_small_stores(200)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    told = {
        "products": SearchIndex.objects.get(store=store_id).documents,
        "recall": recall(store_id),
    }
    print(json.dumps(told))


def recall(store_id: int) -> float:
    """The share of the exact 10 best that the graph finds."""
    vectors = ProductVector.objects.filter(store=store_id).order_by("text_hash")
    shares = []
    for row in vectors[:QUESTIONS]:
        unit = np.array(row.vector) / np.linalg.norm(row.vector)
        vector = candidates.Vector(Vector(unit).to_text(), row.model, in_graph=True)
        found = candidates.near_in_graph(store_id, vector, Filter())[:10]
        exact = candidates.near_of_all(store_id, vector, Filter())[:10]
        best = {key for key, _ in exact}
        shares.append(len(best & {key for key, _ in found}) / len(best))
    return sum(shares) / len(shares)


if __name__ == "__main__":
    main()
