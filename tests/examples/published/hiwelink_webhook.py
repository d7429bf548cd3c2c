# The specification's Python webhook service, word for word.
# ruff: noqa
# fmt: off
# services/hiwelink_webhook.py
import os
import httpx

BASE_URL    = os.getenv("HIWELINK_WEBHOOK_URL", "")
STORE_TOKEN = os.getenv("HIWELINK_STORE_TOKEN", "")

def send_product_event(event: str, product) -> None:
    if not BASE_URL or not STORE_TOKEN:
        return

    url = f"{BASE_URL.rstrip('/')}/api/generic-api/webhooks/{STORE_TOKEN}/products"

    with httpx.Client() as client:
        client.post(url, json={
            "event": event,  # product.created | product.updated | product.deleted
            "data": {
                "id":           str(product.id),
                "name":         product.name,
                "price":        float(product.sale_price or product.price or 0),
                "stock_status": "in_stock" if product.stock > 0 else "out_of_stock",
            },
        })

def send_order_event(event: str, order) -> None:
    if not BASE_URL or not STORE_TOKEN:
        return

    url = f"{BASE_URL.rstrip('/')}/api/generic-api/webhooks/{STORE_TOKEN}/orders"

    with httpx.Client() as client:
        client.post(url, json={
            "event": event,  # order.created | order.updated | order.deleted
            "data": {
                "id":             str(order.id),
                "order_number":   order.order_number,
                "status":         order.status,
                "total":          float(order.total),
                "customer_email": order.customer_email,
            },
        })
