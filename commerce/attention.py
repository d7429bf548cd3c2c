"""What of a user's stores needs somebody: failing, waiting for a decision, cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from commerce.models import ACTIVE, RunStatus, Store, SyncRun
from hiwelink.accounts.models import EDITORS


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


def attention_for(stores: Sequence[Store]) -> list[Attention]:
    """Return what needs somebody, decisions first, then failures, then the cut off.

    stores: as selectors.stores_of() found them for whoever reads this.
    """
    runs = troubled_runs(stores)
    found: list[tuple[str, int, SyncRun | None, str]] = [
        *(("held", run.store_id, run, "") for run in runs if run.deletions_held),
        *(("failing", run.store_id, run, words) for run, words in failing(runs)),
        *(("disconnected", s.pk, None, "") for s in stores if not s.is_connected),
    ]
    by_pk = {store.pk: store for store in stores}
    return [
        Attention(kind, by_pk[pk], by_pk[pk].role in EDITORS, run, words)
        for kind, pk, run, words in found
    ]


def troubled_runs(stores: Sequence[Store]) -> list[SyncRun]:
    """Return the runs that hold deletions back, and the last ones that failed, of
    stores that are connected.
    """
    failing = [s for s in stores if s.failures_in_a_row and s.is_connected]
    last: QuerySet[SyncRun] = (
        SyncRun.objects.filter(store__in=failing, is_pushed=False)
        .exclude(status__in=[*ACTIVE, RunStatus.CANCELLED])
        .order_by("store_id", "-resource", "-id")
        .distinct("store_id", "resource")
    )
    held = Q(store__in=stores, deletions_held__gt=0)
    failed = Q(pk__in=last.values("pk"), status=RunStatus.FAILED)
    return list(
        SyncRun.objects.filter(held | failed).order_by("store_id", "-resource", "id")
    )


def failing(runs: Sequence[SyncRun]) -> list[tuple[SyncRun, str]]:
    """Return the failed runs among these, and what could not be synced, in words.

    Products and orders that fail for one reason are one trouble.
    """
    troubles: dict[tuple[int, str], list[SyncRun]] = {}
    for run in runs:
        if run.status == RunStatus.FAILED:
            troubles.setdefault((run.store_id, run.error_code), []).append(run)
    return [
        (alike[0], " and ".join(run.resource for run in alike).capitalize())
        for alike in troubles.values()
    ]
