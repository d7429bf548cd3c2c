"""Which products a complete run did not meet, and the brake on deleting them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from commerce.connector.pagination import Step
from commerce.models import (
    NoticeKind,
    Product,
    Resource,
    SeenRecord,
    SyncRun,
)
from commerce.services import notices
from commerce.services.history import CHANGES_KEPT, note_deleted
from hiwelink import clock

# DESIGN, "deletions": more than 10 and more than 15 % gone is not believed unasked.
BRAKE_COUNT = 10
BRAKE_SHARE = 0.15


def may_delete(run: SyncRun, step: Step) -> bool:
    """Whether the run proves that what it did not meet is gone.

    Only products; only when every page was read and the end was proved; and not when
    a record had no usable id, since it may be one of those missed.
    """
    without_id = sum(
        run.issue_counts.get(code, 0)
        for code in ("missing_id", "invalid_id", "not_an_object")
    )
    return run.resource == Resource.PRODUCTS and step.complete and not without_id


def missing_products(run: SyncRun) -> QuerySet[Product]:
    """Live products the run did not meet and nobody wrote since it began."""
    met = SeenRecord.objects.filter(run=run, external_id=OuterRef("external_id"))
    return Product.objects.filter(
        ~Exists(met),
        store_id=run.store_id,
        deleted_at__isnull=True,
        observed_at__lt=run.started_at,
    )


def delete_missing(run: SyncRun) -> tuple[str, str]:
    """Mark missing products deleted, or hold them back and return why.

    What earlier runs held back is settled by this one, whatever it finds.

    Returns ("", "") or the code and sentence that make the run partial. The caller
    saves `run.deleted` and `run.deletions_held`.
    """
    forget_held(run)
    gone = missing_products(run).count()
    if not gone:
        return "", ""
    live = Product.objects.filter(
        store_id=run.store_id, deleted_at__isnull=True
    ).count()
    if not run.records_read or (gone > BRAKE_COUNT and gone > BRAKE_SHARE * live):
        run.deletions_held = gone
        return "deletions_held", (
            f"The store no longer lists {gone} of the {live} products we hold. That "
            "is a lot, so nothing was deleted. If they are really gone, confirm the "
            "deletion on this page; if not, check what the products endpoint answers."
        )
    run.deleted += mark(run)
    return "", ""


def mark(run: SyncRun) -> int:
    now = clock.now()
    gone = missing_products(run).only("external_id", "name").order_by("id")
    note_deleted(run, gone[: CHANGES_KEPT - run.changes_kept])
    return missing_products(run).update(
        deleted_at=now,
        updated_at=now,
        observed_at=run.started_at,
        written_by_type="sync_run",
        written_by_id=run.uid,
    )


@transaction.atomic
def confirm_deletions(run: SyncRun) -> int:
    """Delete what the brake held back; return how many products went.

    A product written since the run began stays. While another run reads the catalogue
    nothing is deleted (0): that run decides anew, and takes this one's place.
    """
    run = SyncRun.objects.select_for_update().get(pk=run.pk)
    newer = SyncRun.objects.asking().filter(
        store_id=run.store_id, resource=run.resource
    )
    if not run.deletions_held or newer.exists():
        return 0
    count = mark(run)
    run.deleted += count
    run.deletions_held = 0
    run.save(update_fields=["deleted", "deletions_held", "changes_kept"])
    run.seen_records.all().delete()
    notices.withdraw(run.store, NoticeKind.DELETIONS_HELD)
    return count


def forget_held(run: SyncRun) -> None:
    """Withdraw the questions of earlier runs: a newer, complete reading answers them.

    One that broke off leaves them open.
    """
    earlier = SyncRun.objects.filter(
        store_id=run.store_id, resource=run.resource, deletions_held__gt=0
    ).exclude(pk=run.pk)
    SeenRecord.objects.filter(run__in=earlier).delete()
    earlier.update(deletions_held=0)
