"""The card of a product, as every answer to a shopper's browser shows it."""

from __future__ import annotations

from typing import Any

from commerce.mapping.money import money_text
from commerce.models import Product


def card_of(product: Product) -> dict[str, Any]:
    """Return {external_id, name, price, currency, stock_status, url, image}.

    price: what a shopper pays, decimal text in major units of `currency`; null where
    the store told none. `product.store` should be loaded: the link is made from it.
    Source: DESIGN section 5, Widget API.
    """
    return {
        "external_id": product.external_id,
        "name": product.name,
        "price": money_text(product.current_price),
        "currency": product.currency or product.store.currency or None,
        "stock_status": product.stock_status or None,
        "url": product.link.url or None,
        "image": product.images[0] if product.images else None,
    }
