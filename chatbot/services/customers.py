"""What HiWelink holds of one customer of a workspace: handing it out and erasing it.

Orders, what runs and deliveries kept of them, and conversations. Everything is found by
the e-mail address; it stands in no log and in no audit entry afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Func, Q, QuerySet, Value

from chatbot.services.retention import conversations_with, erase_shopper
from commerce.models import Store
from commerce.services.customers import (
    BATCH,
    address_pattern,
    erase_orders,
    export_orders,
)
from hiwelink.accounts.models import Workspace


@dataclass
class Erased:
    """How many rows were deleted (orders, conversations) or emptied (deliveries).

    waiting: deliveries still to be applied. They were promised to the store and stay
    whole; erase again once they are through.
    """

    orders: int = 0
    deliveries: int = 0
    conversations: int = 0
    waiting: int = 0

    def __str__(self) -> str:
        return (
            f"{self.orders} orders and {self.conversations} conversations deleted, "
            f"{self.deliveries} deliveries emptied, {self.waiting} still waiting"
        )


def export_customer(workspace: Workspace, email: str) -> dict[str, Any]:
    """Return the customer's orders, deliveries and conversations as plain values.

    Of deliveries without their bodies: a bulk body holds other customers too, and what
    it said of this one is in the orders.
    """
    email = email.strip().lower()
    if not email:
        return {"orders": [], "deliveries": [], "conversations": []}
    stores = list(workspace.stores.all())
    orders = list(export_orders(stores, email))
    told = ("uid", "received_at", "event", "external_id")
    deliveries = [
        row for store in stores for row in deliveries_of(store, email).values(*told)
    ]
    conversations = [
        {
            "id": talk.uid,
            "messages": list(talk.messages.values("role", "text", "created_at")),
        }
        for talk in conversations_with(stores, email).order_by("id")
    ]
    return {"orders": orders, "deliveries": deliveries, "conversations": conversations}


def erase_customer(workspace: Workspace, email: str) -> Erased:
    """Erase the customer from every store of `workspace`; safe to repeat.

    Deliveries keep their row (time, verdict, the key that tells duplicates) and lose
    body and changes: an emptied one cannot be replayed.
    """
    email = email.strip().lower()
    erased = Erased()
    if not email:
        return erased
    stores = list(workspace.stores.all())
    for store in stores:
        ids = erase_orders(store, email)
        erased.orders += len(ids)
        for start in range(0, len(ids), BATCH):
            empty_deliveries(
                store.deliveries.filter(
                    endpoint="orders", external_id__in=ids[start : start + BATCH]
                ),
                erased,
            )
        empty_deliveries(deliveries_of(store, email), erased)
        erased.waiting += (
            deliveries_of(store, email).filter(due_at__isnull=False).count()
        )
    erased.conversations = erase_shopper(stores, email)
    return erased


def deliveries_of(store: Store, email: str) -> QuerySet[Any]:
    """Deliveries that still hold the address in their body or changes."""
    # Bytes as text, whatever they are: what is not ASCII becomes \nnn.
    body = Func("body", Value("escape"), function="encode", output_field=CharField())
    pattern = address_pattern(email)
    return store.deliveries.alias(text=body).filter(
        Q(text__iregex=pattern)
        | Q(changes__iregex=pattern)
        | Q(issues__iregex=pattern)
        | Q(error_detail__iregex=pattern)
    )


def empty_deliveries(deliveries: QuerySet[Any], erased: Erased) -> None:
    """Take body and changes out of those that nothing waits for, in batches."""
    done = deliveries.filter(due_at__isnull=True).exclude(
        body=b"", changes={}, issues=[], error_detail=""
    )
    while keys := list(done.values_list("pk", flat=True)[:BATCH]):
        erased.deliveries += deliveries.model._default_manager.filter(
            pk__in=keys
        ).update(body=b"", changes={}, issues=[], error_detail="", is_replayable=False)
