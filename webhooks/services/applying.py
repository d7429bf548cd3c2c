"""From what a body asks for to the catalogue: every write goes through commerce."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from commerce.mapping.engine import ResourceMapping, map_record
from commerce.mapping.fields import Resource as MappedResource
from commerce.mapping.text import shorten
from commerce.models import Resource, Store, Trigger
from commerce.services.catalog import RecordIssue, Writer, mapping_of
from commerce.services.merging import (
    Merge,
    News,
    Refused,
    delete_record,
    merge_records,
    refusal,
)
from commerce.services.sync import start_runs
from hiwelink.worker.queue import queue
from webhooks.models import Delivery, DeliveryStatus, SignatureVerdict
from webhooks.reading import Change, Refusal

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
    queue("commerce.tasks.queue_next", store.pk)
    return Outcome(DeliveryStatus.APPLIED, sync_runs=uids)


def apply_event(store: Store, delivery: Delivery, change: Change) -> Outcome:
    """Apply the one change of a delivery, in a transaction. Raises Refusal."""
    (result,) = apply_events(store, [(delivery, change)])
    if isinstance(result, Refusal):
        raise result
    return result


def apply_events(
    store: Store, events: Sequence[tuple[Delivery, Change]]
) -> list[Outcome | Refusal]:
    """Apply deliveries of one change each, in a transaction."""
    return [event_outcome(result) for result in apply_changes(store, events)]


def event_outcome(result: Merge | Refused) -> Outcome | Refusal:
    if isinstance(result, Refused):
        # An unknown product without a name is sound JSON that cannot be stored.
        status = 422 if result.code == "missing_name" else 400
        return Refusal(status, result.code, f'"data": {result.detail}')
    is_stale = result.action == "stale"
    return Outcome(
        DeliveryStatus.APPLIED if has_changed(result) else DeliveryStatus.UNCHANGED,
        action=result.action,
        external_id=result.external_id,
        changes=shown_changes(result.changes),
        issues=[shown_issue(issue) for issue in result.issues[:ISSUES_SHOWN]],
        code="stale" if is_stale else "",
        detail=STALE if is_stale else "",
    )


def has_changed(result: Merge | Refused) -> bool:
    return isinstance(result, Merge) and result.action in CHANGED


def apply_changes(
    store: Store, changes: Sequence[tuple[Delivery, Change]]
) -> list[Merge | Refused]:
    """Merge or delete records as of their deliveries' arrival, in a transaction.

    In the order of their ids, as every writer goes, so that none waits for another in
    a circle; those of one id in that of their arrival. The results are in the order
    given.
    """
    resources = sorted({change.resource for _, change in changes}, reverse=True)
    mappings = {resource: mapping_of(store, resource) for resource in resources}
    places = sorted(
        range(len(changes)),
        key=lambda place: order_of(*changes[place], mappings),
    )
    results: dict[int, Merge | Refused] = {}
    for (resource, is_deletion), group in groupby(
        places,
        lambda place: (changes[place][1].resource, changes[place][1].is_deletion),
    ):
        turn = list(group)
        apply = delete_some if is_deletion else merge_some
        done = apply(store, resource, [changes[p] for p in turn], mappings[resource])
        results |= zip(turn, done, strict=True)
    return [results[place] for place in range(len(changes))]


def order_of(
    delivery: Delivery, change: Change, mappings: dict[str, ResourceMapping]
) -> tuple[bool, str, datetime]:
    """Products first, then by the id as far as it shows without reading the record."""
    record = change.record if isinstance(change.record, dict) else {}
    source = mappings[change.resource].sources.get("id")
    key = source.text if source else "id"
    is_order = change.resource != Resource.PRODUCTS
    return is_order, str(record.get(key, "")), delivery.received_at


def merge_some(
    store: Store,
    resource: str,
    changes: Sequence[tuple[Delivery, Change]],
    mapping: ResourceMapping,
) -> Sequence[Merge | Refused]:
    news = [
        News(
            change.record,
            delivery.received_at,
            Writer("delivery", delivery.uid),
            allow_email_change=delivery.signature == SignatureVerdict.VALID,
        )
        for delivery, change in changes
    ]
    return merge_records(store, resource, news, mapping=mapping)


def delete_some(
    store: Store,
    resource: str,
    changes: Sequence[tuple[Delivery, Change]],
    mapping: ResourceMapping,
) -> Sequence[Merge | Refused]:
    results: list[Merge | Refused] = []
    for delivery, change in changes:
        mapped = map_record(
            change.record, MappedResource(resource), mapping, known=True
        )
        if mapped.external_id is None:
            results.append(refusal(mapped))
            continue
        merge = delete_record(
            store,
            resource,
            mapped.external_id,
            observed_at=delivery.received_at,
            writer=Writer("delivery", delivery.uid),
        )
        results.append(merge)
    return results


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
