"""What a storefront loads: the loader, how the button looks, and the frame's page."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from csp.constants import NONE, SELF
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from chatbot.api.access import WidgetView, chatbot_for
from chatbot.models import Chatbot
from chatbot.widget.looks import direction_of, look_of

LOADER = settings.BASE_DIR / "static" / "widget" / "v1" / "loader.js"
# Shops keep the script tag for years: a new loader has to reach them within minutes.
LOADER_SECONDS = 300
LOOK_SECONDS = 60
MAX_MESSAGE = 1_000


@lru_cache(maxsize=1)
def loader_text(changed_at: float) -> tuple[bytes, str]:
    """Return the loader and its ETag, read anew when the file changes."""
    text = LOADER.read_bytes()
    return text, f'"{blake2b(text, digest_size=8).hexdigest()}"'


@require_safe
def loader(request: HttpRequest) -> HttpResponse:
    """GET /widget/v1/loader.js: the script every shop's page names."""
    text, etag = loader_text(LOADER.stat().st_mtime)
    if request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={LOADER_SECONDS}, must-revalidate"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


class LookView(WidgetView):
    """GET /widget/v1/{public_id}/look: {name, color, ink, position} of the button."""

    scope = "widget_look"
    rate = "600/min"

    def get(self, request: Request, public_id: str) -> Response:
        response = Response(look_of(self.chatbot))
        response["Cache-Control"] = f"private, max-age={LOOK_SECONDS}"
        return response


@xframe_options_exempt
@require_safe
def frame(request: HttpRequest, public_id: str) -> HttpResponse:
    """GET /widget/v1/{public_id}/: the chat, inside the shop's page.

    Only pages of the allowed origins, and our own, may show it.
    """
    try:
        chatbot = chatbot_for(public_id)
    except exceptions.APIException:
        response = render(request, "chatbot/widget/absent.html", status=404)
        # Whoever embedded it shows this sentence instead of a browser's error.
        response._csp_replace = {"frame-ancestors": ["*"]}  # type: ignore[attr-defined]
        return response
    response = render(
        request,
        "chatbot/widget/frame.html",
        {
            "chatbot": chatbot,
            "look": look_of(chatbot),
            "direction": direction_of(chatbot.store.language),
            "max_message": MAX_MESSAGE,
            "is_preview": "preview" in request.GET,
        },
    )
    response._csp_replace = policy_of(chatbot)  # type: ignore[attr-defined]
    response["Cache-Control"] = "private, no-cache"
    return response


def policy_of(chatbot: Chatbot) -> dict[str, list[str]]:
    """The frame's policy: nothing inline, pictures from anywhere, these ancestors."""
    return {
        "frame-ancestors": [SELF, *chatbot.allowed_origins],
        "frame-src": [NONE],
        "form-action": [NONE],
        "img-src": ["https:", "http:", "data:"],
    }
