"""What the model may do: search, look at a product, look up an order.

Each tool takes what the model wrote, which may be anything, and returns plain data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from chatbot.answering import phrasing
from chatbot.answering.turn import Turn
from chatbot.documents import plain
from chatbot.orders import OrderFacts, look_up
from chatbot.retrieval import search_products
from commerce.mapping.money import money_text
from commerce.mapping.text import clean_text, shorten
from commerce.models import Product

MAX_CALLS = 6
FOUND = 6
MAX_DESCRIPTION, MAX_DESCRIPTION_ALONE = 300, 1_500
MAX_ATTRIBUTES = 20

TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "search_products",
            "description": "Find products of the shop. The query may name limits such "
            "as a price or that it must be in stock.",
            "parameters": {
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "What to look for"}
                },
                "required": ["query"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "get_product",
            "description": "Everything the shop tells of one product.",
            "parameters": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "description": "The id from a search"}
                },
                "required": ["id"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "lookup_order",
            "description": "Status, date, items and total of the shopper's own order. "
            "The shopper's e-mail address is filled in by the server.",
            "parameters": {
                "type": "object",
                "properties": {"order_number": {"type": "string"}},
                "required": ["order_number"],
            },
        },
    },
]


class OrderRefused(Exception):
    """No order matches: the shopper reads the one refusal, whatever the model says."""


@dataclass
class Toolbox:
    """Runs tools for one question and keeps every fact they gave."""

    turn: Turn
    products: dict[str, Product] = field(default_factory=dict)  # by external id
    searched: list[str] = field(default_factory=list)  # ids of the last search
    order: OrderFacts | None = None
    calls: int = 0

    def run(self, name: str, arguments: str) -> str:
        """Return a tool's answer as JSON. Raises OrderRefused."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            return as_json({"error": "No more look-ups. Answer with what you have."})
        try:
            told = json.loads(arguments or "{}")
        except ValueError:
            return as_json({"error": "The arguments are not JSON."})
        tool = {
            "search_products": self.search,
            "get_product": self.get,
            "lookup_order": self.lookup,
        }.get(name)
        if tool is None or not isinstance(told, dict):
            return as_json({"error": "There is no such tool."})
        return as_json(tool(told))

    def search(self, told: dict[str, Any]) -> dict[str, Any]:
        query = text_of(told.get("query"))
        if not query:
            return {"error": "The query is empty."}
        result = search_products(self.turn.store, query, limit=FOUND)
        found = [hit.product for hit in result.hits]
        self.searched = [product.external_id for product in found]
        self.add(found)
        return {
            "products": [product_facts(p, MAX_DESCRIPTION) for p in found],
            "remark": result.remark,
        }

    def get(self, told: dict[str, Any]) -> dict[str, Any]:
        wanted = text_of(told.get("id"))
        product = self.products.get(wanted) or (
            Product.objects.filter(
                store=self.turn.store, external_id=wanted, deleted_at__isnull=True
            )
            .defer("raw")
            .first()
        )
        if product is None:
            return {"error": "There is no product with this id. Search for it."}
        product.store = self.turn.store
        self.add([product])
        return {"product": product_facts(product)}

    def lookup(self, told: dict[str, Any]) -> dict[str, Any]:
        number = text_of(told.get("order_number"))
        if not any(character.isdigit() for character in number):
            return {"error": "Ask the shopper for the order number."}
        if not self.turn.email:
            self.turn.context.order_number = number
            return {"error": "Ask the shopper for the e-mail address on the order."}
        self.order = look_up(
            self.turn.store,
            number=number,
            email=self.turn.email,
            conversation=self.turn.conversation,
            address=self.turn.address,
        )
        if self.order is None:
            raise OrderRefused
        return {"order": order_facts(self.order)}

    def add(self, products: list[Product]) -> None:
        for product in products:
            self.products[product.external_id] = product

    @property
    def amounts(self) -> set[Decimal]:
        """Every price the tools gave."""
        found: set[Decimal | None] = set()
        for product in self.products.values():
            found |= {product.price, product.regular_price, product.sale_price}
        if self.order is not None:
            found.add(self.order.total)
        return {amount for amount in found if amount}

    @property
    def links(self) -> set[str]:
        return {product.link.url for product in self.products.values()} - {""}


def product_facts(
    product: Product, longest: int = MAX_DESCRIPTION_ALONE
) -> dict[str, Any]:
    """A product as the model sees it: today's facts, and the shop's words as data."""
    facts: dict[str, Any] = {
        "id": product.external_id,
        "name": product.name,
        "price": phrasing.price_of(product) or "not given",
        "stock": product.get_stock_status_display() or "not told",
        "categories": product.categories[:10],
        "attributes": dict(list(product.attributes.items())[:MAX_ATTRIBUTES]),
        "description": shorten(
            " ".join(
                dict.fromkeys(
                    [plain(product.short_description), plain(product.description)]
                )
            ).strip(),
            longest,
        ),
        "url": product.link.url,
    }
    if was := phrasing.was_price_of(product):
        facts["price_before"] = was
    if product.stock_quantity is not None:
        facts["quantity"] = product.stock_quantity
    return facts


def order_facts(order: OrderFacts) -> dict[str, Any]:
    return {
        "number": order.number,
        "status": order.status,
        "placed": phrasing.day(order.placed_at) if order.placed_at else None,
        "items": [f"{quantity or ''} {name}".strip() for quantity, name in order.items],
        "total": f"{money_text(order.total)} {order.currency}".strip()
        if order.total is not None
        else None,
    }


def text_of(value: object) -> str:
    """What the model wrote as an argument, if it is text or a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean_text(str(value)).strip()[:300]


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, default=str)
