"""Requests become rows: recorded and committed before anything is done about them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from commerce.connector.parsing import printable
from commerce.models import Store
from hiwelink import clock
from webhooks.masking import mask_text, secrets_in
from webhooks.models import KEPT_BYTES, Delivery, DeliveryStatus, SignatureVerdict
from webhooks.reading import Refusal
from webhooks.rows import insert_deliveries
from webhooks.services.secrets import valid_secrets

# A request is given this long before the sweeper takes its delivery up.
SETTLE = timedelta(seconds=30)
MAX_KEY = 190
INTERESTING = (
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "user-agent",
    "idempotency-key",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-webhook-signature",
)


@dataclass
class Arrival:
    """A request for a known token, and what was found out about it so far.

    headers: those worth keeping. body: at most one byte more than is accepted.
    """

    store: Store
    endpoint: str
    method: str
    headers: dict[str, str]
    remote_address: str
    received_at: datetime
    started: float  # time.perf_counter()
    dedup_key: str | None = None
    body: bytes = b""
    body_bytes: int = 0
    event: str = ""
    signature: str = SignatureVerdict.UNCHECKED

    @property
    def elapsed_ms(self) -> int:
        return round((time.perf_counter() - self.started) * 1000)

    def columns(self) -> dict[str, Any]:
        return {
            "store_id": self.store.pk,
            "received_at": self.received_at,
            "endpoint": self.endpoint,
            "method": self.method[:10],
            "event": self.event,
            "remote_address": self.remote_address[:45],
            "headers": self.headers,
            "signature": self.signature,
            "body_bytes": self.body_bytes,
        }


@dataclass(frozen=True)
class Recorded:
    """The row of an arrival; `original` is set when it has been here before."""

    delivery: Delivery
    original: Delivery | None = field(default=None)


def headers_of_interest(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: printable(headers[name], 300) for name in INTERESTING if name in headers
    }


def dedup_key_of(headers: Mapping[str, str]) -> str | None:
    """Return what tells a repeated request: `webhook-id`, else `Idempotency-Key`."""
    for name in ("webhook-id", "idempotency-key"):
        if text := headers.get(name, "").strip():
            if len(text) <= MAX_KEY and text.isascii() and text.isprintable():
                return text
            return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return None


def record_deliveries(
    arrivals: Sequence[Arrival], *, wait_for_disk: bool = True
) -> list[Recorded]:
    """Store accepted requests, committed, before anything is done about them.

    Of requests with one id the first is the one to apply; the database decides which.
    wait_for_disk: as for `rows.insert_deliveries`.
    """
    deliveries = [new_delivery(arrival) for arrival in arrivals]
    are_new = insert_deliveries(deliveries, wait_for_disk=wait_for_disk)
    return [
        Recorded(delivery) if is_new else record_again(arrival, delivery)
        for arrival, delivery, is_new in zip(arrivals, deliveries, are_new, strict=True)
    ]


def new_delivery(arrival: Arrival) -> Delivery:
    return Delivery(
        **arrival.columns(),
        body=arrival.body,
        is_replayable=True,
        dedup_key=arrival.dedup_key,
        status=DeliveryStatus.RECEIVED,
        attempts=1,
        due_at=arrival.received_at + SETTLE,
    )


def record_again(arrival: Arrival, delivery: Delivery) -> Recorded:
    """Log a duplicate beside its original; without one (it failed) it is the first."""
    while True:
        original = Delivery.objects.filter(
            store_id=arrival.store.pk, dedup_key=delivery.dedup_key
        ).first()
        if original is not None:
            return Recorded(record_duplicate(arrival, original), original)
        if insert_deliveries([delivery]) == [True]:
            return Recorded(delivery)


def record_duplicate(arrival: Arrival, original: Delivery) -> Delivery:
    detail = f"Delivery {original.uid} had this id; it was not applied again."
    if bytes(original.body[: len(arrival.body)]) != arrival.body:
        detail += " Its body was another one: give every event an id of its own."
    return Delivery.objects.create(
        **arrival.columns(),
        body=arrival.body[:KEPT_BYTES],
        status=DeliveryStatus.DUPLICATE,
        http_status=200,
        error_code="duplicate",
        error_detail=detail,
        external_id=original.external_id,
        duration_ms=arrival.elapsed_ms,
        finished_at=clock.now(),
    )


def record_refused(arrival: Arrival, refusal: Refusal, kept: int) -> Delivery:
    """Log a request that was refused before it was stored to be applied.

    kept: so many bytes of its body. Secrets are masked, in its headers too.
    """
    store = arrival.store
    text = arrival.body[:kept].decode("latin-1")
    secrets = secrets_in(store.credentials) + valid_secrets(store, arrival.received_at)
    # Whoever is new to signing sends the secret itself as the signature.
    told = {name: mask_text(value, secrets) for name, value in arrival.headers.items()}
    return Delivery.objects.create(
        **(arrival.columns() | {"headers": told}),
        body=mask_text(text, secrets).encode("latin-1")[:kept],
        status=DeliveryStatus.REFUSED,
        http_status=refusal.status,
        error_code=refusal.code,
        # It may repeat the beginning of the body.
        error_detail=mask_text(refusal.detail, secrets),
        duration_ms=arrival.elapsed_ms,
        finished_at=clock.now(),
    )
