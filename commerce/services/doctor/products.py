"""What of the products an assistant would miss, and what would be skipped.

Source: Troubleshooting, "0 products are imported" and "Chatbot cannot answer product
questions", and the notes of the Response Format Reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from commerce.services.doctor.records import (
    PRICES,
    Records,
    check_every_record,
    example,
    required,
    shared,
)
from commerce.services.doctor.report import Check

# A few products without a description are no reason to worry.
TOLERATED = 0.1
SHORT_NAME = 4  # characters; "Sofa" says something, "A12" does not
PRICE_FORMATS = 'Send 349.99, "349.99", "$349.99" or "USD 349.99".'
STOCK_WORDS = (
    "Send in_stock, instock, available, true or 1; or out_of_stock, outofstock,"
    " unavailable, false or 0."
)


def check_products(records: Records) -> Iterator[Check]:
    yield from names(records)
    yield from links(records)
    yield from prices(records)
    yield from stock(records)
    yield from descriptions(records)
    yield from short_names(records)
    yield from check_every_record(records)


def names(records: Records) -> Iterator[Check]:
    places = [
        place
        for place, record in enumerate(records.shown)
        if record["skipped"] and not record["values"].get("name")
    ]
    yield from required(records, "products_names", "name", places)


def links(records: Records) -> Iterator[Check]:
    places = records.without("permalink", "slug")
    suggestion = records.suggestion("permalink", "slug")
    yield shared(
        records,
        "products_links",
        places,
        good="Every product has a link to its page",
        bad="{share} have no link to their page",
        evidence='"View Product" leads to the storefront\'s home page instead. '
        + records.details(places, {"permalink", "slug"}),
        mend=f'Send "permalink", the page\'s address, or "slug". {suggestion}'.strip(),
    )


def prices(records: Records) -> Iterator[Check]:
    """Prices that cannot be read, and products without any."""
    places = records.with_issue(set(PRICES), None)
    if places:
        evidence, mend = records.details(places, set(PRICES)), PRICE_FORMATS
        bad = "The prices of {share} cannot be read"
    else:
        places, bad = records.without(*PRICES), "{share} have no price"
        evidence = (
            f"The assistant cannot say what they cost. {example(records, places)}"
        )
        mend = f'Send "price". {records.suggestion(*PRICES)}'.strip()
    yield shared(
        records,
        "products_prices",
        places,
        good="Every product has a price",
        bad=bad,
        evidence=evidence,
        mend=mend,
    )


def stock(records: Records) -> Iterator[Check]:
    places = records.with_issue({"stock_status", "stock_quantity"}, None)
    yield shared(
        records,
        "products_stock",
        places,
        good="The stock of every product can be read",
        bad="The stock of {share} was not read as sent",
        evidence=records.details(places, {"stock_status", "stock_quantity"}),
        mend=STOCK_WORDS,
    )


def descriptions(records: Records) -> Iterator[Check]:
    places = records.without("description", "short_description")
    suggestion = records.suggestion("description", "short_description")
    yield shared(
        records,
        "products_descriptions",
        places,
        tolerated=TOLERATED,
        good="Products have descriptions",
        bad="{share} have no description",
        evidence=f"The assistant knows little to answer from. {example(records, places)}",
        mend=f'Send "description" or "short_description". {suggestion}'.strip(),
    )


def short_names(records: Records) -> Iterator[Check]:
    places = [
        place
        for place, record in enumerate(records.shown)
        if (name := record["values"].get("name"))
        and (len(name) < SHORT_NAME or not any(map(str.isalpha, name)))
    ]
    told = ", ".join(f'"{records.shown[p]["values"]["name"]}"' for p in places[:5])
    yield shared(
        records,
        "products_short_names",
        places,
        tolerated=TOLERATED,
        good="Products have telling names",
        bad="{share} have a very short name",
        evidence=f"Shoppers do not search for them: {told}.",
        mend="Send the name shoppers see, such as “Wireless Headphones”.",
    )
