"""Stores: connect, list, change, delete, sync; and the mapping preview."""

from __future__ import annotations

from collections.abc import Sequence

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import selectors
from commerce.api import access
from commerce.api.base import ListView, invalid, read_body, throttle_connecting
from commerce.api.inputs import (
    PreviewMappingInputSerializer,
    StoreChangesInputSerializer,
    StoreInputSerializer,
    SyncInputSerializer,
)
from commerce.api.outputs import (
    DeletionOutputSerializer,
    PreviewOutputSerializer,
    StartedRunsOutputSerializer,
    StoreOutputSerializer,
)
from commerce.api.schema import LIST_PARAMETERS, STORE_ID, page_of, with_errors
from commerce.embedding_counts import embedded_counts
from commerce.mapping.fields import Resource as MappedResource
from commerce.mapping.mappings import FieldMappings, InvalidMappings
from commerce.mapping.preview import preview
from commerce.models import Store
from commerce.services import deletion, store_settings
from commerce.services.stores import ConnectionFailed, InvalidStore, connect_store
from commerce.services.sync import start_runs
from commerce.tasks import delete_store, queue_next, remap_slice
from hiwelink.api import ApiError
from hiwelink.teams.models import Act
from hiwelink.worker.queue import queue


def shown(stores: Sequence[Store]) -> StoreOutputSerializer:
    """The stores with their counts, three queries for any number of them."""
    embedded = embedded_counts(stores)
    counts = {
        pk: part | {"embedded": embedded[pk]}
        for pk, part in selectors.counts_of(stores).items()
    }
    return StoreOutputSerializer(stores, many=True, context={"counts": counts})


def show(store: Store) -> dict[str, object]:
    one: dict[str, object] = shown([store]).data[0]
    return one


def connection_failed(error: ConnectionFailed) -> ApiError:
    return ApiError("connection_failed", error.detail, status_code=422)


class StoreListView(ListView):
    @extend_schema(
        operation_id="stores_list",
        parameters=LIST_PARAMETERS,
        responses=with_errors({200: page_of(StoreOutputSerializer)}, 401, 404),
    )
    def get(self, request: Request) -> Response:
        """The stores of every workspace the user is a member of, by name."""
        stores = selectors.stores_of(access.user_of(request)).order_by("name", "id")
        return self.answer_page(shown(self.take_page(stores)).data)

    @extend_schema(
        operation_id="stores_connect",
        request=StoreInputSerializer,
        responses=with_errors({201: StoreOutputSerializer}, 400, 401, 403, 422, 429),
    )
    def post(self, request: Request) -> Response:
        """Check the store's health, then connect it and queue both first syncs."""
        workspace = access.workspace_for(request)
        draft = read_body(request, StoreInputSerializer).draft()
        throttle_connecting(request, self)
        try:
            store, _ = connect_store(workspace, draft)
        except InvalidStore as error:
            raise invalid(error.errors) from None
        except ConnectionFailed as error:
            raise connection_failed(error) from None
        queue_next(store.pk)
        access.note(request, store, Act.STORE_CONNECTED)
        return Response(show(store), status=status.HTTP_201_CREATED)


class StoreView(APIView):
    @extend_schema(
        operation_id="stores_read",
        parameters=[STORE_ID],
        responses=with_errors({200: StoreOutputSerializer}, 401, 404),
    )
    def get(self, request: Request, store_id: str) -> Response:
        """One store."""
        return Response(show(access.store_for(request, store_id)))

    @extend_schema(
        operation_id="stores_change",
        parameters=[STORE_ID],
        request=StoreChangesInputSerializer,
        responses=with_errors(
            {200: StoreOutputSerializer}, 400, 401, 403, 404, 409, 422, 429
        ),
    )
    def patch(self, request: Request, store_id: str) -> Response:
        """Change settings; a changed address is asked for its health first.

        Changed field mappings re-map what is stored, in the background.
        """
        store = access.editable_store_for(request, store_id)
        changes = read_body(request, StoreChangesInputSerializer, store=store).changes()
        if changes.keys() & store_settings.ADDRESSES:
            throttle_connecting(request, self)
        try:
            store_settings.update_store(store, changes)
        except InvalidStore as error:
            raise invalid(error.errors) from None
        except ConnectionFailed as error:
            raise connection_failed(error) from None
        except store_settings.StoreChanged:
            raise ApiError(
                "store_changed",
                "Somebody changed this store meanwhile. Read it again, then try again.",
                status_code=409,
            ) from None
        if "field_mappings" in changes:
            queue(remap_slice, store.pk)
        access.note(request, store, Act.STORE_CHANGED, ", ".join(sorted(changes)))
        return Response(show(store))

    @extend_schema(
        operation_id="stores_delete",
        parameters=[STORE_ID],
        responses=with_errors({202: DeletionOutputSerializer}, 401, 403, 404),
    )
    def delete(self, request: Request, store_id: str) -> Response:
        """Remove the store at once, and what it owns in the background."""
        store = access.editable_store_for(request, store_id)
        deletion.request_deletion(store)
        queue(delete_store, store.pk)
        access.note(request, store, Act.STORE_DELETED)
        body = DeletionOutputSerializer(store).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class StoreSyncView(APIView):
    @extend_schema(
        operation_id="stores_sync",
        parameters=[STORE_ID],
        request=SyncInputSerializer,
        responses=with_errors(
            {202: StartedRunsOutputSerializer}, 400, 401, 403, 404, 409
        ),
    )
    def post(self, request: Request, store_id: str) -> Response:
        """Start syncing; a resource already syncing returns its running run."""
        store = access.editable_store_for(request, store_id)
        resources = read_body(request, SyncInputSerializer).resources()
        if not store.is_connected:
            raise ApiError(
                "not_connected",
                "The store is disconnected. Reconnect it, then sync.",
                status_code=409,
            )
        started = start_runs(store, resources=resources)
        queue_next(store.pk)
        coalesced = {run.pk for run, was_active in started if was_active}
        body = StartedRunsOutputSerializer(
            {"sync_runs": [run for run, _ in started]}, context={"coalesced": coalesced}
        )
        return Response(body.data, status=status.HTTP_202_ACCEPTED)


class PreviewMappingView(APIView):
    @extend_schema(
        operation_id="preview_mapping",
        request=PreviewMappingInputSerializer,
        responses=with_errors({200: PreviewOutputSerializer}, 400, 401),
    )
    def post(self, request: Request) -> Response:
        """Show what records would become; nothing is stored."""
        asked = read_body(request, PreviewMappingInputSerializer).validated_data
        try:
            mappings = FieldMappings.parse(asked.get("field_mappings"))
        except InvalidMappings as error:
            raise invalid(
                {f"field_mappings.{key}": text for key, text in error.errors.items()}
            ) from None
        made = preview(
            asked["records"],
            MappedResource(asked["resource"]),
            mappings,
            base_url=asked.get("base_url") or "",
            storefront_url=asked.get("storefront_url") or "",
        )
        return Response(PreviewOutputSerializer(made).data)
