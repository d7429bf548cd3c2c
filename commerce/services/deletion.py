"""Delete a store: gone from every page at once, its rows in the background.

The rows go in bounded batches, children first, so that a store of a million products
holds no lock for long and a killed worker loses one batch. What a later app hangs on a
store goes the same way: it is found through the models' reverse relations.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import CASCADE, F, ForeignObjectRel, Model

from commerce.models import ACTIVE, Store, StoreStatus, SyncRun
from commerce.services.sync import cancel_run
from hiwelink import clock

BATCH = 1_000
SLICE_SECONDS = 20.0
# Nobody has worked on a deletion for this long: its task was lost.
LOST_AFTER = timedelta(minutes=2)


def request_deletion(store: Store) -> None:
    """Mark the store as deleted, drop its credential and stop its syncs.

    The caller queues the removal of its rows. Safe to repeat.
    """
    with transaction.atomic():
        current = Store.objects.select_for_update().filter(pk=store.pk).first()
        if current is None or current.deleting_at:
            return
        current.deleting_at = clock.now()
        current.status = StoreStatus.DISCONNECTED
        current.credentials = current.next_sync_at = None
        current.save(
            update_fields=["deleting_at", "status", "credentials", "next_sync_at"]
        )
    # Outside the transaction: a run's lock is taken before its store's elsewhere.
    for run in SyncRun.objects.filter(store_id=store.pk, status__in=ACTIVE):
        cancel_run(run)


def delete_slice(store_id: int, *, slice_seconds: float = SLICE_SECONDS) -> bool:
    """Delete rows of a store marked as deleted; True when some are left.

    A store that is not marked loses nothing.
    """
    marked = Store.objects.filter(pk=store_id, deleting_at__isnull=False)
    if not marked.update(deleting_at=clock.now()):  # tells the sweeper: in work
        return False
    ends_at = time.monotonic() + slice_seconds
    count_once(store_id)
    for model, lookup in dependents(Store):
        while gone := delete_batch(model, lookup, store_id):
            marked.update(
                deletion_done=F("deletion_done") + gone, deleting_at=clock.now()
            )
            if time.monotonic() >= ends_at:
                return True
    marked.delete()
    return False


def count_once(store_id: int) -> None:
    """Count what is to go, so that its merchant can see how far that is."""
    uncounted = Store.objects.filter(pk=store_id, deletion_total__isnull=True)
    if uncounted.exists():
        # A row that hangs on the store in two ways is counted with the first.
        paths = dict(reversed(list(dependents(Store))))
        total = sum(
            model._base_manager.filter(**{lookup: store_id}).count()
            for model, lookup in paths.items()
        )
        uncounted.update(deletion_total=total)


def dependents(
    model: type[Model], path: str = "", above: frozenset[type[Model]] = frozenset()
) -> Iterator[tuple[type[Model], str]]:
    """Yield what goes with a row of `model`, and the lookup that leads back to it.

    Children come before their parents: (SyncIssue, "run__store"), (SyncRun, "store").
    Relations without a name of their own count, those of many-to-many tables too.
    above: the models on the way here; a circle of them is walked once.
    """
    above |= {model}
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or relation.many_to_many:
            continue
        child = relation.related_model
        if relation.on_delete is not CASCADE or child in above:
            continue
        name = relation.field.name
        lookup = f"{name}__{path}" if path else name
        yield from dependents(child, lookup, above)
        yield child, lookup


def delete_batch(model: type[Model], lookup: str, store_id: int) -> int:
    """Delete up to BATCH rows in a transaction of their own; return how many.

    Rows another worker is deleting are passed over.
    """
    with transaction.atomic():
        ids = list(
            model._base_manager.select_for_update(skip_locked=True, of=("self",))
            .filter(**{lookup: store_id})
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        # Rows with others on them are read first: their keys, not their records.
        model._base_manager.filter(pk__in=ids).only("pk").delete()
    return len(ids)


def lost_deletions() -> list[int]:
    """The primary keys of deleted stores whose rows nobody removes."""
    settled = clock.now() - LOST_AFTER
    return list(
        Store.objects.filter(deleting_at__lte=settled).values_list("pk", flat=True)
    )
