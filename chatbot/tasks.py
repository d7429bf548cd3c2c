"""What the worker calls. Rules live in the services."""

from __future__ import annotations

from chatbot.indexing import index_words
from commerce.models import Store


def index_store(store_id: int) -> str:
    """Bring the index of one store up to date with its catalogue."""
    store = Store.objects.filter(pk=store_id, deleting_at__isnull=True).first()
    if store is None:
        return "nothing to do"
    return f"{index_words(store)} products indexed"
