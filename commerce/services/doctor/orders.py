"""What of the orders a shopper would ask for in vain.

Source: the specification's order fields, and the order status of the chatbot.
"""

from __future__ import annotations

from collections.abc import Iterator

from commerce.services.doctor.records import (
    Records,
    check_every_record,
    example,
    shared,
)
from commerce.services.doctor.report import Check

DATE_FORMATS = "Send ISO 8601 such as 2024-01-15T10:30:00Z, or a Unix timestamp."


def check_orders(records: Records) -> Iterator[Check]:
    yield from lookup(records)
    yield from statuses(records)
    yield from dates(records)
    yield from check_every_record(records)


def lookup(records: Records) -> Iterator[Check]:
    """A shopper asks for an order by its number and the e-mail address on it."""
    places = sorted(
        {*records.without("customer_email"), *records.without("order_number")}
    )
    suggestion = records.suggestion("customer_email", "order_number")
    yield shared(
        records,
        "orders_lookup",
        places,
        good="Every order has a number and an e-mail address",
        bad="{share} cannot be looked up by shoppers",
        evidence="They lack a number or an e-mail address. " + example(records, places),
        mend=f'Send "order_number" and "customer_email". {suggestion}'.strip(),
    )


def statuses(records: Records) -> Iterator[Check]:
    places = records.without("status")
    yield shared(
        records,
        "orders_status",
        places,
        good="Every order has a status",
        bad="{share} have no status",
        evidence="The assistant cannot say how far they are. "
        + example(records, places),
        mend=f'Send "status", such as "shipped". {records.suggestion("status")}'.strip(),
    )


def dates(records: Records) -> Iterator[Check]:
    places = records.with_issue({"created_at"}, None)
    yield shared(
        records,
        "orders_dates",
        places,
        good="Every date can be read",
        bad="The dates of {share} cannot be read",
        evidence=records.details(places, {"created_at"}),
        mend=DATE_FORMATS,
    )
