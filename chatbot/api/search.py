"""GET /api/chatbot/{public_id}/search?q=&limit="""

from __future__ import annotations

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from chatbot.api.access import WidgetView
from chatbot.cards import card_of
from chatbot.retrieval import Hit, search_products
from hiwelink.api import ApiError

DEFAULT_LIMIT = 8
MAX_LIMIT = 50


class SearchView(WidgetView):
    """The products of the chatbot's store that a question asks for, best first."""

    scope = "widget-search"
    rate = settings.WIDGET_SEARCH_RATE

    def get(self, request: Request, public_id: str) -> Response:
        found = search_products(
            self.chatbot.store,
            request.query_params.get("q", ""),
            limit=read_limit(request.query_params.get("limit")),
        )
        body = {
            "results": [result_of(hit) for hit in found.hits],
            "understood": found.understood,
            "took_ms": found.took_ms,
        }
        return Response(body, headers={"Cache-Control": "no-store"})


def result_of(hit: Hit) -> dict[str, object]:
    return card_of(hit.product) | {"score": round(hit.score, 6)}


def read_limit(text: str | None) -> int:
    """Read 1 to MAX_LIMIT; more is cut to it. Raises 400 for what is no such number."""
    if not text:
        return DEFAULT_LIMIT
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < 1:
        raise ApiError("invalid", f"limit must be a number from 1 to {MAX_LIMIT}.")
    return min(int(text), MAX_LIMIT)
