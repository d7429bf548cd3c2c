"""Find the products of one store that a question asks for, best first."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.db import connection
from pgvector import SparseVector

from chatbot import words
from chatbot.bm25 import question_weight
from chatbot.models import SearchIndex, SearchTerm
from chatbot.models.search import TERM_SPACE
from commerce.mapping.text import clean_text
from commerce.models import Product, Store

MAX_QUESTION = 1_000  # characters
MAX_WORDS = 32
POOL = 200  # candidates of each kind
# Documents a question looks through for its rarest words; commoner words then only
# rank what those found.
SCANNED = 20_000


@dataclass(frozen=True)
class Hit:
    """One product found, and why.

    cosine: of the question and the product, -1 to 1; None where there is no vector.
    lexical: BM25F score, 0 and up. score: both together, what hits are ranked by.
    words: those of the question that the product has, as the shopper wrote them.
    """

    product: Product
    score: float
    cosine: float | None
    lexical: float
    words: list[str]


@dataclass(frozen=True)
class SearchResult:
    """What was found; `product.store` of each hit is loaded.

    understood: JSON as the search endpoint shows it. remark: "" or why limits were
    relaxed. is_degraded: the model was away. took_ms: milliseconds.
    """

    hits: list[Hit]
    understood: dict[str, Any]
    remark: str
    is_degraded: bool
    took_ms: float


@dataclass(frozen=True)
class Term:
    """A word of the question that the store's catalogue knows."""

    id: int
    word: str  # as the shopper wrote it
    weight: float
    documents: int


def search_products(store: Store, question: str, *, limit: int = 8) -> SearchResult:
    """Return at most `limit` live products of `store`, best first.

    question: anything a shopper types; only its first MAX_QUESTION characters count.
    """
    began = time.perf_counter()
    terms = find_terms(store, clean_text(question[:MAX_QUESTION]))
    scores = score_words(store, terms)
    hits = load_hits(store, scores, terms)[:limit]
    took_ms = (time.perf_counter() - began) * 1000
    return SearchResult(
        hits, {}, remark="", is_degraded=False, took_ms=round(took_ms, 2)
    )


def find_terms(store: Store, question: str) -> list[Term]:
    """Return the question's words that the store knows, the rarest first."""
    index = SearchIndex.objects.filter(store=store).first()
    stems = words.stems_of(
        written := list(dict.fromkeys(words.cut(question)))[:MAX_WORDS],
        words.stemmer_of(store.language),
    )
    ids = {words.term_id(store.pk, stems[w]): w for w in written if stems[w]}
    counted = SearchTerm.objects.filter(store=store, term_id__in=ids)
    total = index.documents if index else 0
    return [
        Term(row.term_id, ids[row.term_id], weight, row.documents)
        for row in counted.order_by("documents", "term_id")
        if (weight := question_weight(row.documents, total)) > 0
    ]


def score_words(store: Store, terms: list[Term]) -> dict[int, tuple[float, list[int]]]:
    """Return {product key: (BM25F score, its term ids)} of the POOL best."""
    if not terms:
        return {}
    scanned, looked_up = 0, list[int]()
    for term in terms:
        scanned += term.documents
        if looked_up and scanned > SCANNED:
            break
        looked_up.append(term.id)
    query = SparseVector({term.id: term.weight for term in terms}, TERM_SPACE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT product_id, -(terms <#> %s::sparsevec) AS score, term_ids"
            " FROM chatbot_searchdocument"
            " WHERE store_id = %s AND term_ids && %s::int[]"
            " ORDER BY score DESC, product_id LIMIT %s",
            [query.to_text(), store.pk, looked_up, POOL],
        )
        return {key: (score, ids) for key, score, ids in cursor.fetchall()}


def load_hits(
    store: Store, scores: dict[int, tuple[float, list[int]]], terms: list[Term]
) -> list[Hit]:
    """Return the hits of products that are still live, best first."""
    products = Product.objects.filter(
        pk__in=scores, store=store, deleted_at__isnull=True
    ).defer("raw")
    hits = []
    for product in products:
        product.store = store
        score, ids = scores[product.pk]
        has = set(ids)
        matched = [term.word for term in terms if term.id in has]
        hits.append(Hit(product, score, None, score, matched))
    return sorted(hits, key=lambda hit: (-hit.score, hit.product.pk))
