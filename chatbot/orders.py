"""Where is my order: a look-up for whoever knows its number and its e-mail address.

DESIGN section 8, "Order status". Every mismatch reads and costs the same, and guessing
is over after MAX_FAILURES, per conversation, network address and order number.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Upper

from chatbot.services.counters import DAY, HOUR, Limit, count_down, count_up
from commerce.models import Order, Store
from commerce.selectors import with_item_names

MAX_FAILURES = 10
# How long a count of failures lives. Many shoppers may share an address; nobody shares
# an order number.
CONVERSATION_SECONDS, ADDRESS_SECONDS, NUMBER_SECONDS = 30 * DAY, HOUR, DAY

MAX_NUMBER = 60
# What shops and shoppers put between the parts of a number: "#1234", "ORD 2026-7".
_SEPARATORS = r"[\s#._/–—-]+"

REFUSAL = (
    "I can’t find an order with that number and e-mail address. Please check both: the "
    "number is in your order confirmation, and the e-mail address must be the one you "
    "ordered with. After several tries that don’t match, look-ups pause for a while."
)


@dataclass(frozen=True)
class OrderFacts:
    """What a shopper may learn of their order. Addresses and names are not among it.

    items: (quantity, name); quantity None where the store told none.
    """

    number: str
    status: str
    placed_at: datetime | None
    items: list[tuple[int | None, str]]
    total: Decimal | None
    currency: str


def look_up(
    store: Store, *, number: str, email: str, conversation: str, address: str
) -> OrderFacts | None:
    """Return the order of `store` with this number (or id) and e-mail address.

    conversation, address: who asks; see MAX_FAILURES. None for every mismatch, and for
    a match once the asker is locked out. A right answer is not counted.
    """
    limits = limits_of(store, number, conversation, address)
    exceeded = count_up(limits)
    order = find_order(store, number, email)
    if order is None or exceeded:
        return None
    count_down(limits)
    return facts_of(store, order)


def limits_of(
    store: Store, number: str, conversation: str, address: str
) -> list[Limit]:
    normal = "".join(c for c in number.upper() if c.isalnum())
    return [
        Limit("order conversation", conversation, MAX_FAILURES, CONVERSATION_SECONDS),
        Limit(
            "order address",
            f"{store.pk} {network_of(address)}",
            MAX_FAILURES,
            ADDRESS_SECONDS,
        ),
        Limit("order number", f"{store.pk} {normal}", MAX_FAILURES, NUMBER_SECONDS),
    ]


def network_of(address: str) -> str:
    """The address, or the /64 of an IPv6 one: that much belongs to one subscriber."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def find_order(store: Store, number: str, email: str) -> Order | None:
    """One query, which finds nothing for every mismatch: none takes longer."""
    number, email = number.strip()[:MAX_NUMBER], email.strip()
    if not email or not any(c.isalnum() for c in number):
        number, email = "-", "-"  # matches nothing, at the price of a mismatch
    wanted = normalised(Value(number))
    return (
        Order.objects.filter(store=store, deleted_at__isnull=True)
        .exclude(customer_email="")
        .annotate(
            upper_email=Upper("customer_email"),
            by_number=normalised(F("order_number")),
            by_id=normalised(F("external_id")),
        )
        .filter(upper_email=Upper(Value(email)))
        .filter(Q(by_number=wanted) | Q(by_id=wanted))
        .defer("raw")
        .order_by("-placed_at", "-id")
        .first()
    )


def normalised(text: Any) -> Func:
    """SQL: without case, blanks and what stands between the parts of a number."""
    return Func(
        Upper(text),
        Value(_SEPARATORS),
        Value(""),
        Value("g"),
        function="regexp_replace",
        output_field=TextField(),
    )


def facts_of(store: Store, order: Order) -> OrderFacts:
    (order,) = with_item_names(store, [order])
    return OrderFacts(
        number=order.order_number or order.external_id,
        status=order.status,
        placed_at=order.placed_at,
        items=[
            (quantity_of(item), str(item["name"]))
            for item in order.items
            if item.get("name")
        ],
        total=order.total,
        currency=order.currency or store.currency,
    )


def quantity_of(item: dict[str, Any]) -> int | None:
    quantity = item.get("quantity")
    return quantity if isinstance(quantity, int) and quantity > 0 else None
