"""What happens to a store after it was connected: disconnect, reconnect, rotate."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import access
from commerce.api.base import invalid, read_body, throttle_connecting
from commerce.api.fields import OneOfField
from commerce.api.inputs import CredentialsField, pick_credentials
from commerce.api.outputs import StoreOutputSerializer
from commerce.api.schema import STORE_ID, with_errors
from commerce.api.views.stores import connection_failed, show
from commerce.models import AuthMethod, Store
from commerce.services import lifecycle
from commerce.services.stores import ConnectionFailed, InvalidStore
from commerce.tasks import queue_next
from hiwelink.api import ApiError
from hiwelink.teams.models import Act

ANSWERS: dict[str, Any] = {"parameters": [STORE_ID]}


class NewCredentialInputSerializer(serializers.Serializer[Any]):
    auth_method = OneOfField(
        AuthMethod.choices, required=False, help_text="As before when left out."
    )
    credentials = CredentialsField()

    def for_store(self, store: Store) -> dict[str, Any]:
        method = self.validated_data.get("auth_method") or store.auth_method
        told = self.validated_data["credentials"]
        return {"auth_method": method, "credentials": pick_credentials(method, told)}


class RotateTokenInputSerializer(serializers.Serializer[Any]):
    overlap_hours = serializers.FloatField(
        default=24.0,
        min_value=0,
        max_value=lifecycle.LONGEST_OVERLAP_HOURS,
        help_text="How long the old token works beside the new one.",
    )


class DisconnectView(APIView):
    @extend_schema(
        operation_id="stores_disconnect",
        request=None,
        responses=with_errors({200: StoreOutputSerializer}, 401, 403, 404),
        **ANSWERS,
    )
    def post(self, request: Request, store_id: str) -> Response:
        """Drop the credential at once; the catalogue and the token stay."""
        store = access.editable_store_for(request, store_id)
        lifecycle.disconnect_store(store)
        access.note(request, store, Act.STORE_DISCONNECTED)
        return Response(show(store))


class ReconnectView(APIView):
    @extend_schema(
        operation_id="stores_reconnect",
        request=NewCredentialInputSerializer,
        responses=with_errors({200: StoreOutputSerializer}, 400, 401, 403, 404, 422),
        **ANSWERS,
    )
    def post(self, request: Request, store_id: str) -> Response:
        """Check the store's health with a credential, connect it and sync."""
        store = access.editable_store_for(request, store_id)
        body = read_body(request, NewCredentialInputSerializer)
        throttle_connecting(request, self)
        try:
            lifecycle.reconnect_store(store, **body.for_store(store))
        except InvalidStore as error:
            raise invalid(error.errors) from None
        except ConnectionFailed as error:
            raise connection_failed(error) from None
        except lifecycle.StoreGone:
            raise exceptions.NotFound from None
        queue_next(store.pk)
        access.note(request, store, Act.STORE_RECONNECTED)
        return Response(show(store))


class RotateCredentialsView(APIView):
    @extend_schema(
        operation_id="stores_rotate_credentials",
        request=NewCredentialInputSerializer,
        responses=with_errors(
            {200: StoreOutputSerializer}, 400, 401, 403, 404, 409, 422
        ),
        **ANSWERS,
    )
    def post(self, request: Request, store_id: str) -> Response:
        """Replace the credential once the new one is proved."""
        store = access.editable_store_for(request, store_id)
        body = read_body(request, NewCredentialInputSerializer)
        throttle_connecting(request, self)
        try:
            lifecycle.rotate_credentials(store, **body.for_store(store))
        except InvalidStore as error:
            raise invalid(error.errors) from None
        except ConnectionFailed as error:
            raise connection_failed(error) from None
        except lifecycle.NotConnected:
            raise ApiError(
                "not_connected",
                "The store is disconnected. Reconnect it with the credential.",
                status_code=409,
            ) from None
        access.note(request, store, Act.CREDENTIAL_ROTATED)
        return Response(show(store))


class RotateTokenView(APIView):
    @extend_schema(
        operation_id="stores_rotate_token",
        request=RotateTokenInputSerializer,
        responses=with_errors({200: StoreOutputSerializer}, 400, 401, 403, 404),
        **ANSWERS,
    )
    def post(self, request: Request, store_id: str) -> Response:
        """Give the store a new token for its webhook addresses."""
        store = access.editable_store_for(request, store_id)
        body = read_body(request, RotateTokenInputSerializer)
        hours = body.validated_data["overlap_hours"]
        lifecycle.rotate_token(store, overlap_hours=hours)
        access.note(request, store, Act.TOKEN_ROTATED)
        return Response(show(store))
