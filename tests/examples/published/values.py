"""What the published stores serve: the formulas of examples/express_store/models.js.

Both published stores invent the same shop, so one set of expectations serves both.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

PRODUCTS = 250
ORDERS = 120
DRAFTS = 10  # products with another status than "active", never served

MATERIALS = ("Oak", "Linen", "Copper", "Wool", "Stoneware", "Cork", "Brass")
THINGS = ("Lamp", "Basket", "Mug", "Blanket", "Stool", "Tray", "Vase", "Clock")
STATUSES = (
    "pending",
    "processing",
    "shipped",
    "completed",
    "cancelled",
    "refunded",
)
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def product_values(number: int) -> dict[str, Any]:
    """Return one product as the specification names its fields; the price a Decimal."""
    thing = THINGS[number % len(THINGS)]
    name = f"{MATERIALS[number % len(MATERIALS)]} {thing} {number}"
    has_lists = number % 10 != 0
    stock = number % 7
    return {
        "id": str(number),
        "name": name,
        "description": f"<p>{name}: number {number} on the shelf.</p>",
        "sku": f"SKU-{number:04d}",
        "price": Decimal(499 + (number * 137) % 20000) / 100,
        "stock_status": "in_stock" if stock else "out_of_stock",
        "stock_quantity": stock,
        "categories": ["Home", f"{thing}s"] if has_lists else [],
        "images": [f"https://shop.example/images/{number}.jpg"] if has_lists else [],
    }


def order_values(number: int, products: int = PRODUCTS) -> dict[str, Any]:
    """Return one order: Decimals, an aware `created_at`, the currency or None.

    The published FastAPI code sends neither `currency` nor the names of items.
    """
    items = [_item(number, at, products) for at in range(1 + number % 3)]
    return {
        "id": str(number),
        "order_number": f"ORD-2026-{1000 + number}",
        "status": STATUSES[number % len(STATUSES)],
        "total": sum((i["quantity"] * i["price"] for i in items), Decimal()),
        "currency": "EUR" if number % 5 else None,  # published Express sends USD then
        "customer_email": f"customer{number}@example.com",
        "customer_name": f"Customer {number}",
        "items": items,
        "created_at": FIRST_DAY + number * timedelta(hours=6),
    }


def _item(order: int, at: int, products: int) -> dict[str, Any]:
    product = product_values((order * 7 + at * 3) % products + 1)
    return {
        "product_id": product["id"],
        "name": product["name"],
        "quantity": 1 + (order + at) % 3,
        "price": product["price"],
    }


def expected_products() -> list[dict[str, Any]]:
    return [product_values(number) for number in range(1, PRODUCTS + 1)]


def expected_orders() -> list[dict[str, Any]]:
    return [order_values(number) for number in range(1, ORDERS + 1)]
