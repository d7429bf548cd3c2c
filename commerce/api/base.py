"""What the management API's views share: reading a body, paging a list, throttling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.mapping.text import clean_text, shorten
from commerce.throttles import seconds_to_wait
from hiwelink.api import PageNumberPagination

MAX_KEY = 100  # characters of a field's name repeated in an error

Row = TypeVar("Row", bound=Model)
Input = TypeVar("Input", bound=serializers.Serializer[Any])


class ListView(APIView):
    """A view whose GET is a list in pages."""

    pagination_class = PageNumberPagination

    def take_page(self, rows: QuerySet[Row]) -> list[Row]:
        """Return the rows of the page asked for. Raises NotFound past the end."""
        self.paginator = self.pagination_class()
        return list(self.paginator.paginate_queryset(rows, self.request) or [])

    def answer_page(self, shown: Any) -> Response:
        """Wrap what was made of the taken page."""
        return self.paginator.get_paginated_response(shown)


def read_body(request: Request, kind: type[Input], **context: Any) -> Input:
    """Return the body, checked. Raises ValidationError with a sentence a field."""
    if not isinstance(request.data, dict):
        raise exceptions.ValidationError({"body": "The body must be a JSON object."})
    body = kind(data=request.data, context=context)
    body.is_valid(raise_exception=True)
    return body


def invalid(errors: Mapping[str, str]) -> exceptions.ValidationError:
    """The 400 for errors a service found; keys may be a stranger's text."""
    return exceptions.ValidationError(
        {shorten(clean_text(key), MAX_KEY).rstrip("."): text
         for key, text in errors.items()}
    )  # fmt: skip


def throttle_connecting(request: Request, view: APIView) -> None:
    """Count one attempt of this user. Raises Throttled.

    Called once a body is known to be sound: a slip in a form is no attempt.
    """
    wait = seconds_to_wait(request, view)
    if wait is not None:
        raise exceptions.Throttled(int(wait) + 1)
