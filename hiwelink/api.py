"""What every API view shares: tokens, error bodies, paging, bounded JSON."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework import exceptions, pagination, status
from rest_framework.parsers import JSONParser
from rest_framework.response import Response

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 10 * 1024 * 1024


class TokenAuthentication(KnoxTokenAuthentication):  # type: ignore[misc]
    """`Authorization: Token <token>`, as made on the account page."""

    def authenticate_credentials(self, token: bytes) -> Any:
        # The library would decode what is no text and search for a NUL.
        if not token.isalnum():
            raise exceptions.AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "hiwelink.api.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <token>`, made on the account page.",
        }


class PageNumberPagination(pagination.PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100


class BodyTooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = f"The body is larger than {MAX_BODY_BYTES // 1024 // 1024} MiB."


class ApiError(exceptions.APIException):
    """An error of ours with its own status, code and sentence."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status_code: int = 400,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status_code
        self.fields = fields


class BoundedJSONParser(JSONParser):
    """JSON of bounded size and depth: what is too much is the caller's error."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise exceptions.ParseError(
                "The JSON is nested too deeply to be read."
            ) from None


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn every error into {"code", "detail"}, plus "fields" for form errors."""
    from rest_framework.views import set_rollback  # imports this module while loading

    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = BodyTooLarge()
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)  # type: ignore[attr-defined]
    set_rollback()
    return Response(error_body(error), status=error.status_code, headers=headers)


def error_body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        fields = flatten(error.detail)
        sentence = " ".join(f"{key}: {text}" for key, text in fields.items())
        return {"code": "invalid", "detail": sentence, "fields": fields}
    body: dict[str, Any] = {"code": error.get_codes(), "detail": str(error.detail)}
    if isinstance(error, ApiError) and error.fields:
        body["fields"] = dict(error.fields)
    return body


def flatten(detail: Any, prefix: str = "") -> dict[str, str]:
    """Turn DRF's nested errors into {"credentials.api_key": "a sentence"}."""
    if isinstance(detail, dict):
        flat: dict[str, str] = {}
        for key, value in detail.items():
            path = ".".join(filter(None, (prefix, str(key))))
            flat |= flatten(value, prefix if key == "non_field_errors" else path)
        return flat
    if isinstance(detail, list) and any(isinstance(item, dict) for item in detail):
        return flatten(dict(enumerate(detail)), prefix)
    if isinstance(detail, list):
        detail = " ".join(str(item) for item in detail)
    return {prefix or "body": str(detail)} if detail else {}


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: JSON below /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"code": "not_found", "detail": "There is nothing at this address."},
            status=404,
        )
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: JSON below /api/, a page elsewhere."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            {
                "code": "server_error",
                "detail": "Something went wrong on our side and was logged. Try again.",
            },
            status=500,
            headers={"Retry-After": "30"},
        )
    return render(request, "500.html", status=500)
