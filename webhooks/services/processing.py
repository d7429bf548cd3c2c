"""Recorded deliveries are applied and marked, both in one transaction.

What is killed before is found by the sweeper through `due_at`. Deliveries are applied
as of their arrival, so that doing it late, or twice, never overwrites newer news
(promise N4).
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, transaction

from commerce.models import Store
from hiwelink import clock
from webhooks.models import Delivery, DeliveryStatus
from webhooks.reading import SYNC, Refusal, Work, read_event, read_json, read_sync
from webhooks.rows import update_delivery
from webhooks.services.applying import Outcome, apply_event, start_polls
from webhooks.services.batches import apply_all

# How long a worker may be silent about a delivery it took.
LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 5
# After a failure; the last one is kept for the merchant to replay.
BACKOFF_MINUTES = (1, 5, 30, 120)

NOT_APPLIED = (
    "The event was stored but could not be applied, which is our mistake and was "
    "logged. It is tried again by itself; sending it again does no harm."
)
DONE = (DeliveryStatus.APPLIED, DeliveryStatus.UNCHANGED)

logger = logging.getLogger(__name__)


def work_of(delivery: Delivery) -> Work:
    """Read a stored body again. Raises Refusal."""
    body = bytes(delivery.body)
    if delivery.endpoint == SYNC and not body.strip():
        return read_sync(None)
    payload = read_json(body, delivery.headers.get("content-type", ""))
    if delivery.endpoint == SYNC:
        return read_sync(payload)
    return read_event(delivery.endpoint, payload)


def apply_work(store: Store, delivery: Delivery, work: Work) -> Outcome:
    """Do what a body asks for. Raises Refusal 400 or 422."""
    if work.resources:
        return start_polls(store, work.resources)
    if delivery.endpoint == SYNC:
        return apply_all(store, delivery, work.changes)
    return apply_event(store, delivery, work.changes[0])


def process_delivery(
    store: Store, delivery: Delivery, work: Work, *, started: float, answering: bool
) -> Outcome:
    """Apply and mark in one transaction.

    answering: within its request, so that the answer is logged too. Raises Refusal
    when the body cannot be applied (it is marked so), and whatever else went wrong
    (it is marked failed, if the database can be reached).
    """
    try:
        with transaction.atomic():
            outcome = apply_work(store, delivery, work)
            mark(delivery, outcome, 200 if answering else None, started)
        return outcome
    except Refusal as refusal:
        mark_refused(delivery, refusal, refusal.status if answering else None, started)
        raise
    except Exception:
        mark_failed(delivery, answering=answering)
        raise


def mark_refused(
    delivery: Delivery, refusal: Refusal, http_status: int | None, started: float
) -> None:
    """Note a fault of the sender's; its id may be used again for a better try."""
    mark(delivery, refused(refusal), http_status, started)


def refused(refusal: Refusal) -> Outcome:
    return Outcome(DeliveryStatus.REFUSED, code=refusal.code, detail=refusal.detail)


def mark(
    delivery: Delivery, outcome: Outcome, http_status: int | None, started: float
) -> None:
    """Write what became of a delivery."""
    update_delivery(delivery, **outcome_values(delivery, outcome, http_status, started))


def outcome_values(
    delivery: Delivery, outcome: Outcome, http_status: int | None, started: float
) -> dict[str, Any]:
    """Return the columns that say what became of a delivery.

    http_status: what is answered; None outside its request. A replay that changed
    nothing leaves the record of the first time as it is.
    """
    now = clock.now()
    values: dict[str, Any] = {"due_at": None}
    if delivery.status not in DONE or outcome.status == DeliveryStatus.APPLIED:
        is_refused = outcome.status == DeliveryStatus.REFUSED
        values |= {
            "status": outcome.status,
            "dedup_key": None if is_refused else delivery.dedup_key,
            "outcome": outcome.action,
            "external_id": outcome.external_id,
            "changes": outcome.changes,
            "issues": outcome.issues,
            "counts": outcome.counts,
            "sync_runs": outcome.sync_runs or delivery.sync_runs,
            "error_code": outcome.code,
            "error_detail": outcome.detail,
            "duration_ms": round((time.perf_counter() - started) * 1000),
            "finished_at": now,
        }
    if http_status is not None:
        values["http_status"] = http_status
    if delivery.finished_at is not None:
        replayed = outcome.action or outcome.status
        values |= {"replayed_at": now, "replay_outcome": replayed}
    return values


def mark_failed(
    delivery: Delivery,
    *,
    answering: bool = False,
    code: str = "not_applied",
    detail: str = NOT_APPLIED,
    is_final: bool = False,
) -> None:
    """Note a failure of ours, and when to try again; silent without a database."""
    logger.exception("Delivery %s could not be applied.", delivery.uid)
    tries = delivery.attempts
    pause = BACKOFF_MINUTES[min(tries, len(BACKOFF_MINUTES)) - 1]
    now = clock.now()
    again = None if is_final or tries >= MAX_ATTEMPTS else pause
    values: dict[str, Any] = {
        "status": DeliveryStatus.FAILED,
        "dedup_key": None,
        "error_code": code,
        "error_detail": detail,
        "due_at": now + timedelta(minutes=again) if again else None,
        "finished_at": now,
    }
    if answering:
        values["http_status"] = 500
    try:
        update_delivery(delivery, **values)
    except DatabaseError:
        logger.warning("Delivery %s stays for the sweeper.", delivery.uid)
