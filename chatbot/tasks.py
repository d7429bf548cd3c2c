"""The index of one store in one go, for commands and tests.

Nothing needs to queue this: the indexer (chatbot/indexer.py) finds its own work.
"""

from __future__ import annotations

from chatbot.embedders import current_embedder
from chatbot.indexing import index_words
from chatbot.vectors import embed_store
from commerce.models import Store


def index_store(store_id: int) -> str:
    """Bring words and vectors of one store up to date with its catalogue.

    Raises EmbedderAway or EmbedderRefused once the words are done.
    """
    store = Store.objects.filter(pk=store_id, deleting_at__isnull=True).first()
    if store is None:
        return "nothing to do"
    changed, embedded = index_words(store), 0
    while done := embed_store(store, current_embedder()):
        embedded += done
    return f"{changed} products indexed, {embedded} embedded"
