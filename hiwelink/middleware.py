"""What every request and answer gets: an id for the logs, and what browsers may do."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import add_never_cache_headers

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


def private_pages(get_response: GetResponse) -> GetResponse:
    """Leave no page of somebody who is logged in behind in the browser's cache.

    Whoever uses that browser next could read it after they logged out.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_theirs = request.session.accessed and request.user.is_authenticated
        if is_theirs and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
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


def body_limit(get_response: GetResponse) -> GetResponse:
    """Answer 413 to a body larger than any of ours, also where nobody would read it.

    Webhooks log what they refuse, so they measure for themselves.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        told = request.META.get("CONTENT_LENGTH") or "0"
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        is_large = told.isdecimal() and len(told) < 20 and int(told) > limit
        if is_large and not request.path.startswith("/api/generic-api/webhooks/"):
            return too_large(request, limit)
        return get_response(request)

    return middleware


def too_large(request: HttpRequest, limit: int) -> HttpResponse:
    detail = f"The body is larger than {limit // 1024 // 1024} MiB."
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "too_large", "detail": detail}, status=413)
    return HttpResponse(detail, status=413, content_type="text/plain")
