"""Secrets out of what strangers sent, before it is shown or kept in the log."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from commerce.connector.guard import mask
from webhooks.models import KEPT_BYTES, Delivery

_WORDS = (
    "password|passwd|secret|api_?-?key|access_?-?token|auth_?-?token|authorization"
    "|private_?-?key|card_?-?number|cvv|cvc"
)
# Keys are bounded: an unbounded pattern takes quadratic time on hostile text.
_SECRET_KEY = re.compile(
    rf'("[^"]{{0,40}}(?:{_WORDS})[^"]{{0,40}}"\s{{0,9}}:\s{{0,9}})"(?:[^"\\]|\\.)*"?',
    re.IGNORECASE,
)


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without the secrets given, and without what is named like one."""
    return _SECRET_KEY.sub(r'\1"***"', mask(text, secrets))


def secrets_in(credentials: dict[str, Any] | None) -> list[str]:
    """Return the parts of a store's credential that are secret and long enough to be
    told from ordinary words."""
    values = (credentials or {}).items()
    return [
        v for k, v in values if k != "username" and isinstance(v, str) and len(v) > 5
    ]


def shown_body(delivery: Delivery, limit: int = KEPT_BYTES) -> str:
    """Return the beginning of a delivery's body as its merchant may see it.

    Its secrets are masked; bytes that are no text are replaced.
    """
    text = bytes(delivery.body[:limit]).decode(errors="replace")
    store = delivery.store
    known = secrets_in(store.credentials) + [
        row.secret for row in store.webhook_secrets.all()
    ]
    return mask_text(text, known)
