"""The records of a bulk body: each applied alone, together counted."""

from __future__ import annotations

from collections import Counter
from typing import Any

from commerce.mapping.engine import map_record
from commerce.mapping.fields import Resource as MappedResource
from commerce.models import Store
from commerce.services.catalog import mapping_of
from commerce.services.merging import Refused
from webhooks.models import Delivery, DeliveryStatus
from webhooks.reading import Change
from webhooks.services.applying import (
    CHANGED,
    ISSUES_SHOWN,
    Outcome,
    apply_change,
    shown_issue,
)
from webhooks.services.following import follow


def apply_all(store: Store, delivery: Delivery, changes: tuple[Change, ...]) -> Outcome:
    """Apply a whole body within the caller's transaction."""
    tally = Tally.of(delivery, len(changes))
    apply_batch(store, delivery, changes, tally)
    return tally.outcome()


def apply_batch(
    store: Store, delivery: Delivery, changes: tuple[Change, ...], tally: Tally
) -> None:
    """Apply changes, each alone: one that cannot be stored costs no other.

    In the order of their ids, as every writer goes, so that none waits for another in
    a circle; changes of one id keep theirs.
    """
    before = tally.changed_products
    for change in sorted(changes, key=lambda change: order_of(store, change)):
        try:
            merge = apply_change(store, delivery, change)
        except Refused as refused:
            tally.refuse(change, refused)
            continue
        tally.counts[merge.action] += 1
        tally.changed_products += (
            change.resource == "products" and merge.action in CHANGED
        )
        for issue in merge.issues:
            tally.note(change, shown_issue(issue))
    if tally.changed_products > before:
        follow(store, products_changed=True)


def order_of(store: Store, change: Change) -> tuple[str, str]:
    mapping = mapping_of(store, change.resource)
    mapped = map_record(
        change.record, MappedResource(change.resource), mapping, known=True
    )
    return change.resource, mapped.external_id or ""


class Tally:
    """What became of the records of one body so far."""

    def __init__(self, counts: dict[str, int], issues: list[dict[str, Any]]) -> None:
        self.records = counts.get("records", 0)
        self.counts = Counter({k: v for k, v in counts.items() if k != "records"})
        self.issues = issues
        self.changed_products = 0

    @classmethod
    def of(cls, delivery: Delivery, records: int) -> Tally:
        """Go on from where the body is; a replay starts anew."""
        if delivery.position:
            return cls(delivery.counts, list(delivery.issues))
        return cls({"records": records}, [])

    def refuse(self, change: Change, refused: Refused) -> None:
        self.counts["skipped"] += 1
        self.note(change, {"code": refused.code, "field": "", "detail": refused.detail})

    def note(self, change: Change, issue: dict[str, Any]) -> None:
        if len(self.issues) < ISSUES_SHOWN:
            place = {"resource": change.resource, "position": change.position}
            self.issues.append(place | issue)

    def shown(self) -> dict[str, int]:
        return {"records": self.records, **self.counts}

    def outcome(self) -> Outcome:
        changed = any(self.counts[action] for action in CHANGED)
        skipped = self.counts["skipped"]
        return Outcome(
            DeliveryStatus.APPLIED if changed else DeliveryStatus.UNCHANGED,
            counts=self.shown(),
            issues=self.issues,
            code="records_skipped" if skipped else "",
            detail=(
                f"{skipped} of {self.records} records were skipped; the issues say "
                "which and why."
                if skipped
                else ""
            ),
        )
