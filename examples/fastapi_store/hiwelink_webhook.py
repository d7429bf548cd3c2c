"""Tells HiWelink what changed. Call these after saving or updating:

send_product_event("product.updated", product)
send_order_event("order.created", order)

Each returns the HTTP status HiWelink answered (200: applied), None when the store is
not set up for webhooks, and raises httpx.HTTPError when HiWelink cannot be reached.
"""

import os
from pathlib import Path

import httpx

from database import Order, Product

BASE_URL = os.getenv("HIWELINK_WEBHOOK_URL", "")


def store_token() -> str:
    """Read at each call: the store may be connected after it was started."""
    file = os.getenv("HIWELINK_STORE_TOKEN_FILE", "")
    if file and Path(file).exists():
        return Path(file).read_text().strip()
    return os.getenv("HIWELINK_STORE_TOKEN", "")


def send_product_event(event: str, product: Product) -> int | None:
    token = store_token()
    if not BASE_URL or not token:
        return None

    url = f"{BASE_URL.rstrip('/')}/api/generic-api/webhooks/{token}/products"

    with httpx.Client() as client:
        response = client.post(
            url,
            json={
                "event": event,  # product.created | product.updated | product.deleted
                "data": {
                    "id": str(product.id),
                    "name": product.name,
                    "price": float(product.sale_price or product.price or 0),
                    "stock_status": "in_stock" if product.stock > 0 else "out_of_stock",
                },
            },
        )
    return response.status_code


def send_order_event(event: str, order: Order) -> int | None:
    token = store_token()
    if not BASE_URL or not token:
        return None

    url = f"{BASE_URL.rstrip('/')}/api/generic-api/webhooks/{token}/orders"

    with httpx.Client() as client:
        response = client.post(
            url,
            json={
                "event": event,  # order.created | order.updated | order.deleted
                "data": {
                    "id": str(order.id),
                    "order_number": order.order_number,
                    "status": order.status,
                    "total": float(order.total),
                    "customer_email": order.customer_email,
                },
            },
        )
    return response.status_code
