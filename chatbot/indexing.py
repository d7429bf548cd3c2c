"""Keep a store's index true to its catalogue: only what changed, in batches.

The index finds its own work: a product is stale when its `updated_at` is not the one
its document was made from. Each batch commits by itself, so a killed worker loses one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from pgvector import SparseVector

from chatbot import words
from chatbot.bm25 import word_weights
from chatbot.documents import Document, document_of
from chatbot.models import ProductVector, SearchDocument, SearchIndex
from chatbot.models.search import TERM_SPACE
from chatbot.questions import is_on_sale
from commerce.mapping.dates import read_date
from commerce.mapping.notes import Unreadable
from commerce.models import Product, StockStatus, Store

BATCH = 200
# A change may be committed this long after the moment it is stamped with.
LATE = timedelta(minutes=2)
# Beside a store's key in PostgreSQL's advisory locks: "words of this store".
LOCK_SPACE = 0x5EA7C
# Where stores say since when they have a product, most telling first.
LISTED_KEYS = ("created_at", "published_at", "date_created", "createdAt")


def index_words(store: Store, *, in_full: bool = False) -> int:
    """Bring the documents of `store` up to date; return how many changed.

    in_full: look at every product, not only at those changed since the last pass.
    Safe to run twice at once: batches of one store follow one another.
    """
    index, _ = SearchIndex.objects.get_or_create(store=store)
    began = timezone.now()
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
        make_row(store, product, document, cut, analysis)
        for product, document, cut in zip(products, documents, cuts, strict=True)
    ]
    write_rows(rows)
    kept = {row.pk for row in rows}
    gone = [key for key in before if key not in kept]
    SearchDocument.objects.filter(pk__in=gone).delete()
    ProductVector.objects.filter(product__in=gone).delete()
    count_words(store, before.values(), rows, cuts)
    SearchIndex.objects.filter(store=store).update(
        documents=F("documents") + len(rows) - len(before), changed_at=timezone.now()
    )


def lock_words(store: Store) -> None:
    """Hold the words of a store until this batch commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, store.pk])


@dataclass(frozen=True)
class Cut:
    """The words of one document.

    fields: {field: stems}; spellings: {stem: as the product has it}; categories:
    {what stands for the category: its name}.
    """

    fields: dict[str, list[str]]
    spellings: dict[str, str]
    categories: dict[str, str]


def cut_documents(documents: Sequence[Document], *, stemmer: str) -> list[Cut]:
    """Return the words of each document, stop words left out."""
    cut = [
        {
            "title": words.cut(document.title),
            "sku": words.cut(document.sku),
            "brand": words.cut(document.brand),
            "description": words.cut(document.description),
            "features": words.cut(document.features),
        }
        for document in documents
    ]
    stems = words.stems_of(
        {word for fields in cut for field in fields.values() for word in field}, stemmer
    )
    return [
        Cut(
            fields={
                name: [stem for word in field if (stem := stems[word])]
                for name, field in fields.items()
            },
            spellings={
                stem: word
                for field in reversed(fields.values())
                for word in field
                if (stem := stems[word])
            },
            categories={
                words.category_word(
                    stem for w in words.cut(name) if (stem := stems[w])
                ): name[: words.MAX_WORD]
                for name in document.categories
            },
        )
        for document, fields in zip(documents, cut, strict=True)
    ]


def make_row(
    store: Store, product: Product, document: Document, cut: Cut, analysis: str
) -> SearchDocument:
    terms = {
        words.term_id(store.pk, word): weight
        for word, weight in word_weights(cut.fields).items()
    }
    categories = {words.term_id(store.pk, word) for word in cut.categories}
    return SearchDocument(
        product=product,
        store=store,
        source_updated_at=product.updated_at,
        analysis=analysis,
        text_hash=document.text_hash,
        term_ids=sorted(terms.keys() | categories),
        terms=SparseVector(terms, TERM_SPACE),
        price=product.current_price,
        currency=product.currency or store.currency,
        in_stock=product.stock_status == StockStatus.IN_STOCK
        if product.stock_status
        else None,
        on_sale=is_on_sale(product),
        listed_at=listed_at(product),
        indexed_at=timezone.now(),
    )


def listed_at(product: Product) -> datetime:
    """Return when the store says the product was added, else when we first saw it."""
    for key in LISTED_KEYS:
        try:
            told = read_date(getattr(product, f"told_{key}"))
        except Unreadable:
            continue
        if told:
            return told
    return product.created_at


def write_rows(rows: list[SearchDocument]) -> None:
    names = [
        field.name
        for field in SearchDocument._meta.concrete_fields
        if not field.primary_key
    ]
    SearchDocument.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["product"], update_fields=names
    )


def count_words(
    store: Store,
    before: Iterable[Sequence[int]],
    rows: Iterable[SearchDocument],
    cuts: Iterable[Cut],
) -> None:
    """Add what a batch changed to the counts of the store's words."""
    change: Counter[int] = Counter()
    for ids in before:
        change.subtract(ids)
    for row in rows:
        change.update(row.term_ids)
    spelled = {
        words.term_id(store.pk, stem): (stem, spelling)
        for cut in cuts
        for stem, spelling in (cut.spellings | cut.categories).items()
    }
    changed = sorted((i, *spelled.get(i, ("", "")), n) for i, n in change.items() if n)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO chatbot_searchterm AS known"
            " (store_id, term_id, word, spelling, documents)"
            " SELECT %s, * FROM unnest(%s::int[], %s::text[], %s::text[], %s::int[])"
            " ON CONFLICT (store_id, term_id)"
            " DO UPDATE SET documents = known.documents + EXCLUDED.documents",
            [store.pk, *([row[i] for row in changed] for i in range(4))],
        )
        cursor.execute(
            "DELETE FROM chatbot_searchterm WHERE store_id = %s AND documents <= 0"
            " AND term_id = ANY(%s)",
            [store.pk, [row[0] for row in changed if row[3] < 0]],
        )
