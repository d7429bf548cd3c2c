"""Keep a store's index true to its catalogue: only what changed, in batches.

The index finds its own work: a product is stale when its `updated_at` is not the one
its document was made from. Each batch commits by itself, so a killed worker loses one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from chatbot import words
from chatbot.documents import document_of
from chatbot.models import ProductVector, SearchDocument, SearchIndex
from chatbot.writing import (
    LISTED_KEYS,
    count_words,
    cut_documents,
    make_row,
    write_rows,
)
from commerce.models import Product, Store
from hiwelink import clock

BATCH = 400
# A change may be committed this long after the moment it is stamped with.
LATE = timedelta(minutes=2)
# Beside a store's key in PostgreSQL's advisory locks: "words of this store".
LOCK_SPACE = 0x5EA7C


def index_words(store: Store, *, in_full: bool = False) -> int:
    """Bring the documents of `store` up to date; return how many changed.

    in_full: look at every product, not only at those changed since the last pass.
    Safe to run twice at once: batches of one store follow one another.
    """
    index, _ = SearchIndex.objects.get_or_create(store=store)
    began = clock.now()
    analysis = words.analysis_of(store.language)
    in_full = in_full or index.language != store.language
    stale = list(stale_products(index, analysis, in_full=in_full))
    for start in range(0, len(stale), BATCH):
        index_batch(store, stale[start : start + BATCH], analysis)
    # A rebuild asked for meanwhile has emptied `seen_through`: it stays empty.
    SearchIndex.objects.filter(store=store, rebuild_since=index.rebuild_since).update(
        seen_through=began, language=store.language
    )
    return len(stale)


def stale_products(
    index: SearchIndex, analysis: str, *, in_full: bool = False
) -> QuerySet[Product, int]:
    """Keys of products whose document is missing, outdated or of a deleted one."""
    products = Product.objects.filter(store=index.store_id)
    if index.seen_through is not None and not in_full:
        products = products.filter(updated_at__gt=index.seen_through - LATE)
    stale = (
        Q(search_document__isnull=True)
        | ~Q(search_document__source_updated_at=F("updated_at"))
        | ~Q(search_document__analysis=analysis)
    )
    if index.rebuild_since is not None:
        stale |= Q(search_document__indexed_at__lt=index.rebuild_since)
    live = Q(deleted_at__isnull=True) & stale
    gone = Q(deleted_at__isnull=False, search_document__isnull=False)
    return products.filter(live | gone).order_by("pk").values_list("pk", flat=True)


def stores_to_index() -> list[Store]:
    """Stores whose catalogue or language changed since their documents were made.

    One probe a store into the products changed lately; cheap enough for twice a second.
    """
    return list(
        Store.objects.raw(
            """
            SELECT store.* FROM commerce_store AS store
            LEFT JOIN chatbot_searchindex AS seen ON seen.store_id = store.id
            WHERE store.deleting_at IS NULL AND (
                seen.seen_through IS NULL
                OR seen.language <> store.language
                OR EXISTS (
                    SELECT FROM commerce_product AS product
                    LEFT JOIN chatbot_searchdocument AS document
                        ON document.product_id = product.id
                    WHERE product.store_id = store.id
                        AND product.updated_at > seen.seen_through - %s
                        AND CASE WHEN product.deleted_at IS NULL
                            THEN document.source_updated_at
                                IS DISTINCT FROM product.updated_at
                            ELSE document.product_id IS NOT NULL END
                )
            )
            ORDER BY store.id
            """,
            [LATE],
        )
    )


@transaction.atomic
def index_batch(store: Store, keys: Sequence[int], analysis: str) -> None:
    """Write the documents of these products, and count their words."""
    lock_words(store)
    before = {
        row.pk: row.term_ids
        for row in SearchDocument.objects.filter(pk__in=keys).only("term_ids")
    }
    products = list(
        Product.objects.filter(pk__in=keys, deleted_at__isnull=True)
        .defer("raw")
        .annotate(**{f"told_{key}": F(f"raw__{key}") for key in LISTED_KEYS})
    )
    documents = [document_of(product) for product in products]
    cuts = cut_documents(documents, stemmer=analysis.split(":")[1])
    rows = [
        make_row(store, product, document, cut)
        for product, document, cut in zip(products, documents, cuts, strict=True)
    ]
    if rows:
        write_rows(store, rows, analysis)
    kept = {row.product_id for row in rows}
    gone = [key for key in before if key not in kept]
    SearchDocument.objects.filter(pk__in=gone).delete()
    ProductVector.objects.filter(product__in=gone).delete()
    count_words(store, before.values(), rows, cuts)
    SearchIndex.objects.filter(store=store).update(
        documents=F("documents") + len(rows) - len(before), changed_at=clock.now()
    )


def lock_words(store: Store) -> None:
    """Hold the words of a store until this batch commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, store.pk])
