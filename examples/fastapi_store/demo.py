"""Changes to show a live webhook with. A real shop has its own admin pages for this.

Each one saves, then tells HiWelink, as every shop should after saving.
"""

from collections.abc import Callable
from typing import Literal

import httpx
from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, Field

from auth import verify_key
from database import Order, Product, db
from hiwelink_webhook import send_order_event, send_product_event

router = APIRouter(prefix="/demo", dependencies=[Depends(verify_key)])


class ProductChange(BaseModel):
    price: float | None = Field(None, gt=0, description="What it costs now")
    stock: int | None = Field(None, ge=0)


class OrderChange(BaseModel):
    status: Literal[
        "pending", "processing", "shipped", "completed", "cancelled", "refunded"
    ]


@router.post("/products/{product_id}")
def change_product(product_id: str, change: ProductChange) -> dict[str, object]:
    product = db.query(Product).filter_by(id=product_id).first()
    if product is None:
        raise HTTPException(status_code=404, detail="No product has this id.")
    if change.price is not None:
        set_price(product, change.price)
    if change.stock is not None:
        product.stock = change.stock
    db.save(product)
    sent = tell(lambda: send_product_event("product.updated", product))
    return {
        "id": product.id,
        "price": product.price,
        "stock": product.stock,
        "webhook": sent,
    }


@router.post("/orders/{order_id}")
def change_order(order_id: str, change: OrderChange) -> dict[str, object]:
    order = db.query(Order).filter_by(id=order_id).first()
    if order is None:
        raise HTTPException(status_code=404, detail="No order has this id.")
    order.status = change.status
    db.save(order)
    sent = tell(lambda: send_order_event("order.updated", order))
    return {"id": order.id, "status": order.status, "webhook": sent}


def set_price(product: Product, price: float) -> None:
    """Below the regular price it is a sale; at or above it, the new regular price."""
    product.price = price
    product.regular_price = max(price, product.regular_price)
    product.sale_price = price if price < product.regular_price else None


def tell(send: Callable[[], int | None]) -> str:
    """Return how the webhook went; the change itself is saved either way."""
    try:
        status = send()
    except httpx.HTTPError:
        return "failed: HiWelink could not be reached"
    if status is None:
        return "not sent: set HIWELINK_WEBHOOK_URL and HIWELINK_STORE_TOKEN"
    return "applied" if status == 200 else f"refused: HiWelink answered {status}"
