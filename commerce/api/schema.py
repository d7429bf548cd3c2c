"""What the OpenAPI schema says of every view: errors, pages, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    inline_serializer,
)
from rest_framework import serializers


class ErrorOutputSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="For programs; stays as it is.")
    detail = serializers.CharField(help_text="A sentence with what to do.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(),
        required=False,
        help_text='Form errors only: {"credentials.api_key": "a sentence"}.',
    )


# status: code of its example, what it means, detail of the example.
ERRORS = {
    400: (
        "invalid",
        "The body is no JSON (`parse_error`), or holds what cannot be right.",
        "per_page: Ensure this value is less than or equal to 100.",
    ),
    401: (
        "not_authenticated",
        "There is no token, or it is not valid (`authentication_failed`).",
        "Authentication credentials were not provided.",
    ),
    403: (
        "permission_denied",
        "Viewers of a workspace change nothing.",
        "Your role in this workspace is viewer: you may look, not change things.",
    ),
    404: (
        "not_found",
        "There is no such object or page, or it is another merchant's.",
        "Not found.",
    ),
    409: (
        "conflict",
        "The object is not in a state to do this; `code` says which.",
        "The store is disconnected. Reconnect it, then sync.",
    ),
    413: (
        "too_large",
        "The body is larger than what is taken at all.",
        "The body is larger than 10 MiB.",
    ),
    415: (
        "unsupported_media_type",
        "The body is not sent as `application/json`.",
        'Unsupported media type "text/plain" in request.',
    ),
    422: (
        "connection_failed",
        "The store did not answer its health check. Nothing was stored.",
        "Could not connect to API: The store has nothing at this address.",
    ),
    429: (
        "throttled",
        "Too many attempts to connect; `Retry-After` says how long to wait.",
        "Request was throttled. Expected available in 20 seconds.",
    ),
}

STORE_ID = OpenApiParameter(
    "store_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="A store's `id`."
)
RUN_ID = OpenApiParameter(
    "run_id", OpenApiTypes.UUID, OpenApiParameter.PATH, description="A run's `id`."
)
EXTERNAL_ID = OpenApiParameter(
    "external_id",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    description="The store's own id, URL-encoded; it may contain `/`.",
)
LIST_PARAMETERS = [
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1."),
    OpenApiParameter(
        "page_size", OpenApiTypes.INT, description="1 to 100; 50 when left out."
    ),
]


def search_in(what: str) -> OpenApiParameter:
    return OpenApiParameter(
        "search", OpenApiTypes.STR, description=f"Part of {what}, in any case."
    )


def with_errors(responses: Mapping[Any, Any], *statuses: int) -> dict[Any, Any]:
    """The responses, by status or (status, content type), and those errors beside them.

    What takes a body (400) takes it as JSON alone (415), and not without end (413).
    """
    if 400 in statuses:
        statuses = tuple(sorted({*statuses, 413, 415}))
    return {**responses, **{status: error_response(status) for status in statuses}}


def error_response(status: int) -> OpenApiResponse:
    code, meaning, detail = ERRORS[status]
    value: dict[str, Any] = {"code": code, "detail": detail}
    if code == "invalid":
        field, _, sentence = detail.partition(": ")
        value["fields"] = {field: sentence}
    return OpenApiResponse(
        ErrorOutputSerializer, meaning, [OpenApiExample(code, value=value)]
    )


def page_of(row: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """The list envelope around rows of one kind."""
    return inline_serializer(
        f"{row.__name__.removesuffix('OutputSerializer')}Page",
        {
            "count": serializers.IntegerField(),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )
