"""What the worker calls, and the index of one store in one go.

Nothing needs to queue `index_store`: the indexer (chatbot/indexer.py) finds its own
work. Commands and tests call it.
"""

from __future__ import annotations

from chatbot.embedders import current_embedder
from chatbot.indexing import index_words
from chatbot.services import retention
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


def prune() -> str:
    """Remove conversations past their time, and counts that are over."""
    return f"{retention.prune_slice()} conversations removed"
