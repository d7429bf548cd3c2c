"""Who may use a chatbot: which one it is, from whose pages, how often.

Every view of the public widget API is a WidgetView. A shopper has no account: the
chatbot is named in the path, and the browser says in `Origin` whose page is asking.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions, renderers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from chatbot.models import Chatbot
from chatbot.origins import origin_of
from commerce.api.access import parse_uid
from hiwelink.api import ApiError
from hiwelink.client_address import client_address

PREFLIGHT_SECONDS = 600


def chatbot_for(public_id: str) -> Chatbot:
    """Return the chatbot of that id with its store. Raises NotFound, or 404 of ours."""
    chatbot = (
        Chatbot.objects.filter(
            public_id=parse_uid(public_id), store__deleting_at__isnull=True
        )
        .select_related("store")
        .first()
    )
    if chatbot is None:
        raise exceptions.NotFound("There is no chatbot with this id.")
    if not chatbot.is_active:
        raise ApiError(
            "chatbot_paused", "This chatbot is switched off.", status_code=404
        )
    return chatbot


def cors_origin(request: HttpRequest, chatbot: Chatbot) -> str:
    """Return the allowed origin to name in the answer; "" where none is needed.

    None is needed without an Origin and for our own pages. Raises 403
    origin_not_allowed for any other that the merchant did not list (DESIGN section 5).
    """
    told = request.headers.get("Origin", "")
    if not told:
        return ""
    origin = origin_of(told, http_allowed=True)
    own = {settings.PUBLIC_BASE_URL, f"{request.scheme}://{request.get_host()}"}
    if origin and origin in {origin_of(url, http_allowed=True) for url in own}:
        return ""
    if origin and origin in chatbot.allowed_origins:
        return told
    raise ApiError(
        "origin_not_allowed",
        "This page may not use the chatbot. Add its origin to the chatbot's allowed "
        "origins.",
        status_code=403,
    )


class AnyAccept(BaseContentNegotiation):
    """JSON whatever `Accept` says: the view itself knows when to stream."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: Any = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class WidgetThrottle(SimpleRateThrottle):
    """So many requests of one address to one chatbot; the view has the rate."""

    def __init__(self, scope: str, rate: str) -> None:
        self.scope, self.rate = scope, rate
        super().__init__()

    def get_cache_key(self, request: Request, view: Any) -> str:
        ident = f"{view.chatbot.pk}:{client_address(request)}"
        return self.cache_format % {"scope": self.scope, "ident": ident}


class WidgetView(APIView):
    """A view under /api/chatbot/{public_id}/; `self.chatbot` is the one asked.

    scope, rate: how often one address may ask one chatbot ("60/min").
    """

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (renderers.JSONRenderer,)
    content_negotiation_class = AnyAccept
    schema = None
    scope = "widget"
    rate = "60/min"

    chatbot: Chatbot
    allowed_origin = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # The origin first: pages that may read the answer may read its errors too.
        self.chatbot = chatbot_for(kwargs["public_id"])
        self.allowed_origin = cors_origin(request, self.chatbot)
        super().initial(request, *args, **kwargs)

    def get_throttles(self) -> list[Any]:
        asks = self.request.method != "OPTIONS"
        return [WidgetThrottle(self.scope, self.rate)] if asks else []

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Answer a browser's preflight."""
        answer = Response(status=204)
        answer["Allow"] = ", ".join(self.allowed_methods)
        if self.allowed_origin:
            answer["Access-Control-Allow-Methods"] = answer["Allow"]
            answer["Access-Control-Allow-Headers"] = "content-type, accept"
            answer["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        return answer

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Origin"])
        if self.allowed_origin:
            response["Access-Control-Allow-Origin"] = self.allowed_origin
            response["Access-Control-Expose-Headers"] = "Retry-After"
        return response
