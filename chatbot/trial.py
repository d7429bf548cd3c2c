"""What the chatbot adds to the way of a test event: index the product, then find it."""

from __future__ import annotations

from chatbot.indexing import index_words
from chatbot.models import SearchDocument
from chatbot.retrieval import search_products
from commerce.mapping.text import quoted
from commerce.models import Product
from webhooks.services.trial import StepFailed


def index(product: Product) -> str:
    """Put its words into the search index, as the worker does after a webhook."""
    index_words(product.store)
    if not SearchDocument.objects.filter(product=product).exists():
        raise StepFailed(
            "The product did not get into the search index. Try again; if it stays so, "
            "ask us with this store's id."
        )
    return "Its words are in the search index; its vector follows in the background."


def find(product: Product) -> str:
    """Search for it by its name, as a shopper would."""
    result = search_products(product.store, product.name)
    if product.pk not in {hit.product.pk for hit in result.hits}:
        raise StepFailed(
            f"A search for {quoted(product.name)} does not find it. Use “Re-embed "
            "Products” on the store's page, then try again."
        )
    return f"A search for {quoted(product.name)} finds it, in {result.took_ms:.0f} ms."
