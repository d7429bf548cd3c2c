"""Makes the shop's past orders: the same 120 every time, none of a real person."""

import random
import tomllib
from datetime import datetime, timedelta

from database import HERE, Item, Order, Product

COUNT = 120
LATEST = datetime(2026, 11, 20, 16, 42)  # the youngest order, UTC
TAX_RATE = 0.055
FREE_SHIPPING_FROM = 75.00

PEOPLE = tomllib.loads((HERE / "people.toml").read_text())
PAYMENTS = ("credit_card", "credit_card", "credit_card", "paypal", "apple_pay")


def make_orders(products: list[Product]) -> list[Order]:
    """Return COUNT orders, oldest first, over the twelve weeks before LATEST."""
    dice = random.Random(2026)
    return [_order(dice, number, products) for number in range(COUNT)]


def _order(dice: random.Random, number: int, products: list[Product]) -> Order:
    age = timedelta(hours=17 * (COUNT - 1 - number), minutes=dice.randrange(600))
    first, last = (dice.choice(PEOPLE[part]) for part in ("first_names", "last_names"))
    address = _address(dice)
    items = _items(dice, products)
    subtotal = round(sum(item.price * item.quantity for item in items), 2)
    tax = round(subtotal * TAX_RATE, 2)
    shipping = 0.0 if subtotal >= FREE_SHIPPING_FROM else 7.95
    return Order(
        id=f"order_{1001 + number}",
        order_number=f"ORD-2026-{1001 + number}",
        status=_status(dice, age),
        subtotal=subtotal,
        tax=tax,
        shipping=shipping,
        total=round(subtotal + tax + shipping, 2),
        currency="USD",
        customer_email=f"{first}.{last}@example.com".lower(),
        customer_name=f"{first} {last}",
        shipping_address=address,
        billing_address=address if dice.random() < 0.85 else _address(dice),
        payment_method=dice.choice(PAYMENTS),
        created_at=LATEST - age,
        items=items,
    )


def _items(dice: random.Random, products: list[Product]) -> list[Item]:
    chosen = dice.sample(products, dice.choice((1, 1, 2, 2, 3, 4)))
    return [
        Item(p.id, p.name, 1 if p.price > 60 else dice.choice((1, 1, 1, 2, 3)), p.price)
        for p in chosen
    ]


def _status(dice: random.Random, age: timedelta) -> str:
    """Young orders are still on their way, a few of the old ones came to nothing."""
    luck = dice.random()
    if age < timedelta(days=1):
        return "pending"
    if age < timedelta(days=3):
        return "cancelled" if luck < 0.1 else "processing"
    if age < timedelta(days=9):
        return "cancelled" if luck < 0.05 else "shipped"
    if luck < 0.12:
        return "cancelled" if luck < 0.06 else "refunded"
    return "completed"


def _address(dice: random.Random) -> dict[str, str]:
    city, state, code = dice.choice(PEOPLE["towns"])
    street = dice.choice(PEOPLE["streets"])
    return {
        "street": f"{dice.randrange(2, 240)} {street}",
        "city": city,
        "state": state,
        "zip": code,
        "country": "US",
    }
