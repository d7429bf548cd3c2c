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
_UID = "88bedac0-a8da-4700-8d07-5dbbf4fdfd6d"
_WEBHOOKS = f"https://www.hiwelink.com/api/generic-api/webhooks/{_UID}"
STORE = [
    OpenApiExample(
        "Connected",
        response_only=True,
        value={
            "id": "6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11",
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
            "store_token": _UID,
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
SYNC_RUN: list[OpenApiExample] = []
PRODUCT: list[OpenApiExample] = []
ORDER: list[OpenApiExample] = []
