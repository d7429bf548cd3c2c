"""The index over a store's catalogue: its documents, and the words they are made of.

Orders are never here. Everything can be made again from the catalogue.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from pgvector.django import HnswIndex, SparseVectorField, VectorField

from commerce.models import Product, Store
from commerce.models.catalog import price_field

# A term's number is a hash of store and word: pgvector counts up to 1e9 dimensions.
TERM_SPACE = 1_000_000_000
DIMENSIONS = 384


class SearchIndex(models.Model):
    """How far the index of one store is; its words and its vectors apart."""

    store = models.OneToOneField(
        Store, models.CASCADE, primary_key=True, related_name="search_index"
    )
    documents = models.PositiveIntegerField(default=0)
    # The store's language when its words were last cut.
    language = models.CharField(max_length=10, blank=True)
    # Every change of the catalogue committed before this is in the documents.
    seen_through = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)  # when a document was last written

    # The model whose vectors answer; "" before the first.
    model = models.CharField(max_length=100, blank=True)
    # The model every document has a vector of that was written up to then.
    embedded_model = models.CharField(max_length=100, blank=True)
    embedded_through = models.DateTimeField(null=True)
    # Documents and vectors made before this are made again.
    rebuild_since = models.DateTimeField(null=True)
    # Whether every vector of `model` is in the graph, which then is searched.
    uses_graph = models.BooleanField(default=False)
    # Who embeds holds the store until then.
    lease_until = models.DateTimeField(null=True)
    # Why there are no vectors now, as a sentence; "" when all is well.
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.documents} documents of store {self.store_id}"

    @property
    def is_rebuilding(self) -> bool:
        """Whether every product is being embedded anew, as somebody asked."""
        return self.rebuild_since is not None and (
            self.embedded_through is None or self.embedded_through < self.rebuild_since
        )

    @property
    def rebuilt(self) -> int:
        """How many products a rebuild has embedded so far."""
        vectors = ProductVector.objects.filter(store=self.store_id)
        return vectors.filter(embedded_at__gte=self.rebuild_since).count()

    @property
    def built_beside(self) -> int:
        """How many products have a vector of a model that does not answer yet."""
        vectors = ProductVector.objects.filter(store=self.store_id)
        return vectors.exclude(model=self.model).count() if self.model else 0

    @property
    def is_busy(self) -> bool:
        """Whether vectors are being made that products already have."""
        return self.is_rebuilding or self.built_beside > 0


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
    # What a question may ask for, as last indexed; hits are held against the product.
    price = price_field()
    currency = models.CharField(max_length=3, blank=True)
    in_stock = models.BooleanField(null=True)
    on_sale = models.BooleanField(default=False)
    listed_at = models.DateTimeField()  # as the store says, or when we first saw it
    indexed_at = models.DateTimeField()

    class Meta:
        indexes = [GinIndex(fields=["term_ids"], name="search_document_terms")]

    def __str__(self) -> str:
        return f"document of product {self.product_id}"


class ProductVector(models.Model):
    """What one model makes of one product.

    The mean of two unit vectors, of the title and of the full text, not scaled again:
    its inner product with a question is the mean of the two cosines.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="vectors")
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="product_vectors", db_index=False
    )
    model = models.CharField(max_length=100)
    text_hash = models.BinaryField(max_length=16)  # of the document it was made from
    vector = VectorField(dimensions=DIMENSIONS)
    embedded_at = models.DateTimeField()
    # Only vectors of large stores: a small one is scanned, which is exact.
    in_graph = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "model"], name="product_vector_product_model"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "model"], name="product_vector_store_model"),
            HnswIndex(
                fields=["vector"],
                opclasses=["vector_ip_ops"],
                # pgvector's own 64 finds 93 of 100 at 100,000 products, this 98.
                ef_construction=256,
                condition=models.Q(in_graph=True),
                name="product_vector_graph",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} vector of product {self.product_id}"


class SearchTerm(models.Model):
    """A word of a store's catalogue, and how many documents have it."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="search_terms")
    term_id = models.IntegerField()
    word = models.CharField(max_length=60)  # its stem
    spelling = models.CharField(max_length=60)  # as a product has it
    documents = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "term_id"], name="search_term_store_term"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "spelling"], name="search_term_spelling")
        ]

    def __str__(self) -> str:
        return f"{self.word} ({self.documents})"
