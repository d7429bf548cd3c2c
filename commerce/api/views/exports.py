"""A store's products and orders as a file to keep."""

from __future__ import annotations

import re

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.views import APIView

from commerce.api import access
from commerce.api.exporting import EXPORTS
from commerce.api.outputs import OrderOutputSerializer, ProductOutputSerializer
from commerce.api.schema import STORE_ID, search_in, with_errors
from commerce.models import Resource, Store
from commerce.throttles import ExportThrottle
from hiwelink.teams.models import Act

KIND = OpenApiParameter(
    "kind",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    enum=list(EXPORTS),
    description="`csv` for spreadsheets, `json` for programs.",
)
CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
CSV = {(200, "text/csv"): OpenApiTypes.STR}


class ProductExportView(APIView):
    throttle_classes = [ExportThrottle]

    @extend_schema(
        operation_id="products_export",
        tags=["products"],
        parameters=[STORE_ID, KIND, search_in("a name or SKU, or a whole id")],
        responses=with_errors(
            {(200, "application/json"): ProductOutputSerializer(many=True), **CSV},
            401,
            404,
            429,
        ),
    )
    def get(self, request: Request, store_id: str, kind: str) -> StreamingHttpResponse:
        """Every live product in one file. Text that looks like a formula begins with an
        apostrophe in CSV; JSON holds it as it is.
        """
        store = access.store_for(request, store_id)
        return file_of(request, store, Resource.PRODUCTS, kind)


class OrderExportView(APIView):
    throttle_classes = [ExportThrottle]

    @extend_schema(
        operation_id="orders_export",
        tags=["orders"],
        parameters=[
            STORE_ID,
            KIND,
            search_in("an order number, e-mail or customer's name, or a whole id"),
        ],
        responses=with_errors(
            {(200, "application/json"): OrderOutputSerializer(many=True), **CSV},
            401,
            403,
            404,
            429,
        ),
    )
    def get(self, request: Request, store_id: str, kind: str) -> StreamingHttpResponse:
        """Every live order in one file; for owners and editors, since it holds personal
        data. CSV and JSON are as for products.
        """
        store = access.editable_store_for(request, store_id)
        return file_of(request, store, Resource.ORDERS, kind)


def file_of(
    request: Request, store: Store, resource: str, kind: str
) -> StreamingHttpResponse:
    if kind not in EXPORTS:
        raise exceptions.NotFound
    search = request.query_params.get("search", "")
    access.note(request, store, Act.EXPORTED, f"{resource} as {kind.upper()}")
    return StreamingHttpResponse(
        EXPORTS[kind](store, resource, search=search),
        headers={
            "Content-Type": CONTENT_TYPES[kind],
            "Content-Disposition": content_disposition_header(
                True, file_name(store, resource, kind)
            )
            or "attachment",
            "Cache-Control": "no-store",
        },
    )


def file_name(store: Store, resource: str, kind: str) -> str:
    """nordlicht-products-2026-11-25.csv, whatever the store is called."""
    name = re.sub(r"[^\w]+", "-", store.name.lower()).strip("-")[:60] or "store"
    return f"{name}-{resource}-{timezone.now():%Y-%m-%d}.{kind}"
