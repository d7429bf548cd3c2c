"""Give every document a vector of the current model, in batches.

Another model builds its vectors beside the old ones, which answer until it is done.
Who embeds a store leases it, so that two machines do not pay for the same texts; each
batch is written at once, so a killed worker loses one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from chatbot.documents import Document, document_of
from chatbot.embedders.base import Embedder, EmbedderAway, EmbedderRefused, Vectors
from chatbot.graph import LARGE
from chatbot.models import ProductVector, SearchDocument, SearchIndex
from commerce.models import Product, Store
from hiwelink import clock

# Longer than the slowest batch: an API has 30 s to answer.
LEASE = timedelta(seconds=60)
# Another store's turn comes after so long.
ROUND_SECONDS = 5.0
HALF = np.float32(0.5)
LISTED = 2_000  # stale documents looked up at once


def indexes_behind(model: str) -> QuerySet[SearchIndex]:
    """Indexes that may have documents without a vector of `model`."""
    return SearchIndex.objects.filter(
        Q(embedded_through__isnull=True)
        | ~Q(embedded_model=model)
        | Q(embedded_through__lt=F("changed_at"))
        | Q(embedded_through__lt=F("rebuild_since")),
        changed_at__isnull=False,
        store__deleting_at__isnull=True,
    )


def stale_indexes(model: str) -> QuerySet[SearchIndex]:
    """Those of them that nobody holds."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=clock.now())
    behind = indexes_behind(model).filter(free)
    return behind.select_related("store").order_by("store_id")


def waiting_documents(model: str) -> int:
    """How many products of all stores wait for a vector of `model`."""
    behind = indexes_behind(model)
    return sum(stale_documents(index, model).count() for index in behind)


def stale_documents(index: SearchIndex, model: str) -> QuerySet[SearchDocument, int]:
    """Keys of products whose vector of `model` is missing or of another text."""
    fresh = ProductVector.objects.filter(
        product=OuterRef("product"), model=model, text_hash=OuterRef("text_hash")
    )
    if index.rebuild_since:
        fresh = fresh.filter(embedded_at__gte=index.rebuild_since)
    documents = SearchDocument.objects.filter(~Exists(fresh), store=index.store_id)
    return documents.values_list("pk", flat=True)


def embed_store(
    store: Store, embedder: Embedder, *, seconds: float = ROUND_SECONDS
) -> int:
    """Embed stale documents of `store` for about `seconds`; return how many.

    0 when none is stale, or another worker holds the store. Raises EmbedderAway and
    EmbedderRefused: what was embedded before is kept, and the index says why.
    """
    if not claim(store):
        return 0
    ends_at = time.monotonic() + seconds
    done = 0
    try:
        index = SearchIndex.objects.get(store=store)
        keys = list(stale_documents(index, embedder.name)[:LISTED])
        size = max(embedder.batch_size // 2, 1)  # two texts a product
        for start in range(0, len(keys), size):
            done += embed_batch(index, keys[start : start + size], embedder)
            renew(store)
            if time.monotonic() >= ends_at:
                break
        if done == len(keys) < LISTED:
            finish(index, embedder.name)
    except (EmbedderAway, EmbedderRefused) as error:
        of(store).update(problem=str(error)[:300])
        raise
    finally:
        of(store).update(lease_until=None)
    return done


def of(store: Store) -> QuerySet[SearchIndex]:
    return SearchIndex.objects.filter(store=store)


def claim(store: Store) -> bool:
    """Lease the store's vectors; False while another worker holds them."""
    now = clock.now()
    free = of(store).filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))
    return bool(free.update(lease_until=now + LEASE))


def renew(store: Store) -> None:
    of(store).update(lease_until=clock.now() + LEASE)


def finish(index: SearchIndex, model: str) -> None:
    """Let `model` answer: every document written before this round has its vector."""
    SearchIndex.objects.filter(pk=index.pk).update(
        model=model,
        embedded_model=model,
        embedded_through=index.changed_at,
        problem="",
    )
    if index.model != model:  # its vectors may not be in the graph yet
        SearchIndex.objects.filter(pk=index.pk).update(uses_graph=False)
    others = ProductVector.objects.filter(store=index.store_id).exclude(model=model)
    others.delete()


def embed_batch(index: SearchIndex, keys: Sequence[int], embedder: Embedder) -> int:
    """Embed these products and write their vectors; return how many keys are done."""
    began = clock.now()
    products = list(
        Product.objects.filter(pk__in=keys, deleted_at__isnull=True).defer("raw")
    )
    documents = [document_of(product) for product in products]
    vectors = embed(documents, embedder)
    rows = [
        ProductVector(
            product=product,
            store_id=index.pk,
            model=embedder.name,
            text_hash=document.text_hash,
            vector=vector,
            embedded_at=began,
            in_graph=index.documents > LARGE,
        )
        for product, document, vector in zip(products, documents, vectors, strict=True)
    ]
    write(index, rows, embedder.name)
    return len(keys)


def embed(documents: Sequence[Document], embedder: Embedder) -> Vectors:
    """Return the mean of title vector and full vector of each, not scaled again."""
    titles = [document.title for document in documents]
    full = [document.full_text for document in documents]
    vectors = embedder.embed_documents(titles + full)
    mean: Vectors = (vectors[: len(documents)] + vectors[len(documents) :]) * HALF
    return mean


def write(index: SearchIndex, rows: list[ProductVector], model: str) -> None:
    try:
        with transaction.atomic():
            ProductVector.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["product", "model"],
                update_fields=["text_hash", "vector", "embedded_at", "in_graph"],
            )
            # The first vectors answer as they come.
            SearchIndex.objects.filter(pk=index.pk, model="").update(model=model)
    except IntegrityError:
        # A product went meanwhile: its store is being deleted.
        return


def request_rebuild(store: Store) -> None:
    """Have every document and vector of `store` made anew; the old answer meanwhile."""
    SearchIndex.objects.get_or_create(store=store)
    of(store).update(rebuild_since=clock.now(), seen_through=None)
