"""From what a body asks for to the catalogue: every write goes through commerce."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from commerce.mapping.engine import ResourceMapping, map_record
from commerce.mapping.fields import Resource as MappedResource
from commerce.mapping.text import shorten
from commerce.models import Store, Trigger
from commerce.services.catalog import RecordIssue, Writer, mapping_of
from commerce.services.merging import (
    Merge,
    Refused,
    delete_record,
    merge_record,
    refusal,
)
from commerce.services.sync import start_runs
from webhooks.models import Delivery, DeliveryStatus, SignatureVerdict
from webhooks.reading import Change, Refusal
from webhooks.services.following import follow

CHANGE_SHOWN = 1_000  # characters of one value before and after
ISSUES_SHOWN = 100
CHANGED = ("created", "updated", "revived", "deleted")

DISCONNECTED = (
    "The store is disconnected in HiWelink. Reconnect it there, or stop sending."
)
STALE = (
    "Something newer is stored already, so nothing was changed: older news never "
    "overwrites newer."
)


@dataclass
class Outcome:
    """What became of a delivery, as its row shows it."""

    status: str
    action: str = ""
    external_id: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    sync_runs: list[str] = field(default_factory=list)
    code: str = ""
    detail: str = ""


def start_polls(store: Store, resources: tuple[str, ...]) -> Outcome:
    """Start the runs that read `resources`; one that is active already serves too.

    Raises Refusal 410 for a store that cannot be asked any more.
    """
    if not store.is_connected:
        raise Refusal(410, "disconnected", DISCONNECTED)
    runs = start_runs(store, resources=resources, trigger=Trigger.WEBHOOK)
    uids = [str(run.uid) for run, _ in runs]
    follow(store, runs_started=True)
    return Outcome(DeliveryStatus.APPLIED, sync_runs=uids)


def apply_event(store: Store, delivery: Delivery, change: Change) -> Outcome:
    try:
        merge = apply_change(store, delivery, change)
    except Refused as refused:
        # An unknown product without a name is sound JSON that cannot be stored.
        status = 422 if refused.code == "missing_name" else 400
        raise Refusal(status, refused.code, f'"data": {refused.detail}') from None
    changed = merge.action in CHANGED
    if changed and change.resource == "products":
        follow(store, products_changed=True)
    return Outcome(
        DeliveryStatus.APPLIED if changed else DeliveryStatus.UNCHANGED,
        action=merge.action,
        external_id=merge.external_id,
        changes=shown_changes(merge.changes),
        issues=[shown_issue(issue) for issue in merge.issues[:ISSUES_SHOWN]],
        code="stale" if merge.action == "stale" else "",
        detail=STALE if merge.action == "stale" else "",
    )


def apply_change(
    store: Store,
    delivery: Delivery,
    change: Change,
    mapping: ResourceMapping | None = None,
) -> Merge:
    """Merge or delete one record as of the delivery's arrival. Raises Refused.

    mapping: the store's for this resource, as mapping_of() told it.
    """
    mapping = mapping or mapping_of(store, change.resource)
    writer = Writer("delivery", delivery.uid)
    if change.is_deletion:
        return delete_record(
            store,
            change.resource,
            external_id_of(change, mapping),
            observed_at=delivery.received_at,
            writer=writer,
        )
    return merge_record(
        store,
        change.resource,
        change.record,
        observed_at=delivery.received_at,
        writer=writer,
        mapping=mapping,
        allow_email_change=delivery.signature == SignatureVerdict.VALID,
    )


def external_id_of(change: Change, mapping: ResourceMapping) -> str:
    """Return the id a record names. Raises Refused without a usable one."""
    mapped = map_record(
        change.record, MappedResource(change.resource), mapping, known=True
    )
    if mapped.external_id is None:
        raise refusal(mapped)
    return mapped.external_id


def shown_changes(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: [shown(value) for value in pair] for name, pair in changes.items()}


def shown(value: Any) -> Any:
    """Return a value as the log shows it: short."""
    if isinstance(value, str):
        return shorten(value, CHANGE_SHOWN)
    if isinstance(value, list | dict):
        text = json.dumps(value, ensure_ascii=False)
        return value if len(text) <= CHANGE_SHOWN else shorten(text, CHANGE_SHOWN)
    return value


def shown_issue(issue: RecordIssue) -> dict[str, Any]:
    return {"field": issue.field, "code": issue.code, "detail": issue.detail}
