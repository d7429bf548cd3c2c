"""The search index of a store, over the management API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbot.vectors import request_rebuild
from commerce.api import access
from commerce.api.schema import STORE_ID, with_errors
from commerce.selectors import counts_of


class ReembedOutputSerializer(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="Always `queued`.")
    products = serializers.IntegerField(help_text="How many will be embedded anew.")


class ReembedView(APIView):
    @extend_schema(
        operation_id="stores_reembed",
        parameters=[STORE_ID],
        request=None,
        responses=with_errors({202: ReembedOutputSerializer}, 401, 403, 404),
    )
    def post(self, request: Request, store_id: str) -> Response:
        """Embed every product anew; the index answers as before until that is done."""
        store = access.editable_store_for(request, store_id)
        request_rebuild(store)
        products = counts_of([store])[store.pk]["products"]
        return Response(
            {"status": "queued", "products": products}, status=status.HTTP_202_ACCEPTED
        )
