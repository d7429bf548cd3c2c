"""What HiWelink reads: health, products and orders. Copy it into your own store:

app = FastAPI()
app.include_router(store_api.router)
"""

import math
import os
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Query

from auth import verify_key
from database import Order, Product, db

STORE_URL = os.getenv("STORE_URL", "http://127.0.0.1:8001").rstrip("/")

router = APIRouter()


@router.get("/health")
def health(key: None = Depends(verify_key)) -> dict[str, str]:
    now = datetime.now(UTC).replace(tzinfo=None)
    return {"status": "ok", "timestamp": now.isoformat() + "Z"}


@router.get("/api/products")
def list_products(
    page: int = Query(1, ge=1),
    per_page: int = Query(50, ge=1, le=100),
    key: None = Depends(verify_key),
) -> dict[str, Any]:
    total = db.query(Product).filter_by(status="active").count()
    products = (
        db.query(Product)
        .filter_by(status="active")
        .offset((page - 1) * per_page)
        .limit(per_page)
        .all()
    )
    return {
        "data": [
            {
                "id": str(p.id),
                "name": p.name,
                "description": p.description,
                "short_description": p.short_description,
                "sku": p.sku,
                "price": float(p.price),
                "regular_price": float(p.regular_price),
                "sale_price": float(p.sale_price) if p.sale_price else None,
                "stock_status": "in_stock" if p.stock > 0 else "out_of_stock",
                "stock_quantity": int(p.stock),
                "categories": p.categories or [],
                "tags": p.tags or [],
                "images": [f"{STORE_URL}/images/{p.slug}.svg"],
                "attributes": p.attributes or {},
                "permalink": f"{STORE_URL}/product/{p.slug}",
                "slug": p.slug,
            }
            for p in products
        ],
        "meta": {
            "current_page": page,
            "per_page": per_page,
            "total": total,
            "last_page": math.ceil(total / per_page),
        },
    }


@router.get("/api/orders")
def list_orders(
    page: int = Query(1, ge=1),
    per_page: int = Query(50, ge=1, le=100),
    key: None = Depends(verify_key),
) -> dict[str, Any]:
    total = db.query(Order).count()
    orders = db.query(Order).offset((page - 1) * per_page).limit(per_page).all()
    return {
        "data": [
            {
                "id": str(o.id),
                "order_number": o.order_number,
                "status": o.status,
                "total": float(o.total),
                "subtotal": float(o.subtotal),
                "tax": float(o.tax),
                "shipping": float(o.shipping),
                "currency": o.currency,
                "customer_email": o.customer_email,
                "customer_name": o.customer_name,
                "items": [
                    {
                        "product_id": str(i.product_id),
                        "name": i.name,
                        "quantity": i.quantity,
                        "price": float(i.price),
                    }
                    for i in o.items
                ],
                "shipping_address": o.shipping_address,
                "billing_address": o.billing_address,
                "payment_method": o.payment_method,
                "created_at": o.created_at.isoformat() + "Z",
            }
            for o in orders
        ],
        "meta": {
            "current_page": page,
            "per_page": per_page,
            "total": total,
            "last_page": math.ceil(total / per_page),
        },
    }
