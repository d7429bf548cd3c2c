"""What of a user's stores needs somebody: failing, waiting for a decision, cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from commerce.models import ACTIVE, RunStatus, Store, SyncRun
from hiwelink.accounts.models import User
from hiwelink.accounts.services import editing_memberships


@dataclass(frozen=True)
class Attention:
    """kind: failing, held or disconnected. run: what shows it, where one does.

    resources: what cannot be synced, in words.
    """

    kind: str
    store: Store
    may_edit: bool
    run: SyncRun | None = None
    resources: str = ""


def attention_for(user: User, stores: Sequence[Store]) -> list[Attention]:
    """Return what needs somebody, decisions first, then failures, then the cut off."""
    held = SyncRun.objects.filter(store__in=stores, deletions_held__gt=0)
    found: list[tuple[str, int, SyncRun | None, str]] = [
        *(("held", run.store_id, run, "") for run in held.order_by("id")),
        *(("failing", run.store_id, run, words) for run, words in failing_runs(stores)),
        *(("disconnected", s.pk, None, "") for s in stores if not s.is_connected),
    ]
    if not found:
        return []
    editable = set(editing_memberships(user).values_list("workspace_id", flat=True))
    by_pk = {store.pk: store for store in stores}
    return [
        Attention(kind, by_pk[pk], by_pk[pk].workspace_id in editable, run, words)
        for kind, pk, run, words in found
    ]


def failing_runs(stores: Sequence[Store]) -> list[tuple[SyncRun, str]]:
    """Return the last runs that failed of stores that are connected, and of what.

    Products and orders that fail for one reason are one trouble.
    """
    failing = [s for s in stores if s.failures_in_a_row and s.is_connected]
    if not failing:
        return []
    last: QuerySet[SyncRun] = (
        SyncRun.objects.filter(store__in=failing, is_pushed=False)
        .exclude(status__in=[*ACTIVE, RunStatus.CANCELLED])
        .order_by("store_id", "-resource", "-id")
        .distinct("store_id", "resource")
    )
    troubles: dict[tuple[int, str], list[SyncRun]] = {}
    for run in last:
        if run.status == RunStatus.FAILED:
            troubles.setdefault((run.store_id, run.error_code), []).append(run)
    return [
        (runs[0], " and ".join(run.resource for run in runs).capitalize())
        for runs in troubles.values()
    ]
