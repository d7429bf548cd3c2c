"""The index over a store's catalogue: its documents, and the words they are made of.

Orders are never here. Everything can be made again from the catalogue.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from pgvector.django import SparseVectorField

from commerce.models import Product, Store
from commerce.models.catalog import price_field

# A term's number is a hash of store and word: pgvector counts up to 1e9 dimensions.
TERM_SPACE = 1_000_000_000


class SearchIndex(models.Model):
    """How far the index of one store is."""

    store = models.OneToOneField(
        Store, models.CASCADE, primary_key=True, related_name="search_index"
    )
    documents = models.PositiveIntegerField(default=0)
    # Every change of the catalogue committed before this is in the documents.
    seen_through = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.documents} documents of store {self.store_id}"


class SearchDocument(models.Model):
    """The words of one live product, and the limits a question may put on it."""

    product = models.OneToOneField(
        Product, models.CASCADE, primary_key=True, related_name="search_document"
    )
    store = models.ForeignKey(Store, models.CASCADE, related_name="search_documents")
    # The product's updated_at this was made from; another one makes it stale.
    source_updated_at = models.DateTimeField()
    analysis = models.CharField(max_length=40)  # how words were cut; see words.py
    text_hash = models.BinaryField(max_length=16)  # of the texts that are embedded
    term_ids = ArrayField(models.IntegerField())
    # {term id: weight}: times the question's idf and summed, the BM25F score.
    terms = SparseVectorField(dimensions=TERM_SPACE)
    price = price_field()
    in_stock = models.BooleanField(null=True)
    indexed_at = models.DateTimeField()

    class Meta:
        indexes = [GinIndex(fields=["term_ids"], name="search_document_terms")]

    def __str__(self) -> str:
        return f"document of product {self.product_id}"


class SearchTerm(models.Model):
    """A word of a store's catalogue, and how many documents have it."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="search_terms")
    term_id = models.IntegerField()
    word = models.CharField(max_length=60)
    documents = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "term_id"], name="search_term_store_term"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.word} ({self.documents})"
