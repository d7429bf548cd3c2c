"""Documents as rows: their words cut, weighed, written and counted, a batch at a time.

Written with plain SQL over arrays: through the ORM the rows take longer than the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from pgvector import SparseVector

from chatbot import words
from chatbot.bm25 import word_weights
from chatbot.documents import Document
from chatbot.models.search import TERM_SPACE
from chatbot.questions import is_on_sale
from commerce.mapping.dates import read_date
from commerce.mapping.notes import Unreadable
from commerce.models import Product, StockStatus, Store
from hiwelink import clock

# Where stores say since when they have a product, most telling first.
LISTED_KEYS = ("created_at", "published_at", "date_created", "createdAt")
COLUMNS = {
    "product_id": "bigint",
    "source_updated_at": "timestamptz",
    "text_hash": "bytea",
    "term_ids": "text",
    "terms": "text",
    "price": "numeric",
    "currency": "text",
    "in_stock": "boolean",
    "on_sale": "boolean",
    "listed_at": "timestamptz",
}
CAST = {"term_ids": "::int[]", "terms": "::sparsevec"}


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


class Row(NamedTuple):
    """One search document, in the order of COLUMNS."""

    product_id: int
    source_updated_at: datetime
    text_hash: bytes
    term_ids: list[int]
    terms: str
    price: Decimal | None
    currency: str
    in_stock: bool | None
    on_sale: bool
    listed_at: datetime


def make_row(store: Store, product: Product, document: Document, cut: Cut) -> Row:
    terms = {
        number_of(store.pk, word): weight
        for word, weight in word_weights(cut.fields).items()
    }
    categories = {number_of(store.pk, word) for word in cut.categories}
    ids = sorted(terms.keys() | categories)
    return Row(
        product.pk,
        product.updated_at,
        document.text_hash,
        ids,
        SparseVector(terms, TERM_SPACE).to_text(),
        product.current_price,
        product.currency or store.currency,
        product.stock_status == StockStatus.IN_STOCK if product.stock_status else None,
        is_on_sale(product),
        listed_at(product),
    )


@lru_cache(100_000)
def number_of(store_id: int, word: str) -> int:
    return words.term_id(store_id, word)


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


def write_rows(store: Store, rows: Sequence[Row], analysis: str) -> None:
    """Insert the documents of a batch, or replace them."""
    names = [*COLUMNS, "store_id", "analysis", "indexed_at"]
    sets = ", ".join(f"{name} = EXCLUDED.{name}" for name in names[1:])
    told = ", ".join(f"told.{name}{CAST.get(name, '')}" for name in COLUMNS)
    arrays = ", ".join(f"%s::{type_}[]" for type_ in COLUMNS.values())
    values: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    values[3] = [f"{{{','.join(map(str, ids))}}}" for ids in values[3]]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO chatbot_searchdocument ({', '.join(names)})"
            f" SELECT {told}, %s, %s, %s FROM unnest({arrays})"
            f" AS told ({', '.join(COLUMNS)})"
            f" ON CONFLICT (product_id) DO UPDATE SET {sets}",
            [store.pk, analysis, clock.now(), *values],
        )


def count_words(
    store: Store,
    before: Iterable[Sequence[int]],
    rows: Iterable[Row],
    cuts: Iterable[Cut],
) -> None:
    """Add what a batch changed to the counts of the store's words."""
    change: Counter[int] = Counter()
    for ids in before:
        change.subtract(ids)
    for row in rows:
        change.update(row.term_ids)
    spelled = {
        number_of(store.pk, stem): (stem, spelling)
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
