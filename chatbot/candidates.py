"""The SQL of the search: which documents of one store are near to a question.

Every statement names the store first. Scores are those of the whole candidate: what
only its words found is compared by its vector too, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from pgvector import SparseVector, Vector

from chatbot.models.search import TERM_SPACE
from chatbot.questions import Limits, Sort

# Candidates of each kind (notes/embeddings.md: "the union of both top 200").
POOL = 200
# Documents a question looks through for its rarest words; commoner words then only
# rank what those found.
SCANNED = 20_000


@dataclass(frozen=True)
class Term:
    """A word of the question that the store's catalogue knows."""

    id: int
    word: str  # as the shopper wrote it
    weight: float  # idf x (k1 + 1)
    documents: int


@dataclass
class Candidate:
    """A product that may be found, before it is looked at.

    cosine: None where the product has no vector yet, or the question none.
    """

    lexical: float = 0.0
    term_ids: frozenset[int] = frozenset()
    cosine: float | None = None


Candidates = dict[int, Candidate]  # by product key


@dataclass(frozen=True)
class Filter:
    """Limits as SQL over `document`, the store's search documents."""

    sql: str = ""
    values: tuple[Any, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sql)


IN_STOCK_FIRST = "document.in_stock DESC NULLS LAST, document.listed_at DESC"
ORDERS = {
    Sort.CHEAPEST: "document.price ASC NULLS LAST",
    Sort.DEAREST: "document.price DESC NULLS LAST",
    Sort.NEWEST: "document.listed_at DESC",
}


def filter_of(limits: Limits, category_id: int | None) -> Filter:
    """Return what a document must be. A price in an unknown currency may be any."""
    parts: list[tuple[str, Any]] = []
    if limits.min_price is not None:
        parts.append(("document.price >= %s", limits.min_price))
    if limits.max_price is not None:
        parts.append(("document.price <= %s", limits.max_price))
    if limits.currencies:
        parts.append(("document.currency = ANY(%s)", ["", *limits.currencies]))
    if limits.in_stock:
        parts.append(("document.in_stock = %s", True))
    if limits.on_sale:
        parts.append(("document.on_sale = %s", True))
    if category_id is not None:
        parts.append(("document.term_ids @> %s::int[]", [category_id]))
    return Filter(
        "".join(f" AND {sql}" for sql, _ in parts), tuple(value for _, value in parts)
    )


def list_documents(store_id: int, filter_: Filter, sort: Sort | None) -> list[int]:
    """Return what fits the limits when the question asks for nothing else."""
    order = ORDERS[sort] if sort else IN_STOCK_FIRST
    rows = fetch(
        "SELECT product_id FROM chatbot_searchdocument AS document"
        f" WHERE store_id = %s{filter_.sql} ORDER BY {order}, product_id LIMIT %s",
        [store_id, *filter_.values, POOL],
    )
    return [key for (key,) in rows]


def sorted_keys(store_id: int, keys: Sequence[int], sort: Sort) -> list[int]:
    """Return `keys` in the order a question asks for."""
    rows = fetch(
        "SELECT product_id FROM chatbot_searchdocument AS document"
        f" WHERE store_id = %s AND product_id = ANY(%s) ORDER BY {ORDERS[sort]},"
        " array_position(%s::bigint[], product_id)",
        [store_id, list(keys), list(keys)],
    )
    return [key for (key,) in rows]


def add_lexical(
    found: Candidates, store_id: int, terms: Sequence[Term], filter_: Filter
) -> None:
    """Add the POOL best by their words. `terms`: the rarest first."""
    scanned, looked_up = 0, list[int]()
    for term in terms:
        scanned += term.documents
        if looked_up and scanned > SCANNED:
            break
        looked_up.append(term.id)
    if not looked_up:
        return
    rows = fetch(
        "SELECT product_id, -(terms <#> %s::sparsevec) AS score, term_ids"
        " FROM chatbot_searchdocument AS document"
        f" WHERE store_id = %s AND term_ids && %s::int[]{filter_.sql}"
        " ORDER BY score DESC, product_id LIMIT %s",
        [sparse(terms), store_id, looked_up, *filter_.values, POOL],
    )
    for key, score, term_ids in rows:
        found[key] = Candidate(score, frozenset(term_ids))


def add_dense(
    found: Candidates, store_id: int, model: str, question: str, filter_: Filter
) -> None:
    """Add the POOL nearest by their vectors. `question`: its vector_text."""
    fitting = (
        " AND product_id IN (SELECT product_id FROM chatbot_searchdocument AS document"
        f" WHERE store_id = %s{filter_.sql})"
    )
    rows = fetch(
        "SELECT product_id, -(vector <#> %s::vector) AS cosine"
        " FROM chatbot_productvector WHERE store_id = %s AND model = %s"
        f"{fitting if filter_ else ''} ORDER BY cosine DESC, product_id LIMIT %s",
        [
            question,
            store_id,
            model,
            *((store_id, *filter_.values) if filter_ else ()),
            POOL,
        ],
    )
    for key, cosine in rows:
        found.setdefault(key, Candidate()).cosine = cosine


def complete_lexical(found: Candidates, store_id: int, terms: Sequence[Term]) -> None:
    """Score the words of those that only their vectors found."""
    keys = [key for key, one in found.items() if not one.term_ids]
    if not keys or not terms:
        return
    rows = fetch(
        "SELECT product_id, -(terms <#> %s::sparsevec), term_ids"
        " FROM chatbot_searchdocument WHERE store_id = %s AND product_id = ANY(%s)",
        [sparse(terms), store_id, keys],
    )
    for key, score, term_ids in rows:
        found[key].lexical, found[key].term_ids = score, frozenset(term_ids)


def complete_dense(found: Candidates, store_id: int, model: str, question: str) -> None:
    """Compare the vectors of those that only their words found."""
    keys = [key for key, one in found.items() if one.cosine is None]
    if not keys:
        return
    rows = fetch(
        "SELECT product_id, -(vector <#> %s::vector) FROM chatbot_productvector"
        " WHERE store_id = %s AND model = %s AND product_id = ANY(%s)",
        [question, store_id, model, keys],
    )
    for key, cosine in rows:
        found[key].cosine = cosine


def vector_text(vector: Any) -> str:
    """Return a vector as PostgreSQL reads it."""
    return Vector(vector).to_text()


def sparse(terms: Sequence[Term]) -> str:
    return SparseVector({term.id: term.weight for term in terms}, TERM_SPACE).to_text()


def fetch(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
