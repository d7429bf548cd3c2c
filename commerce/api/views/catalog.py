"""Products and orders as they are stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import selectors
from commerce.api import access
from commerce.api.base import ListView
from commerce.api.outputs import OrderOutputSerializer, ProductOutputSerializer
from commerce.api.schema import (
    EXTERNAL_ID,
    LIST_PARAMETERS,
    STORE_ID,
    page_of,
    search_in,
    with_errors,
)
from commerce.mapping.text import is_clean
from commerce.models import Order, Product, Store

Row = TypeVar("Row", Product, Order)


class ProductListView(ListView):
    @extend_schema(
        operation_id="products_list",
        tags=["products"],
        parameters=[
            STORE_ID,
            search_in("a name or SKU, or a whole id"),
            *LIST_PARAMETERS,
        ],
        responses=with_errors({200: page_of(ProductOutputSerializer)}, 401, 404),
    )
    def get(self, request: Request, store_id: str) -> Response:
        """The store's live products by name."""
        store = access.store_for(request, store_id)
        search = request.query_params.get("search", "")
        products = self.take_page(selectors.products_of(store, search=search))
        owned(products, store)
        return self.answer_page(ProductOutputSerializer(products, many=True).data)


class ProductView(APIView):
    @extend_schema(
        operation_id="products_read",
        tags=["products"],
        parameters=[STORE_ID, EXTERNAL_ID],
        responses=with_errors({200: ProductOutputSerializer}, 401, 404),
    )
    def get(self, request: Request, store_id: str, external_id: str) -> Response:
        """One live product."""
        store = access.store_for(request, store_id)
        product = find(selectors.products_of(store), external_id)
        owned([product], store)
        return Response(ProductOutputSerializer(product).data)


class OrderListView(ListView):
    @extend_schema(
        operation_id="orders_list",
        tags=["orders"],
        parameters=[
            STORE_ID,
            search_in("an order number, e-mail or customer's name, or a whole id"),
            *LIST_PARAMETERS,
        ],
        responses=with_errors({200: page_of(OrderOutputSerializer)}, 401, 404),
    )
    def get(self, request: Request, store_id: str) -> Response:
        """The store's live orders, newest first."""
        store = access.store_for(request, store_id)
        search = request.query_params.get("search", "")
        orders = self.take_page(selectors.orders_of(store, search=search))
        owned(orders, store)
        named = selectors.with_item_names(store, orders)
        return self.answer_page(OrderOutputSerializer(named, many=True).data)


class OrderView(APIView):
    @extend_schema(
        operation_id="orders_read",
        tags=["orders"],
        parameters=[STORE_ID, EXTERNAL_ID],
        responses=with_errors({200: OrderOutputSerializer}, 401, 404),
    )
    def get(self, request: Request, store_id: str, external_id: str) -> Response:
        """One live order."""
        store = access.store_for(request, store_id)
        order = find(selectors.orders_of(store), external_id)
        owned([order], store)
        (named,) = selectors.with_item_names(store, [order])
        return Response(OrderOutputSerializer(named).data)


def owned(records: Iterable[Product | Order], store: Store) -> None:
    """Spare each record the query for the store it was found in."""
    for record in records:
        record.store = store


def find(records: QuerySet[Row], external_id: str) -> Row:
    """The live record of that id. Raises NotFound, also for what is no id at all."""
    if not is_clean(external_id):  # PostgreSQL would refuse to look for it
        raise exceptions.NotFound
    record = records.filter(external_id=external_id).first()
    if record is None:
        raise exceptions.NotFound
    return record
