"""What every request and answer gets: an id for the logs, and what browsers may do."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from hiwelink.logs import log_subject

GetResponse = Callable[[HttpRequest], HttpResponse]
# No page of ours needs any of these.
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
    "microphone=(), payment=(), usb=()"
)


def request_id(get_response: GetResponse) -> GetResponse:
    """Give each request an id: in its log lines and in the answer's X-Request-ID."""

    def middleware(request: HttpRequest) -> HttpResponse:
        made = uuid.uuid4().hex
        with log_subject(request=made):
            response = get_response(request)
        response["X-Request-ID"] = made
        return response

    return middleware


def permissions_policy(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return middleware


class GZip(GZipMiddleware):
    """Packs answers, but not streams: a chat is read as it is written."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.streaming:
            return response
        return super().process_response(request, response)
