"""The test event: a product of ours walks the way of a real one, and is gone again.

It goes through the code behind the public address, signed if the store signs. A later
app joins with `add_step`: its step sees the product while it is there.
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from commerce.mapping.text import quoted
from commerce.models import Product, Resource, Store
from commerce.services.catalog import Writer, mapping_of
from commerce.services.merging import delete_record, forget_products
from webhooks.models import Delivery, DeliveryStatus, SignatureVerdict
from webhooks.rows import update_delivery
from webhooks.services.receiving import Answer, Incoming, receive
from webhooks.services.secrets import valid_secrets

PREFIX = "hiwelink-test-"
VALUES = {
    "name": "HiWelink test product",
    "price": 19.9,
    "stock_status": "in_stock",
    "description": "Sent by HiWelink to see that webhooks work; removed at once.",
}
# What a walk left behind that was killed is removed by a later one.
LEFT_AFTER = timedelta(hours=1)
BROKEN = "This went wrong on our side and was logged. Try again."

logger = logging.getLogger(__name__)


class StepFailed(Exception):
    """The sentence says why, and what to do."""


@dataclass(frozen=True)
class Step:
    """One part of the way. state: passed, failed, or skipped after a failure."""

    name: str
    title: str
    state: str
    detail: str = ""
    took_ms: int | None = None


@dataclass(frozen=True)
class Trial:
    """steps: receive, verify, map, save, those of later apps, remove."""

    steps: list[Step]
    delivery: Delivery | None

    @property
    def has_passed(self) -> bool:
        return all(step.state == "passed" for step in self.steps)


@dataclass
class Walk:
    """What the steps have to do with: the event sent, and what came of it."""

    store: Store
    external_id: str
    answer: Answer | None = None
    product: Product | None = None


# Returns a sentence about what was seen; raises StepFailed.
LaterStep = Callable[[Product], str]
_later: dict[str, tuple[str, LaterStep]] = {}


def add_step(name: str, title: str, look: LaterStep) -> None:
    """Let a later app look at the saved product, from its AppConfig.ready().

    Steps come in the order they were added. Waiting for a worker is up to `look`.
    """
    _later[name] = (title, look)


def send_test_event(store: Store) -> Trial:
    """Walk one product through; nothing of it stays but the delivery in the log."""
    walk = Walk(store, PREFIX + uuid4().hex)
    steps: list[Step] = []
    try:
        for name, title, look in plan(walk):
            steps.append(take(name, title, look, after=steps))
    finally:
        steps.append(take("remove", "Remove", lambda: remove(walk), after=[]))
    return Trial(steps, walk.answer.delivery if walk.answer else None)


def plan(walk: Walk) -> list[tuple[str, str, Callable[[], str]]]:
    def joined(look: LaterStep) -> Callable[[], str]:
        return lambda: look(product_of(walk))

    return [
        ("receive", "Receive", lambda: receive_event(walk)),
        ("verify", "Verify", lambda: verified(delivery_of(walk))),
        ("map", "Map", lambda: mapped(delivery_of(walk))),
        ("save", "Save", lambda: saved(walk)),
        *((name, title, joined(look)) for name, (title, look) in _later.items()),
    ]


def take(name: str, title: str, look: Callable[[], str], *, after: list[Step]) -> Step:
    if any(step.state != "passed" for step in after):
        return Step(name, title, "skipped")
    started = time.perf_counter()
    try:
        state, detail = "passed", look()
    except StepFailed as failure:
        state, detail = "failed", str(failure)
    except Exception:
        logger.exception("The step %s of a test event broke.", name)
        state, detail = "failed", BROKEN
    return Step(
        name, title, state, detail, round((time.perf_counter() - started) * 1000)
    )


def receive_event(walk: Walk) -> str:
    body = json.dumps(published_event(walk)).encode()
    walk.answer = receive(incoming(walk.store, body))
    delivery = walk.answer.delivery
    # Refused before anybody looked at the signature or the body.
    is_unchecked = delivery and delivery.signature == SignatureVerdict.UNCHECKED
    if delivery is None or is_unchecked:
        raise StepFailed(walk.answer.body["detail"])
    return f"The products address took {delivery.body_bytes} bytes of JSON."


def published_event(walk: Walk) -> dict[str, Any]:
    """The published event, its fields named as the store's mapping expects them."""
    sources = mapping_of(walk.store, Resource.PRODUCTS).sources
    values = {"id": walk.external_id} | VALUES
    data = {
        sources[name].text if name in sources else name: value
        for name, value in values.items()
    }
    return {"event": "product.created", "data": data}


def incoming(store: Store, body: bytes) -> Incoming:
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "user-agent": "HiWelink test event",
    }
    if secrets := valid_secrets(store, timezone.now()):
        digest = hmac.new(secrets[0].encode(), body, sha256).hexdigest()
        headers["x-webhook-signature"] = f"sha256={digest}"
    return Incoming(
        method="POST",
        token=str(store.token),
        endpoint=Resource.PRODUCTS,
        headers=headers,
        remote_address="",
        read=lambda limit: body[:limit],
    )


def delivery_of(walk: Walk) -> Delivery:
    if walk.answer is None or walk.answer.delivery is None:
        raise StepFailed(BROKEN)
    return walk.answer.delivery


def verified(delivery: Delivery) -> str:
    if delivery.signature == SignatureVerdict.VALID:
        return "The signature belongs to the body and the store's secret."
    if delivery.http_status == 401:
        raise StepFailed(delivery.error_detail)
    return "It came unsigned, which this store allows."


def mapped(delivery: Delivery) -> str:
    if delivery.status == DeliveryStatus.REFUSED:
        raise StepFailed(delivery.error_detail)
    if delivery.issues:
        raise StepFailed(" ".join(issue["detail"] for issue in delivery.issues))
    fields = ", ".join(sorted(delivery.changes))
    return f"Every field was understood: {fields}."


def saved(walk: Walk) -> str:
    delivery = delivery_of(walk)
    if delivery.status != DeliveryStatus.APPLIED:
        raise StepFailed(delivery.error_detail or BROKEN)
    product = product_of(walk)
    if product.name != VALUES["name"]:
        raise StepFailed(
            f"The product was saved as {quoted(product.name)}, which is not the name "
            "that was sent. Check the field mapping."
        )
    return f"{quoted(product.name)} is in the catalogue, as this delivery left it."


def product_of(walk: Walk) -> Product:
    if walk.product is None:
        walk.product = (
            Product.objects.select_related("store")
            .filter(
                store=walk.store,
                external_id=walk.external_id,
                deleted_at__isnull=True,
            )
            .first()
        )
    if walk.product is None:
        raise StepFailed("The product is not in the catalogue.")
    return walk.product


def remove(walk: Walk) -> str:
    """Take the product out again, and see that nothing can bring it back."""
    delivery = walk.answer.delivery if walk.answer else None
    if delivery is not None:
        update_delivery(delivery, is_replayable=False, due_at=None)
    old = timezone.now() - LEFT_AFTER
    ours = walk.store.products.filter(external_id__startswith=PREFIX)
    left = ours.filter(created_at__lt=old, deleted_at__isnull=True)
    with transaction.atomic():
        for external_id in [
            walk.external_id,
            *left.values_list("external_id", flat=True),
        ]:
            delete_record(
                walk.store,
                Resource.PRODUCTS,
                external_id,
                observed_at=timezone.now(),
                writer=Writer("delivery", delivery.uid if delivery else None),
            )
    # The index has let go of these long ago; rows deleted just now it still counts.
    gone = ours.filter(deleted_at__lt=old).values_list("external_id", flat=True)
    forget_products(walk.store, list(gone))
    return "The test product is gone again; the event stays in the log."
