"""Which model embeds: the API's when there is a key, else the one that is shipped."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from chatbot.embedders.base import Embedder

LOCAL = "local"


def current_embedder() -> Embedder:
    """Return the model new vectors are made with."""
    if settings.OPENAI_API_KEY and settings.OPENAI_EMBEDDING_MODEL != LOCAL:
        return api_embedder(
            settings.OPENAI_API_KEY,
            settings.OPENAI_BASE_URL,
            settings.OPENAI_EMBEDDING_MODEL,
        )
    return local_embedder()


def embedder_named(name: str) -> Embedder | None:
    """Return the model that made vectors of that name; None when we cannot ask it.

    While a new index is built the old one answers, with the old model.
    """
    current = current_embedder()
    if name == current.name:
        return current
    if name == (local := local_embedder()).name:
        return local
    if name.startswith("api:") and settings.OPENAI_API_KEY:
        return api_embedder(
            settings.OPENAI_API_KEY,
            settings.OPENAI_BASE_URL,
            name.removeprefix("api:"),
        )
    return None


@cache
def local_embedder() -> Embedder:
    from chatbot.embedders.local import LocalEmbedder

    return LocalEmbedder()


@cache
def api_embedder(key: str, base_url: str, model: str) -> Embedder:
    from chatbot.embedders.api import ApiEmbedder

    return ApiEmbedder(key=key, base_url=base_url, model=model)
