"""The doctor's report on a store, before it is connected and later."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce.api import access
from commerce.api.base import invalid, read_body, throttle_connecting
from commerce.api.inputs import CheckInputSerializer
from commerce.api.outputs import ReportOutputSerializer
from commerce.api.schema import STORE_ID, with_errors
from commerce.services.doctor import check_draft, check_store
from commerce.services.stores import InvalidStore


class CheckView(APIView):
    @extend_schema(
        operation_id="check",
        request=CheckInputSerializer,
        responses=with_errors({200: ReportOutputSerializer}, 400, 401, 403, 429),
    )
    def post(self, request: Request) -> Response:
        """Examine a store that is not connected yet; nothing is stored.

        At most 12 requests to the store and a minute in all.
        """
        access.workspace_for(request)  # only who may connect it
        draft = read_body(request, CheckInputSerializer).draft()
        throttle_connecting(request, self)
        try:
            report = check_draft(draft)
        except InvalidStore as error:
            raise invalid(error.errors) from None
        return Response(report.as_json())


class StoreCheckView(APIView):
    @extend_schema(
        operation_id="stores_check",
        parameters=[STORE_ID],
        request=None,
        responses=with_errors({200: ReportOutputSerializer}, 401, 403, 404, 429),
    )
    def post(self, request: Request, store_id: str) -> Response:
        """Examine a store with its credential, and tell what HiWelink knows of it.

        A disconnected store is asked what anybody may ask; `not_connected` says so.
        """
        store = access.editable_store_for(request, store_id)
        throttle_connecting(request, self)
        return Response(check_store(store).as_json())
