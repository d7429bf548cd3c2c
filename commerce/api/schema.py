"""What the OpenAPI schema says of every view: errors, pages, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers


class ErrorOutputSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(help_text="A sentence with what to do.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(), required=False, help_text="Form errors only."
    )


LIST_PARAMETERS = [
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1."),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="Up to 100; 50."),
]
SEARCH = OpenApiParameter("search", OpenApiTypes.STR)


def with_errors(responses: Mapping[int, Any], *statuses: int) -> dict[int, Any]:
    return {**responses, **dict.fromkeys(statuses, ErrorOutputSerializer)}


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
