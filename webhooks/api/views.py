"""The log of deliveries, and how a store's webhooks are signed."""

from __future__ import annotations

from datetime import date
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import access
from commerce.api.base import ListView, invalid, read_body
from commerce.api.schema import (
    LIST_PARAMETERS,
    STORE_ID,
    error_response,
    page_of,
    search_in,
    with_errors,
)
from commerce.models import Store
from hiwelink.api import ApiError
from hiwelink.teams.models import Act
from hiwelink.worker.queue import queue
from webhooks import selectors
from webhooks.api.outputs import (
    DeliveryDetailOutputSerializer,
    DeliveryOutputSerializer,
    SecretOutputSerializer,
    WebhookSettingsOutputSerializer,
)
from webhooks.models import Delivery, DeliveryStatus
from webhooks.services import replaying, secrets
from webhooks.tasks import process_due

DELIVERY_ID = OpenApiParameter(
    "delivery_id",
    OpenApiTypes.UUID,
    OpenApiParameter.PATH,
    description="A delivery's `id`.",
)
FILTERS = [
    OpenApiParameter("status", enum=DeliveryStatus.values),
    OpenApiParameter("event", description="Whole, or its beginning: `product`."),
    OpenApiParameter("external_id", description="The record's id at the store."),
    OpenApiParameter("date", OpenApiTypes.DATE, description="A day in UTC."),
    search_in("the event, the record's id, the error or the body"),
]


class SecretInputSerializer(serializers.Serializer[Any]):
    overlap_hours = serializers.FloatField(
        default=24.0,
        min_value=0,
        max_value=secrets.LONGEST_OVERLAP_HOURS,
        help_text="How long the secret before it works beside the new one.",
    )


class WebhookSettingsInputSerializer(serializers.Serializer[Any]):
    require_signatures = serializers.BooleanField(
        help_text="True: unsigned webhooks are answered with 401."
    )


class DeliveryListView(ListView):
    @extend_schema(
        operation_id="deliveries_list",
        tags=["webhooks"],
        parameters=[STORE_ID, *FILTERS, *LIST_PARAMETERS],
        responses=with_errors(
            {200: page_of(DeliveryOutputSerializer), 400: error_response(400)}, 401, 404
        ),
    )
    def get(self, request: Request, store_id: str) -> Response:
        """What the store's webhook addresses were sent, newest first."""
        store = access.store_for(request, store_id)
        rows = selectors.deliveries_of(store, **read_filters(request))
        page = self.take_page(rows.defer(*selectors.HEAVY))
        return self.answer_page(DeliveryOutputSerializer(page, many=True).data)


class DeliveryView(APIView):
    @extend_schema(
        operation_id="deliveries_read",
        tags=["webhooks"],
        parameters=[STORE_ID, DELIVERY_ID],
        responses=with_errors({200: DeliveryDetailOutputSerializer}, 401, 404),
    )
    def get(self, request: Request, store_id: str, delivery_id: str) -> Response:
        """One delivery with its body, its headers and what it changed."""
        delivery = find(access.store_for(request, store_id), delivery_id)
        return Response(DeliveryDetailOutputSerializer(delivery).data)


class ReplayView(APIView):
    @extend_schema(
        operation_id="deliveries_replay",
        tags=["webhooks"],
        parameters=[STORE_ID, DELIVERY_ID],
        request=None,
        responses=with_errors(
            {200: DeliveryDetailOutputSerializer}, 401, 403, 404, 409
        ),
    )
    def post(self, request: Request, store_id: str, delivery_id: str) -> Response:
        """Apply a delivery again, as of its arrival: newer news is not overwritten."""
        delivery = find(access.editable_store_for(request, store_id), delivery_id)
        try:
            if replaying.replay(delivery):
                queue(process_due, delivery.pk)
        except replaying.NotReplayable as error:
            raise ApiError("not_replayable", error.detail, status_code=409) from None
        access.note(request, delivery.store, Act.REPLAYED, str(delivery))
        return Response(DeliveryDetailOutputSerializer(delivery).data)


class SecretView(APIView):
    @extend_schema(
        operation_id="stores_webhook_secret",
        tags=["webhooks"],
        parameters=[STORE_ID],
        request=SecretInputSerializer,
        responses=with_errors({200: SecretOutputSerializer}, 400, 401, 403, 404),
    )
    def post(self, request: Request, store_id: str) -> Response:
        """Make the secret the store signs its webhooks with, or a new one."""
        store = access.editable_store_for(request, store_id)
        body = read_body(request, SecretInputSerializer)
        hours = body.validated_data["overlap_hours"]
        secret = secrets.rotate_secret(store, overlap_hours=hours)
        access.note(request, store, Act.SECRET_ROTATED)
        return Response({"secret": secret})


class WebhookSettingsView(APIView):
    @extend_schema(
        operation_id="stores_webhook_settings_read",
        tags=["webhooks"],
        parameters=[STORE_ID],
        responses=with_errors({200: WebhookSettingsOutputSerializer}, 401, 404),
    )
    def get(self, request: Request, store_id: str) -> Response:
        """Whether the store's webhooks must be signed, and whether it has a secret."""
        return Response(settings_of(access.store_for(request, store_id)))

    @extend_schema(
        operation_id="stores_webhook_settings_change",
        tags=["webhooks"],
        parameters=[STORE_ID],
        request=WebhookSettingsInputSerializer,
        responses=with_errors(
            {200: WebhookSettingsOutputSerializer}, 400, 401, 403, 404, 409
        ),
    )
    def patch(self, request: Request, store_id: str) -> Response:
        """Accept signed webhooks only, or unsigned ones again."""
        store = access.editable_store_for(request, store_id)
        body = read_body(request, WebhookSettingsInputSerializer)
        try:
            secrets.set_require_signatures(
                store, body.validated_data["require_signatures"]
            )
        except secrets.NoSecret:
            raise ApiError(
                "no_secret",
                "The store has no webhook secret to sign with. Create one first.",
                status_code=409,
            ) from None
        access.note(request, store, Act.SIGNATURES_REQUIRED)
        return Response(settings_of(store))


def settings_of(store: Store) -> dict[str, bool]:
    return {
        "require_signatures": secrets.requires_signatures(store),
        "has_secret": secrets.has_secret(store),
    }


def find(store: Store, delivery_id: str) -> Delivery:
    """Raises NotFound."""
    delivery = selectors.find_delivery(store, access.parse_uid(delivery_id))
    if delivery is None:
        raise exceptions.NotFound
    delivery.store = store
    return delivery


def read_filters(request: Request) -> dict[str, Any]:
    """Raises ValidationError for what can match nothing."""
    told = request.query_params
    status, day = told.get("status", ""), told.get("date", "")
    if status and status not in DeliveryStatus.values:
        raise invalid({"status": f"Choose one of {', '.join(DeliveryStatus.values)}."})
    try:
        parsed = date.fromisoformat(day) if day else None
    except ValueError:
        raise invalid({"date": "Write a day like 2024-01-15."}) from None
    return {
        "status": status,
        "day": parsed,
        "event": told.get("event", ""),
        "external_id": told.get("external_id", ""),
        "search": told.get("search", ""),
    }
