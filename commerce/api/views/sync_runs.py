"""Sync runs: list, watch, their issues and changes, cancel, confirm deletions.

A run is served below its store and by its own address: the id alone names it.
"""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from commerce import selectors
from commerce.api import access
from commerce.api.base import ListView
from commerce.api.outputs import (
    RecordChangeOutputSerializer,
    SyncIssueOutputSerializer,
    SyncRunOutputSerializer,
)
from commerce.api.schema import (
    LIST_PARAMETERS,
    RUN_ID,
    STORE_ID,
    page_of,
    with_errors,
)
from commerce.models import ChangeKind
from commerce.services.removal import confirm_deletions
from commerce.services.sync import cancel_run
from commerce.tasks import queue_next
from hiwelink.api import ApiError
from hiwelink.teams.models import Act

KINDS = [kind for kind in ChangeKind.values if kind != ChangeKind.CREATED]
KIND = OpenApiParameter(
    "kind", OpenApiTypes.STR, enum=KINDS, description="All of them when left out."
)


class StoreSyncRunsView(ListView):
    @extend_schema(
        operation_id="stores_sync_runs_list",
        tags=["sync-runs"],
        parameters=[STORE_ID, *LIST_PARAMETERS],
        responses=with_errors({200: page_of(SyncRunOutputSerializer)}, 401, 404),
    )
    def get(self, request: Request, store_id: str) -> Response:
        """The runs of a store, newest first."""
        store = access.store_for(request, store_id)
        runs = self.take_page(store.sync_runs.select_related("store").order_by("-id"))
        return self.answer_page(SyncRunOutputSerializer(runs, many=True).data)


class SyncRunView(APIView):
    @extend_schema(
        tags=["sync-runs"],
        parameters=[RUN_ID],
        responses=with_errors({200: SyncRunOutputSerializer}, 401, 404),
    )
    def get(
        self, request: Request, run_id: str, store_id: str | None = None
    ) -> Response:
        """One run and how far it is."""
        run = access.run_for(request, run_id, store_id)
        return Response(SyncRunOutputSerializer(run).data)


class SyncRunIssuesView(ListView):
    @extend_schema(
        tags=["sync-runs"],
        parameters=[RUN_ID, *LIST_PARAMETERS],
        responses=with_errors({200: page_of(SyncIssueOutputSerializer)}, 401, 404),
    )
    def get(
        self, request: Request, run_id: str, store_id: str | None = None
    ) -> Response:
        """Records that were skipped, and values that were not read as sent."""
        run = access.run_for(request, run_id, store_id)
        issues = self.take_page(selectors.issues_of(run))
        return self.answer_page(SyncIssueOutputSerializer(issues, many=True).data)


class SyncRunChangesView(ListView):
    @extend_schema(
        tags=["sync-runs"],
        parameters=[RUN_ID, KIND, *LIST_PARAMETERS],
        responses=with_errors({200: page_of(RecordChangeOutputSerializer)}, 401, 404),
    )
    def get(
        self, request: Request, run_id: str, store_id: str | None = None
    ) -> Response:
        """What the run changed of records known before, field by field; the first
        2,000 of a run are kept. What it created is told by the records' own times.
        """
        run = access.run_for(request, run_id, store_id)
        changes = run.changes.order_by("id")
        kind = request.query_params.get("kind")
        if kind is not None:
            changes = changes.filter(kind=kind if kind in KINDS else "")
        shown = RecordChangeOutputSerializer(self.take_page(changes), many=True)
        return self.answer_page(shown.data)


class ConfirmDeletionsView(APIView):
    @extend_schema(
        tags=["sync-runs"],
        parameters=[RUN_ID],
        request=None,
        responses=with_errors({200: SyncRunOutputSerializer}, 401, 403, 404, 409),
    )
    def post(
        self, request: Request, run_id: str, store_id: str | None = None
    ) -> Response:
        """Delete what a run with the error `deletions_held` did not meet any more."""
        run = access.run_for(request, run_id, store_id)
        access.check_may_edit(request, run.store)
        count = confirm_deletions(run)
        if not count:
            raise ApiError(
                "nothing_held",
                "No deletion of this run waits for a decision, or a newer sync is "
                "answering the question.",
                status_code=409,
            )
        access.note(request, run.store, Act.DELETIONS_CONFIRMED, f"{count} products")
        run.refresh_from_db()
        return Response(SyncRunOutputSerializer(run).data)


class CancelSyncRunView(APIView):
    @extend_schema(
        tags=["sync-runs"],
        parameters=[RUN_ID],
        request=None,
        responses=with_errors({200: SyncRunOutputSerializer}, 401, 403, 404, 409),
    )
    def post(
        self, request: Request, run_id: str, store_id: str | None = None
    ) -> Response:
        """Stop an active run; what it stored is kept."""
        run = access.run_for(request, run_id, store_id)
        access.check_may_edit(request, run.store)
        if not cancel_run(run):
            raise ApiError("not_active", "The run has ended already.", status_code=409)
        queue_next(run.store_id)
        run.refresh_from_db()
        return Response(SyncRunOutputSerializer(run).data)
