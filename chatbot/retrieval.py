"""Find the products of one store that a question asks for, best first.

Words and vectors each bring their best; both are scored both ways and fused by score:
cosine + weight x BM25F, the weight being the model's (notes/embeddings.md, "Recipe").
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from chatbot import candidates, words
from chatbot.bm25 import question_weight
from chatbot.candidates import Candidates, Term
from chatbot.embedders import current_embedder, embedder_named
from chatbot.embedders.base import (
    Calibration,
    Embedder,
    EmbedderAway,
    EmbedderRefused,
    Vectors,
)
from chatbot.models import SearchIndex, SearchTerm
from commerce.mapping.text import clean_text
from commerce.models import Product, Store

logger = logging.getLogger(__name__)

MAX_QUESTION = 1_000  # characters
MAX_WORDS = 32


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
class Question:
    """What is asked, ready to be compared.

    terms: the rarest first. vector: None when the model is away or there is none.
    """

    index: SearchIndex
    terms: list[Term]
    vector: Vectors | None
    model: str
    calibration: Calibration


def search_products(store: Store, question: str, *, limit: int = 8) -> SearchResult:
    """Return at most `limit` live products of `store`, best first.

    question: anything a shopper types; only its first MAX_QUESTION characters count.
    """
    began = time.perf_counter()
    asked = understand(store, clean_text(question[:MAX_QUESTION]))
    hits = load_hits(store, asked, find_candidates(asked))[:limit]
    took_ms = (time.perf_counter() - began) * 1000
    return SearchResult(
        hits,
        understood={},
        remark="",
        is_degraded=asked.vector is None,
        took_ms=round(took_ms, 2),
    )


def understand(store: Store, question: str) -> Question:
    index = SearchIndex.objects.filter(store=store).first() or SearchIndex(store=store)
    terms = find_terms(index, store.language, question)
    # A model nobody can ask any more gives way to the one that is being built.
    embedder = embedder_named(index.model) or current_embedder()
    return Question(
        index,
        terms,
        embed_question(embedder, question),
        embedder.name,
        embedder.calibration,
    )


def find_terms(index: SearchIndex, language: str, question: str) -> list[Term]:
    """Return the question's words that the store knows, the rarest first."""
    written = list(dict.fromkeys(words.cut(question)))[:MAX_WORDS]
    stems = words.stems_of(written, words.stemmer_of(language))
    ids = {words.term_id(index.pk, stems[w]): w for w in written if stems[w]}
    counted = SearchTerm.objects.filter(store=index.pk, term_id__in=ids)
    return [
        Term(
            row.term_id,
            ids[row.term_id],
            question_weight(row.documents, index.documents),
            row.documents,
        )
        for row in counted.order_by("documents", "term_id")
    ]


def embed_question(embedder: Embedder, question: str) -> Vectors | None:
    """Return the question's vector; None, and words alone, when the model is away."""
    if not question.strip():
        return None
    try:
        return embedder.embed_question(question)
    except (EmbedderAway, EmbedderRefused) as error:
        logger.warning("Searching by words alone. %s", error)
        return None


def find_candidates(asked: Question) -> Candidates:
    """Return the best by words and the best by vectors, each scored both ways."""
    store_id = asked.index.pk
    found: Candidates = {}
    candidates.add_lexical(found, store_id, asked.terms)
    if asked.vector is not None:
        candidates.add_dense(found, store_id, asked.model, asked.vector)
        candidates.complete_dense(found, store_id, asked.model, asked.vector)
        candidates.complete_lexical(found, store_id, asked.terms)
    return found


def load_hits(store: Store, asked: Question, found: Candidates) -> list[Hit]:
    """Return the hits of products that are still live, best first."""
    products = Product.objects.filter(
        pk__in=found, store=store, deleted_at__isnull=True
    ).defer("raw")
    # A product whose vector is still to come is taken to be like the others.
    known = [one.cosine for one in found.values() if one.cosine is not None]
    usual = fmean(known) if known else 0.0
    hits = []
    for product in products:
        product.store = store
        one = found[product.pk]
        if not one.lexical and (one.cosine or 0.0) < asked.calibration.floor:
            continue
        cosine = usual if one.cosine is None else one.cosine
        score = cosine + asked.calibration.lexical_weight * one.lexical
        matched = [term.word for term in asked.terms if term.id in one.term_ids]
        hits.append(Hit(product, score, one.cosine, one.lexical, matched))
    return sorted(hits, key=lambda hit: (-hit.score, hit.product.pk))
