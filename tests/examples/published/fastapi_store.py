# ruff: noqa
# fmt: off
# The specification's FastAPI example, word for word: only the three lines after this
# comment, which it leaves out, are added.
from datetime import datetime
from fastapi import Depends
from tests.examples.published.shop import Order, Product, db

from fastapi import FastAPI, Header, HTTPException, Query
from typing import Optional
import os, math

app = FastAPI()
HIWELINK_API_KEY = os.getenv("HIWELINK_API_KEY", "")

def verify_key(x_api_key: str = Header(...)):
    if x_api_key != HIWELINK_API_KEY:
        raise HTTPException(status_code=401, detail="Invalid API key")

@app.get("/health")
def health(key=Depends(verify_key)):
    return {"status": "ok", "timestamp": datetime.utcnow().isoformat() + "Z"}

@app.get("/api/products")
def list_products(
    page: int = Query(1, ge=1),
    per_page: int = Query(50, ge=1, le=100),
    key=Depends(verify_key),
):
    total    = db.query(Product).filter_by(status="active").count()
    products = (db.query(Product)
                  .filter_by(status="active")
                  .offset((page - 1) * per_page)
                  .limit(per_page)
                  .all())
    return {
        "data": [
            {
                "id":             str(p.id),
                "name":           p.name,
                "description":    p.description,
                "sku":            p.sku,
                "price":          float(p.price),
                "stock_status":   "in_stock" if p.stock > 0 else "out_of_stock",
                "stock_quantity": int(p.stock),
                "categories":     p.categories or [],
                "images":         p.images or [],
            }
            for p in products
        ],
        "meta": {
            "current_page": page,
            "per_page":     per_page,
            "total":        total,
            "last_page":    math.ceil(total / per_page),
        },
    }

@app.get("/api/orders")
def list_orders(
    page: int = Query(1, ge=1),
    per_page: int = Query(50, ge=1, le=100),
    key=Depends(verify_key),
):
    total  = db.query(Order).count()
    orders = (db.query(Order).offset((page - 1) * per_page).limit(per_page).all())
    return {
        "data": [
            {
                "id":             str(o.id),
                "order_number":   o.order_number,
                "status":         o.status,
                "total":          float(o.total),
                "customer_email": o.customer_email,
                "customer_name":  o.customer_name,
                "items":          [{"product_id": str(i.product_id), "quantity": i.quantity, "price": float(i.price)} for i in o.items],
                "created_at":     o.created_at.isoformat() + "Z",
            }
            for o in orders
        ],
        "meta": {
            "current_page": page,
            "per_page":     per_page,
            "total":        total,
            "last_page":    math.ceil(total / per_page),
        },
    }
