"""Examples of the OpenAPI schema: the specification's own values."""

from drf_spectacular.utils import OpenApiExample

STORE_INPUT = [
    OpenApiExample(
        "API key",
        request_only=True,
        value={
            "name": "Your store",
            "base_url": "https://api.yourstore.com",
            "environment": "production",
            "auth_method": "api_key",
            "credentials": {"api_key": "YOUR_KEY"},
        },
    )
]
PREVIEW_INPUT = [
    OpenApiExample(
        "One product",
        request_only=True,
        value={
            "resource": "products",
            "records": [{"id": "prod_123", "product_title": "Wireless Headphones"}],
            "field_mappings": {"name": "product_title"},
        },
    )
]
_STORE = "6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11"
_RUN = "1b671a64-40d5-491e-99b0-da01ff1f3341"
_TOKEN = "88bedac0-a8da-4700-8d07-5dbbf4fdfd6d"
_WEBHOOKS = f"https://www.hiwelink.com/api/generic-api/webhooks/{_TOKEN}"
STORE = [
    OpenApiExample(
        "Connected",
        response_only=True,
        value={
            "id": _STORE,
            "name": "Your store",
            "base_url": "https://api.yourstore.com",
            "storefront_url": None,
            "environment": "production",
            "auth_method": "api_key",
            "endpoints": {
                "health": "/health",
                "products": "/api/products",
                "orders": "/api/orders",
            },
            "field_mappings": {},
            "per_page": 50,
            "sync_interval_minutes": 60,
            "currency": "USD",
            "language": "en",
            "store_token": _TOKEN,
            "webhook_urls": {
                part: f"{_WEBHOOKS}/{part}" for part in ("products", "orders", "sync")
            },
            "status": "connected",
            "counts": {"products": 250, "orders": 1200, "embedded": 250},
            "last_synced_at": "2024-01-15T10:30:00Z",
            "next_sync_at": "2024-01-15T11:30:00Z",
            "has_credentials": True,
            "created_at": "2024-01-15T10:29:00Z",
        },
    )
]
SYNC_RUN = [
    OpenApiExample(
        "Partial",
        response_only=True,
        value={
            "id": _RUN,
            "store": _STORE,
            "resource": "products",
            "trigger": "manual",
            "status": "partial",
            "pages_fetched": 5,
            "pages_total": 5,
            "records_read": 250,
            "created": 0,
            "updated": 3,
            "unchanged": 246,
            "skipped": 1,
            "deleted": 0,
            "issue_counts": {"missing_name": 1},
            "error": {
                "code": "records_skipped",
                "detail": "1 of 250 records were skipped.",
            },
            "created_at": "2024-01-15T10:29:58Z",
            "started_at": "2024-01-15T10:29:59Z",
            "finished_at": "2024-01-15T10:30:04Z",
        },
    )
]
_WRITTEN = {
    "warnings": [],
    "updated_at": "2024-01-15T10:30:00Z",
    "written_by": {"type": "sync_run", "id": _RUN},
}
PRODUCT = [
    OpenApiExample(
        "Wireless Headphones",
        response_only=True,
        value={
            "id": "prod_123",
            "name": "Wireless Headphones",
            "price": "349.99",
            "regular_price": "399.99",
            "sale_price": None,
            "current_price": "349.99",
            "currency": "USD",
            "sku": "WH-1000XM5",
            "description": "Premium noise-cancelling wireless headphones.",
            "short_description": None,
            "stock_status": "in_stock",
            "stock_quantity": 42,
            "categories": ["Electronics", "Audio"],
            "tags": ["wireless"],
            "images": ["https://yourstore.com/images/wh-1000xm5-main.jpg"],
            "attributes": {"color": ["Black"]},
            "permalink": None,
            "slug": "wh-1000xm5",
            "url": "https://yourstore.com/product/wh-1000xm5",
            "raw": {"id": "prod_123", "name": "Wireless Headphones", "price": 349.99},
            **_WRITTEN,
        },
    )
]
_ADDRESS = {
    "street": "123 Main St",
    "city": "New York",
    "state": "NY",
    "zip": "10001",
    "country": "US",
}
ORDER = [
    OpenApiExample(
        "ORD-2024-0456",
        response_only=True,
        value={
            "id": "order_456",
            "order_number": "ORD-2024-0456",
            "status": "completed",
            "total": "699.98",
            "subtotal": "649.98",
            "tax": "32.50",
            "shipping": "17.50",
            "currency": "USD",
            "customer_email": "alice@example.com",
            "customer_name": "Alice Johnson",
            "items": [
                {
                    "product_id": "prod_123",
                    "name": "Wireless Headphones",
                    "quantity": 2,
                    "price": "349.99",
                }
            ],
            "shipping_address": _ADDRESS,
            "billing_address": None,
            "payment_method": "credit_card",
            "created_at": "2024-01-15T10:30:00Z",
            "raw": {"id": "order_456", "order_number": "ORD-2024-0456"},
            **_WRITTEN,
        },
    )
]
PREVIEW = [
    OpenApiExample(
        "One product",
        response_only=True,
        value={
            "records": [
                {
                    "values": {"id": "prod_123", "name": "Wireless Headphones"},
                    "sources": {"id": "id", "name": "product_title"},
                    "issues": [],
                    "skipped": False,
                }
            ],
            "unused": ["retail"],
            "suggestions": [
                {
                    "field": "price",
                    "key": "retail",
                    "detail": 'Nothing was found for "price"; "retail" looks like it.',
                }
            ],
        },
    )
]
REPORT = [
    OpenApiExample(
        "Orders readable by anyone",
        response_only=True,
        value={
            "verdict": "fail",
            "checks": [
                {
                    "code": "orders_protected",
                    "verdict": "fail",
                    "title": "Anybody can read your customers' orders",
                    "evidence": "Without a credential, GET /api/orders?page=1&per_page=1"
                    " answered 200, with a list of orders.",
                    "mend": "Close it now: names, addresses and purchases are public.",
                    "curl": "curl -i -H 'Accept: application/json'"
                    " 'https://api.yourstore.com/api/orders?page=1&per_page=1'",
                }
            ],
        },
    )
]
