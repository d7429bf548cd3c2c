"""Undo beside the message that says what was done: a form, kept in the session."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest

KEY = "undo"


def offer_undo(request: HttpRequest, sentence: str, url: str, **fields: str) -> None:
    """Say `sentence`, with a button that POSTs `fields` to `url`.

    The view behind `url` checks them like anything else a browser sends. Offered once,
    with the page that shows the message; the latest act alone can be undone.
    """
    messages.success(request, sentence)
    request.session[KEY] = {"sentence": sentence, "url": url, "fields": fields}


def take_undo(request: HttpRequest, sentence: str) -> dict[str, Any] | None:
    """Return what offer_undo kept with this message, once."""
    offer: dict[str, Any] | None = request.session.get(KEY)
    if not offer or offer["sentence"] != sentence:
        return None
    del request.session[KEY]
    return offer
