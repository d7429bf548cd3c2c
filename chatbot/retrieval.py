"""Find the products of one store that a question asks for, best first.

Words and vectors each bring their best; both are scored both ways and fused by score:
cosine + weight x BM25F, the weight being the model's (notes/embeddings.md, "Recipe").
Limits in the question ("under $50", "in stock") hold for every hit; where nothing fits
they are given up one by one, with a remark.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from pgvector import Vector

from chatbot import candidates
from chatbot.candidates import Candidate, Candidates
from chatbot.embedders import current_embedder, embedder_named
from chatbot.embedders.base import (
    UNKNOWN_LANGUAGE,
    Calibration,
    Embedder,
    EmbedderAway,
    EmbedderRefused,
    Vectors,
)
from chatbot.models import SearchIndex
from chatbot.phrases import wanted
from chatbot.questions import Limits, read_limits
from chatbot.terms import Words, find_category, find_words
from commerce.mapping.text import clean_text
from commerce.models import Product, Store

logger = logging.getLogger(__name__)

MAX_QUESTION = 1_000  # characters
# Of the best score without limits: below it a product is not what was asked for, so
# the limits fit nothing; and is not put first for being cheap.
FITTING_SHARE = 0.6
SORTED_SHARE = 0.85
# Of the best: what is further away is not shown beside it.
NEAR_SHARE = 0.4
# For a product of the very category that was named.
CATEGORY_BONUS = 0.1
MEASURED_AT = 19_406  # data/chorus
MOST_WEIGHT = 3.0
SPARE = 8  # loaded beside what is asked for: some may be gone since they were indexed


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

    text: without its limits and how it is put; "" when only limits are asked for.
    vector: None when the model is away or there is nothing to compare.
    """

    store: Store
    text: str
    limits: Limits
    words: Words
    vector: Vectors | None
    model: str
    calibration: Calibration
    documents: int  # of the store
    in_graph: bool  # where the model's vectors are compared

    @property
    def lexical_weight(self) -> float:
        """What a point of BM25F is worth here: rarity counts for less in a small store.

        idf grows with the logarithm of the catalogue; weights were measured at
        MEASURED_AT products.
        """
        share = math.log(MEASURED_AT) / math.log(max(self.documents, 2))
        return self.calibration.lexical_weight * min(share, MOST_WEIGHT)

    @property
    def category_id(self) -> int | None:
        """The category that was asked for as such."""
        category = self.words.category
        return category.id if category and category.is_limit else None


@dataclass(frozen=True)
class Ranked:
    """A product by its key, with its fused score."""

    key: int
    score: float
    candidate: Candidate


def search_products(store: Store, question: str, *, limit: int = 8) -> SearchResult:
    """Return at most `limit` live products of `store`, best first.

    question: anything a shopper types; only its first MAX_QUESTION characters count.
    """
    began = time.perf_counter()
    asked = understand(store, clean_text(question[:MAX_QUESTION]))
    ranked, kept = find(asked)
    hits = load_hits(kept, ranked, limit)
    remark = remark_on(asked, kept) if hits else ""
    return SearchResult(
        hits,
        understood=shown(asked, remark),
        remark=remark,
        is_degraded=bool(asked.text) and asked.vector is None,
        took_ms=round((time.perf_counter() - began) * 1000, 2),
    )


def understand(store: Store, question: str) -> Question:
    index = SearchIndex.objects.filter(store=store).first() or SearchIndex(store=store)
    rest, limits = read_limits(question)
    rest, category = find_category(index, store.language, rest)
    text = wanted(rest, store.language)
    found = find_words(index, store.language, text) if text else Words()
    found.category = category or found.category
    # A model nobody can ask any more gives way to the one that is being built.
    embedder = embedder_named(index.model) or current_embedder()
    return Question(
        store=store,
        text=text,
        limits=limits,
        words=found,
        vector=embed_question(embedder, mended(text, found)),
        model=embedder.name,
        calibration=embedder.calibration
        if embedder.knows(store.language)
        else UNKNOWN_LANGUAGE,
        documents=index.documents,
        in_graph=index.uses_graph and index.model == embedder.name,
    )


def mended(text: str, found: Words) -> str:
    """Return the question as it was probably meant; models stumble over typos too."""
    if not found.corrected:
        return text
    return " ".join(found.corrected.get(word.lower(), word) for word in text.split())


def embed_question(embedder: Embedder, question: str) -> Vectors | None:
    """Return the question's vector; None, and words alone, when the model is away."""
    if not question.strip():
        return None
    try:
        return embedder.embed_question(question)
    except (EmbedderAway, EmbedderRefused) as error:
        logger.warning("Searching by words alone. %s", error)
        return None


def find(asked: Question) -> tuple[list[Ranked], Question]:
    """Return what fits, best first, and the question as far as it could be kept to."""
    if not asked.text:
        return find_by_limits(asked)
    everything = rank(asked, find_candidates(unlimited(asked)))
    if not has_limits(asked):
        return ordered(everything, asked), asked
    for kept in (asked, *relaxations(asked)):
        ranked = rank(kept, find_candidates(kept))
        if is_answered(ranked, everything):
            return ordered(ranked, kept), kept
    return ordered(everything, asked), unlimited(asked)


def is_answered(ranked: list[Ranked], everything: list[Ranked]) -> bool:
    """Whether what keeps to the limits is what was asked for, not merely the nearest.

    Beside the best without limits it must come near, and share a word if that does.
    """
    if not ranked or not everything:
        return bool(ranked)
    best = everything[0]
    return any(
        one.score >= FITTING_SHARE * best.score
        and (one.candidate.lexical or not best.candidate.lexical)
        for one in ranked
    )


def find_by_limits(asked: Question) -> tuple[list[Ranked], Question]:
    """Answer a question of limits alone ("anything under $20", "what's new")."""
    if not has_limits(asked) and not asked.limits.sort:
        return [], asked
    for kept in (asked, *relaxations(asked)):
        filter_ = candidates.filter_of(kept.limits, kept.category_id)
        keys = candidates.list_documents(asked.store.pk, filter_, kept.limits.sort)
        if keys:
            return [Ranked(key, 0.0, Candidate()) for key in keys], kept
    return [], asked


def has_limits(asked: Question) -> bool:
    return asked.limits.is_limiting or asked.category_id is not None


def relaxations(asked: Question) -> Iterator[Question]:
    """Yield the question with one limit less each."""
    if asked.category_id is not None:
        yield without_category(asked)
    for limits in asked.limits.relaxed():
        yield replace(asked, limits=limits)


def unlimited(asked: Question) -> Question:
    limits = Limits(sort=asked.limits.sort)
    return replace(without_category(asked), limits=limits)


def without_category(asked: Question) -> Question:
    category = asked.words.category
    if category is None or not category.is_limit:
        return asked
    return replace(asked, words=replace(asked.words, category=None))


def find_candidates(asked: Question) -> Candidates:
    """Return the best by words and the best by vectors, each scored both ways."""
    store_id, terms = asked.store.pk, asked.words.terms
    category = asked.words.category
    asked_ids = [term.id for term in (*terms, *([category] if category else ()))]
    filter_ = candidates.filter_of(asked.limits, asked.category_id)
    found: Candidates = {}
    candidates.add_lexical(found, store_id, terms, asked_ids, filter_)
    if asked.vector is not None:
        vector = candidates.Vector(
            Vector(asked.vector).to_text(), asked.model, asked.in_graph
        )
        candidates.add_dense(found, store_id, vector, filter_)
        candidates.complete_dense(found, store_id, vector)
        candidates.complete_lexical(found, store_id, terms, asked_ids)
    return found


def rank(asked: Question, found: Candidates) -> list[Ranked]:
    """Fuse both scores, best first; what shares no word must be near enough."""
    known = [one.cosine for one in found.values() if one.cosine is not None]
    # A product whose vector is still to come is taken to be like the others.
    usual = fmean(known) if known else 0.0
    if not known:
        # Nothing is embedded yet: words alone decide.
        asked = replace(asked, vector=None)
    weight = asked.lexical_weight
    category = asked.words.category.id if asked.words.category else None
    ranked = [
        Ranked(
            key,
            cosine
            + weight * one.lexical
            + (CATEGORY_BONUS if category in one.term_ids else 0.0),
            one,
        )
        for key, one in found.items()
        if is_near(one, cosine := usual if one.cosine is None else one.cosine, asked)
    ]
    ranked.sort(key=lambda one: (-one.score, one.key))
    return [one for one in ranked if one.score >= NEAR_SHARE * ranked[0].score]


def is_near(one: Candidate, cosine: float, asked: Question) -> bool:
    """Whether it is an answer at all: near, or of the question's words, or both a bit."""
    if cosine >= asked.calibration.floor:
        return True
    matched = sum(term.id in one.term_ids for term in asked.words.terms)
    if asked.vector is None or 2 * matched > asked.words.count:
        return bool(one.lexical)
    return bool(one.lexical) and cosine >= asked.calibration.floor / 2


def ordered(ranked: list[Ranked], asked: Question) -> list[Ranked]:
    """Put those that are what was asked for in the order that was asked for."""
    sort, category = asked.limits.sort, asked.words.category
    if sort is None or not ranked:
        return ranked
    near = [one for one in ranked if one.score >= SORTED_SHARE * ranked[0].score]
    if category:
        within = [one for one in ranked if category.id in one.candidate.term_ids]
        near = within or near
    places = candidates.sorted_keys(asked.store.pk, [one.key for one in near], sort)
    by_key = {one.key: one for one in near}
    return [by_key[key] for key in places]


def load_hits(asked: Question, ranked: Sequence[Ranked], limit: int) -> list[Hit]:
    """Return the first `limit` whose products are live and fit, as they are now."""
    hits: list[Hit] = []
    for start in range(0, len(ranked), limit + SPARE):
        part = ranked[start : start + limit + SPARE]
        products = (
            Product.objects.filter(store=asked.store, deleted_at__isnull=True)
            .defer("raw")
            .in_bulk([one.key for one in part])
        )
        for one in part:
            product = products.get(one.key)
            if product is None:
                continue
            product.store = asked.store
            if asked.limits.allow(product):
                hits.append(hit_of(product, one, asked.words))
        if len(hits) >= limit:
            break
    return hits[:limit]


def hit_of(product: Product, one: Ranked, asked: Words) -> Hit:
    has = one.candidate.term_ids
    return Hit(
        product,
        one.score,
        one.candidate.cosine,
        one.candidate.lexical,
        list(dict.fromkeys(term.word for term in asked.terms if term.id in has)),
    )


def shown(asked: Question, remark: str) -> dict[str, Any]:
    """Return what was understood, as JSON; {} for words alone."""
    shown: dict[str, Any] = dict(asked.limits.shown())
    category = asked.words.category
    if category:
        shown["category"] = category.name
    if asked.words.corrected:
        shown["corrected"] = asked.words.corrected
    if remark:
        shown["remark"] = remark
    return shown


def remark_on(asked: Question, kept: Question) -> str:
    """Say which limits were given up; "" when none was."""
    sentences = asked.limits.remarks(kept.limits, asked.store.currency)
    if asked.category_id is not None and kept.category_id is None:
        name = asked.words.category.name if asked.words.category else ""
        sentences.insert(0, f"Nothing in {name} fits; these are from elsewhere.")
    return " ".join(sentences)
