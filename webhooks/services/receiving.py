"""One request to a webhook address, from its bytes to its answer.

The order of the checks is that of their cost. Whatever a known token is sent leaves a
row in the log; requests turned away with 429 are only counted.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from commerce.models import Store
from hiwelink import clock
from hiwelink.prepared import prepared_cursor
from hiwelink.worker.queue import queue
from webhooks import signatures
from webhooks.models import Delivery, SignatureVerdict
from webhooks.reading import (
    MAX_BYTES,
    SYNC,
    Refusal,
    Work,
    check_headers,
    event_of,
    read_event,
    read_json,
    read_sync,
)
from webhooks.services import bulk, limits
from webhooks.services.applying import DISCONNECTED
from webhooks.services.combining import Combiner
from webhooks.services.processing import process_delivery
from webhooks.services.recording import (
    Arrival,
    dedup_key_of,
    headers_of_interest,
    record_deliveries,
    record_refused,
)
from webhooks.services.secrets import valid_secrets
from webhooks.services.together import Event, Processed, process_event

RETRY_AFTER_SECONDS = 30
SUCCESS = {"success": True, "message": "Webhook processed"}
FIND_STORE = """
    SELECT store.id, store.uid, store.status,
        COALESCE(settings.require_signatures, false)
    FROM commerce_store AS store
    LEFT JOIN webhooks_webhooksettings AS settings ON settings.store_id = store.id
    WHERE store.deleting_at IS NULL AND (store.token = %s
        OR store.previous_token = %s AND store.previous_token_expires_at > now())
"""
NOT_STORED = "The event could not be processed, which is our mistake. Send it again."

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Incoming:
    """A request before anybody looked at it.

    headers: names in lower case. read: returns up to so many bytes of the body, fewer
    only at its end; raises Refusal when it does not come.
    """

    method: str
    token: str
    endpoint: str
    headers: Mapping[str, str]
    remote_address: str
    read: Callable[[int], bytes]


@dataclass(frozen=True)
class Answer:
    """delivery: the row of the request, where it has one."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery | None = None


def receive(incoming: Incoming) -> Answer:
    """Do what a webhook asks for and say so; never raises.

    200 only when it is committed: applied, or stored to be applied.
    """
    started = time.perf_counter()
    try:
        limits.flush_throttled()
        store = _stores.run(incoming.token, incoming.token)
        if limits.is_over_limit(store, incoming.remote_address):
            return turned_away(store)
        if store is None:
            return error_answer(
                404,
                "not_found",
                "No store has this token. Copy the webhook address from the store's "
                "page in HiWelink.",
            )
        return answer(store, incoming, started)
    except Exception:
        logger.exception("A webhook could not be processed.")
        return failed()


def find_store(token: str) -> Store | None:
    """The store a token names, by the one it replaced too while that is still valid.

    With `requires_signatures`, and without what a webhook has no use for: reading the
    credential costs more than the rest of the query.
    """
    try:
        uid = UUID(token)
    except ValueError:
        return None
    with prepared_cursor() as cursor:
        cursor.execute(FIND_STORE, [uid, uid])
        row = cursor.fetchone()
    if row is None:
        return None
    *values, requires_signatures = row
    store = Store.from_db(connection.alias, ["id", "uid", "status"], values)
    store.requires_signatures = requires_signatures  # type: ignore[attr-defined]
    return store


# Requests of one store that arrive at once look it up once, after all had arrived.
_stores: Combiner[str, Store | None] = Combiner(
    lambda tokens: [find_store(tokens[0])] * len(tokens)
)


def turned_away(store: Store | None) -> Answer:
    if store is not None:
        limits.count_throttled(store)
    seconds = limits.seconds_left()
    return error_answer(
        429,
        "throttled",
        f"Too many requests. Send the next in {seconds} seconds.",
        {"Retry-After": str(seconds)},
    )


def error_answer(
    status: int,
    code: str,
    detail: str,
    headers: dict[str, str] | None = None,
    delivery: Delivery | None = None,
) -> Answer:
    return Answer(status, {"code": code, "detail": detail}, headers or {}, delivery)


def failed(delivery: Delivery | None = None) -> Answer:
    retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return error_answer(500, "server_error", NOT_STORED, retry, delivery)


def refused(refusal: Refusal, delivery: Delivery | None) -> Answer:
    headers = {"Allow": "POST"} if refusal.status == 405 else {}
    return error_answer(refusal.status, refusal.code, refusal.detail, headers, delivery)


def answer(store: Store, incoming: Incoming, started: float) -> Answer:
    arrival = Arrival(
        store=store,
        endpoint=incoming.endpoint,
        method=incoming.method,
        headers=headers_of_interest(incoming.headers),
        remote_address=incoming.remote_address,
        received_at=clock.now(),
        started=started,
        dedup_key=dedup_key_of(incoming.headers),
    )
    try:
        work = accept(arrival, incoming)
    except Refusal as refusal:
        kept_bytes = limits.room_for_refused(store)
        if kept_bytes is None:
            return turned_away(store)
        return refused(refusal, record_refused(arrival, refusal, kept_bytes))
    if arrival.endpoint != SYNC:
        return answer_event(process_event(Event(arrival, work.changes[0])))
    (recorded,) = record_deliveries([arrival])
    if recorded.original is not None:
        return success(recorded.delivery, recorded.original.sync_runs)
    return apply(store, recorded.delivery, work, started)


def answer_event(processed: Processed) -> Answer:
    delivery = processed.recorded.delivery
    if processed.error is not None:
        return failed(delivery)
    if processed.refusal is not None:
        return refused(processed.refusal, delivery)
    return success(delivery, [])


def apply(store: Store, delivery: Delivery, work: Work, started: float) -> Answer:
    """Apply a bulk body at once, or leave a large one to the worker."""
    if bulk.is_large(delivery, work):
        elapsed_ms = round((time.perf_counter() - started) * 1000)
        bulk.enqueue(store, delivery, work, http_status=200, duration_ms=elapsed_ms)
        queue("webhooks.tasks.process_due", delivery.pk)
        return success(delivery, delivery.sync_runs)
    try:
        process_delivery(store, delivery, work, started=started, answering=True)
    except Refusal as refusal:
        return refused(refusal, delivery)
    except Exception:  # noqa: BLE001 -- logged and marked already
        return failed(delivery)
    return success(delivery, delivery.sync_runs)


def success(delivery: Delivery, sync_runs: list[str]) -> Answer:
    body = SUCCESS | ({"sync_run_id": sync_runs[0]} if sync_runs else {})
    return Answer(200, body, delivery=delivery)


def accept(arrival: Arrival, incoming: Incoming) -> Work:
    """Read the body and judge everything that needs no catalogue. Raises Refusal."""
    read_body(arrival, incoming)
    if incoming.method != "POST":
        raise Refusal(
            405,
            "method_not_allowed",
            f"This address takes POST, not {arrival.method[:10]}. If you sent POST, a "
            "redirect on the way changed it: use the address exactly as shown.",
        )
    if not arrival.store.is_connected:
        raise Refusal(410, "disconnected", DISCONNECTED)
    check_size(arrival)
    is_empty = not arrival.body.strip()
    content_type = incoming.headers.get("content-type", "")
    if not is_empty:
        check_headers(content_type, incoming.headers.get("content-encoding", ""))
    check_signature(arrival, incoming.headers)
    if is_empty and arrival.endpoint == SYNC:
        return read_sync(None)
    payload = read_json(arrival.body, content_type)
    arrival.event = event_of(payload)
    if arrival.endpoint == SYNC:
        return read_sync(payload)
    return read_event(arrival.endpoint, payload)


def read_body(arrival: Arrival, incoming: Incoming) -> None:
    """Read no more than is accepted and one byte, whatever Content-Length says."""
    arrival.body = incoming.read(MAX_BYTES[arrival.endpoint] + 1)
    told = incoming.headers.get("content-length", "")
    told_bytes = int(told) if told.isascii() and told.isdigit() else 0
    arrival.body_bytes = min(max(len(arrival.body), told_bytes), 2**31 - 1)


def check_size(arrival: Arrival) -> None:
    limit = MAX_BYTES[arrival.endpoint]
    if len(arrival.body) > limit:
        raise Refusal(
            413,
            "too_large",
            f"The body is larger than {limit // 2**20} MiB. Send fewer records at once, "
            "and addresses of images rather than images.",
        )
    if arrival.body_bytes > len(arrival.body):
        raise Refusal(
            400,
            "incomplete_body",
            f"{len(arrival.body)} bytes arrived of the {arrival.body_bytes} that "
            "Content-Length promised. Send it again.",
        )


def check_signature(arrival: Arrival, headers: Mapping[str, str]) -> None:
    """Set the verdict. Raises Refusal 401."""
    if not signatures.is_signed(headers):
        arrival.signature = SignatureVerdict.UNSIGNED
        if arrival.store.requires_signatures:  # type: ignore[attr-defined]
            raise Refusal(
                401,
                "signature_required",
                "This store accepts signed webhooks only. Send the HMAC-SHA256 of the "
                "body, made with the store's webhook secret, in X-Webhook-Signature.",
            )
        return
    arrival.signature = SignatureVerdict.INVALID
    secrets = valid_secrets(arrival.store, arrival.received_at)
    try:
        signatures.verify(arrival.body, headers, secrets, now=arrival.received_at)
    except signatures.BadSignature as error:
        raise Refusal(401, error.code, error.detail) from None
    arrival.signature = SignatureVerdict.VALID
