"""The records of a bulk body: each applied alone, together counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from commerce.models import Store
from commerce.services.catalog import RecordIssue, bounded
from commerce.services.merging import Merge, Refused
from webhooks.models import Delivery, DeliveryStatus
from webhooks.reading import Change
from webhooks.services.applying import (
    CHANGED,
    ISSUES_SHOWN,
    Outcome,
    apply_changes,
    shown_issue,
)


@dataclass
class Tally:
    """What became of some records. issues: (resource, issue), those of bad values too."""

    counts: Counter[str] = field(default_factory=Counter)
    issues: list[tuple[str, RecordIssue]] = field(default_factory=list)

    def add(self, change: Change, merge: Merge) -> None:
        self.counts["records"] += 1
        self.counts[merge.action] += 1
        for issue in merge.issues:
            self.issues.append(
                (change.resource, replace(issue, position=change.position))
            )

    def refuse(self, change: Change, refused: Refused) -> None:
        self.counts["records"] += 1
        self.counts["skipped"] += 1
        issue = RecordIssue(
            position=change.position,
            code=refused.code,
            field="",
            detail=refused.detail,
            external_id="",
            is_skip=True,
            record=bounded(change.record),
        )
        self.issues.append((change.resource, issue))

    def shown_issues(self) -> list[dict[str, Any]]:
        return [
            {"resource": resource, "position": issue.position} | shown_issue(issue)
            for resource, issue in self.issues[:ISSUES_SHOWN]
        ]


def apply_all(store: Store, delivery: Delivery, changes: Sequence[Change]) -> Outcome:
    """Apply a whole body within the caller's transaction."""
    tally = apply_batch(store, delivery, changes)
    return outcome_of(dict(tally.counts), tally.shown_issues())


def apply_batch(store: Store, delivery: Delivery, changes: Sequence[Change]) -> Tally:
    """Apply changes: one that cannot be stored costs no other."""
    tally = Tally()
    results = apply_changes(store, [(delivery, change) for change in changes])
    for change, result in zip(changes, results, strict=True):
        if isinstance(result, Refused):
            tally.refuse(change, result)
        else:
            tally.add(change, result)
    return tally


def outcome_of(counts: dict[str, int], issues: list[dict[str, Any]]) -> Outcome:
    changed = any(counts.get(action) for action in CHANGED)
    skipped = counts.get("skipped", 0)
    detail = (
        f"{skipped} of {counts['records']} records were skipped; the issues say which "
        "and why."
    )
    return Outcome(
        DeliveryStatus.APPLIED if changed else DeliveryStatus.UNCHANGED,
        counts=counts,
        issues=issues,
        code="records_skipped" if skipped else "",
        detail=detail if skipped else "",
    )
