"""How a store is doing: what its runs say together, and what must be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Min
from django.utils import timezone

from commerce.models import NoticeKind, Resource, RunStatus, Store, SyncRun
from commerce.services import notices, schedule

# A store that fails twice and for this long is more than a passing trouble.
TOLD_AFTER = timedelta(minutes=30)
REACHED = (RunStatus.SUCCEEDED, RunStatus.PARTIAL)


@dataclass(frozen=True)
class Streak:
    """Failed runs in a row of one resource, and the time between first and last."""

    failures: int = 0
    lasted: timedelta = timedelta(0)

    @property
    def is_worth_telling(self) -> bool:
        return self.failures > 1 and self.lasted >= TOLD_AFTER


def note_outcome(run: SyncRun) -> None:
    """Keep what an ended run says about its store; open and withdraw notices.

    Runs in the transaction that ends the run, after it locked it.
    """
    store = Store.objects.select_for_update(no_key=True).get(pk=run.store_id)
    was_failing = store.failures_in_a_row > 0
    streaks = [streak_of(store, resource) for resource in Resource.values]
    store.failures_in_a_row = max(streak.failures for streak in streaks)
    if run.status in REACHED:
        store.last_synced_at = run.finished_at
    store.save(update_fields=["failures_in_a_row", "last_synced_at"])
    if not store.failures_in_a_row:
        notices.withdraw(store, NoticeKind.FAILING)
        if was_failing:
            schedule.plan_next_sync(store)
    elif run.status == RunStatus.FAILED and any(s.is_worth_telling for s in streaks):
        notices.open_notice(store, NoticeKind.FAILING, run)
    note_held_deletions(store, run)


def note_held_deletions(store: Store, run: SyncRun) -> None:
    if run.resource != Resource.PRODUCTS or run.status not in REACHED:
        return
    if run.deletions_held:
        notices.open_notice(store, NoticeKind.DELETIONS_HELD, run)
    elif not SyncRun.objects.filter(store=store, deletions_held__gt=0).exists():
        notices.withdraw(store, NoticeKind.DELETIONS_HELD)


def streak_of(store: Store, resource: str) -> Streak:
    """Count the runs that failed since one reached the end, or since reconnecting.

    Cancelled runs say nothing.
    """
    runs = SyncRun.objects.filter(store=store, resource=resource, is_pushed=False)
    reached = runs.filter(status__in=REACHED).order_by("-id").values("id").first()
    failed = runs.filter(
        status=RunStatus.FAILED,
        created_at__gte=store.connected_at,
        id__gt=reached["id"] if reached else 0,
    ).aggregate(count=Count("id"), first=Min("finished_at"), last=Max("finished_at"))
    if not failed["count"]:
        return Streak()
    now = timezone.now()
    return Streak(failed["count"], (failed["last"] or now) - (failed["first"] or now))
