"""What one sync run changed, record by record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from commerce.models import ChangeKind, RecordChange, SyncRun
from commerce.selectors import (
    change_counts,
    changes_of,
    live_uids,
    records_created_by,
)
from commerce.services.history import CHANGES_KEPT
from commerce.views.access import get_store_or_404, render_store
from commerce.views.sync_runs import get_run_or_404

PAGE = 50


@dataclass
class ChangedRecord:
    """A record as the page lists it. uid: None when it is not to be seen any more."""

    external_id: str
    title: str
    uid: UUID | None
    fields: dict[str, list[Any]] = field(default_factory=dict)


@login_required
@require_safe
def run_changes(request: HttpRequest, uid: UUID, run_uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    run = get_run_or_404(store, run_uid)
    counts = change_counts(run)
    first = next((kind for kind, count in counts.items() if count), ChangeKind.CREATED)
    asked = request.GET.get("kind", "")
    kind = ChangeKind(asked if asked in counts else first)
    rows = (
        records_created_by(run) if kind == ChangeKind.CREATED else changes_of(run, kind)
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render_store(
        request,
        "commerce/run_changes.html",
        store,
        run=run,
        kind=kind,
        kinds=[(ChangeKind(key), count) for key, count in counts.items()],
        total=counts[kind],
        most=CHANGES_KEPT,
        page=page,
        records=changed_records(run, page.object_list),
    )


def changed_records(run: SyncRun, rows: Any) -> list[ChangedRecord]:
    rows = list(rows)
    names = [column.name for column in records_created_by(run).model._meta.fields]
    uids = live_uids(run, [row.external_id for row in rows])
    return [
        ChangedRecord(
            row.external_id,
            row.title if isinstance(row, RecordChange) else str(row),
            uids.get(row.external_id),
            in_order(row.fields, names) if isinstance(row, RecordChange) else {},
        )
        for row in rows
    ]


def in_order(fields: dict[str, list[Any]], names: list[str]) -> dict[str, list[Any]]:
    """Put the fields in the order of a product or order: the database forgets it."""
    return {name: fields[name] for name in names if name in fields}
