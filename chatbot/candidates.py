"""The SQL of the search: which documents of one store are near to a question.

Every statement names the store first. Scores are those of the whole candidate: what
only its words found is compared by its vector too, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from pgvector import SparseVector

from chatbot.graph import EF_SEARCH
from chatbot.models.search import TERM_SPACE
from chatbot.questions import Limits, Sort

# Candidates of each kind (notes/embeddings.md: "the union of both top 200").
POOL = 200
# Documents a question looks through for its rarest words; commoner words then only
# rank what those found.
SCANNED = 20_000
FEW = 50
# Of the terms asked for, those a document has; reading all it has takes longer.
MATCHED = "ARRAY(SELECT id FROM unnest(%s::int[]) AS id WHERE id = ANY(term_ids))"


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

    term_ids: those of the terms and the category asked for that it has.
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
    found: Candidates,
    store_id: int,
    terms: Sequence[Term],
    asked_ids: list[int],
    filter_: Filter,
) -> None:
    """Add the POOL best by their words.

    terms: the rarest first. asked_ids: what `Candidate.term_ids` is of.
    """
    scanned, looked_up = 0, list[int]()
    for term in terms:
        scanned += term.documents
        if looked_up and scanned > SCANNED:
            break
        looked_up.append(term.id)
    if not looked_up:
        return
    rows = fetch(
        f"SELECT product_id, -(terms <#> %s::sparsevec) AS score, {MATCHED}"
        " FROM chatbot_searchdocument AS document"
        f" WHERE store_id = %s AND term_ids && %s::int[]{filter_.sql}"
        " ORDER BY score DESC, product_id LIMIT %s",
        [sparse(terms), asked_ids, store_id, looked_up, *filter_.values, POOL],
    )
    for key, score, term_ids in rows:
        found[key] = Candidate(score, frozenset(term_ids))


@dataclass(frozen=True)
class Vector:
    """A question's vector as PostgreSQL reads it, and where it is compared."""

    text: str
    model: str
    in_graph: bool


def add_dense(
    found: Candidates, store_id: int, vector: Vector, filter_: Filter
) -> None:
    """Add the POOL nearest by their vectors."""
    rows = near_in_graph(store_id, vector, filter_) if vector.in_graph else []
    # Limits that few products keep to leave little of the graph: look at those few.
    if not vector.in_graph or (filter_ and len(rows) < FEW):
        rows = near_of_all(store_id, vector, filter_)
    for key, cosine in rows:
        found.setdefault(key, Candidate()).cosine = cosine


def near_of_all(store_id: int, vector: Vector, filter_: Filter) -> list[Any]:
    """Compare every vector of the store that fits: exact."""
    fitting = (
        " AND product_id IN (SELECT product_id FROM chatbot_searchdocument AS document"
        f" WHERE store_id = %s{filter_.sql})"
    )
    return fetch(
        "SELECT product_id, -(vector <#> %s::vector) AS cosine"
        " FROM chatbot_productvector WHERE store_id = %s AND model = %s"
        f"{fitting if filter_ else ''} ORDER BY cosine DESC, product_id LIMIT %s",
        [
            vector.text,
            store_id,
            vector.model,
            *((store_id, *filter_.values) if filter_ else ()),
            POOL,
        ],
    )


def near_in_graph(store_id: int, vector: Vector, filter_: Filter) -> list[Any]:
    """Follow the graph; of more than are wanted, those that fit the limits."""
    with transaction.atomic():
        fetch(
            "SELECT set_config('hnsw.ef_search', %s, true),"
            " set_config('hnsw.iterative_scan', 'strict_order', true)",
            [str(EF_SEARCH)],
        )
        return fetch(
            "SELECT near.product_id, near.cosine FROM ("
            " SELECT product_id, -(vector <#> %s::vector) AS cosine"
            " FROM chatbot_productvector"
            " WHERE store_id = %s AND model = %s AND in_graph"
            " ORDER BY vector <#> %s::vector LIMIT %s) AS near"
            " JOIN chatbot_searchdocument AS document USING (product_id)"
            f" WHERE true{filter_.sql} ORDER BY near.cosine DESC LIMIT %s",
            [
                vector.text,
                store_id,
                vector.model,
                vector.text,
                4 * POOL if filter_ else POOL,
                *filter_.values,
                POOL,
            ],
        )


def complete_lexical(
    found: Candidates, store_id: int, terms: Sequence[Term], asked_ids: list[int]
) -> None:
    """Score the words of those that only their vectors found."""
    keys = [key for key, one in found.items() if not one.term_ids]
    if not keys or not terms:
        return
    rows = fetch(
        f"SELECT product_id, -(terms <#> %s::sparsevec), {MATCHED}"
        " FROM chatbot_searchdocument WHERE store_id = %s AND product_id = ANY(%s)",
        [sparse(terms), asked_ids, store_id, keys],
    )
    for key, score, term_ids in rows:
        found[key].lexical, found[key].term_ids = score, frozenset(term_ids)


def complete_dense(found: Candidates, store_id: int, vector: Vector) -> None:
    """Compare the vectors of those that only their words found."""
    keys = [key for key, one in found.items() if one.cosine is None]
    if not keys:
        return
    rows = fetch(
        "SELECT product_id, -(vector <#> %s::vector) FROM chatbot_productvector"
        " WHERE store_id = %s AND model = %s AND product_id = ANY(%s)",
        [vector.text, store_id, vector.model, keys],
    )
    for key, cosine in rows:
        found[key].cosine = cosine


def sparse(terms: Sequence[Term]) -> str:
    return SparseVector({term.id: term.weight for term in terms}, TERM_SPACE).to_text()


def fetch(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
