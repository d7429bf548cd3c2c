"""One customer's orders, found by e-mail address: to hand out, and to erase.

An erased order is deleted as a row. HiWelink copies what the store serves: an order that
the store still serves comes back with its next poll, so it is erased there first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q, QuerySet

from commerce.models import Order, RecordChange, Store

BATCH = 200


def address_pattern(email: str) -> str:
    """A regular expression for the whole address: bob@x.org is not in jimbob@x.org.

    Before it may stand an escape of JSON, as in "\\nbob@x.org".
    """
    before = r"(^|[^a-zA-Z0-9._%+-]|\\[bfnrt]|\\u[0-9a-f]{4})"
    return rf"{before}{re.escape(email)}($|[^a-zA-Z0-9-])"


def orders_of(stores: Iterable[Store], email: str) -> QuerySet[Order]:
    """The orders with this address on them, in any case, the deleted ones too."""
    pattern = address_pattern(email)
    return Order.objects.filter(
        Q(customer_email__iexact=email)
        | Q(shipping_address__iregex=pattern)
        | Q(billing_address__iregex=pattern),
        store__in=list(stores),
    )


def export_orders(stores: Iterable[Store], email: str) -> Iterator[dict[str, Any]]:
    """Each order as the store sent it, with the names of its store and its number."""
    orders = orders_of(stores, email).select_related("store").order_by("id")
    for order in orders.iterator(chunk_size=BATCH):
        yield {
            "store": order.store.name,
            "id": order.external_id,
            "order_number": order.order_number,
            "customer_email": order.customer_email,
            "customer_name": order.customer_name,
            "record": order.raw,
        }


def erase_orders(store: Store, email: str) -> list[str]:
    """Delete the customer's orders and what runs changed of them, in batches.

    Returns the ids of the orders. Their changes go first: who is stopped in between
    finds the orders again.
    """
    changes = RecordChange.objects.filter(run__store=store, run__resource="orders")
    erased: list[str] = []
    while batch := list(
        orders_of([store], email).values_list("pk", "external_id")[:BATCH]
    ):
        ids = [external_id for _, external_id in batch]
        changes.filter(external_id__in=ids).delete()
        Order.objects.filter(pk__in=[key for key, _ in batch]).delete()
        erased += ids
    # Orders that carried the address before and have another one now.
    changes.filter(fields__iregex=address_pattern(email)).delete()
    return erased
