"""What a run changed: kept beside it, capped, and forgotten after a while."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from commerce.models import ChangeKind, Product, RecordChange, SyncRun
from commerce.services.changes import TITLE_CHARACTERS, Change

# A run: beyond it only the counts tell. About a megabyte of rows.
CHANGES_KEPT = 2_000


def note_changes(run: SyncRun, changes: Iterable[Change]) -> None:
    """Keep what changed, up to CHANGES_KEPT; the caller saves `run.changes_kept`."""
    room = CHANGES_KEPT - run.changes_kept
    rows = [RecordChange(run=run, **asdict(change)) for change in changes][:room]
    run.changes_kept += len(rows)
    RecordChange.objects.bulk_create(rows)


def note_deleted(run: SyncRun, products: Iterable[Product]) -> None:
    """Keep which products a run found gone; to be told before they are marked."""
    note_changes(
        run,
        (
            Change(
                ChangeKind.DELETED,
                product.external_id,
                product.name[:TITLE_CHARACTERS],
                {},
            )
            for product in products
        ),
    )
