"""Examples of the OpenAPI schema."""

from drf_spectacular.utils import OpenApiExample

_DELIVERY = {
    "id": "0d6c7c5e-6a5e-4f2e-9d57-5d5fb8a8b0b4",
    "received_at": "2024-01-15T10:30:00Z",
    "endpoint": "products",
    "method": "POST",
    "event": "product.updated",
    "status": "applied",
    "http_status": 200,
    "signature": "valid",
    "outcome": "updated",
    "external_id": "prod_123",
    "error": None,
    "counts": {},
    "sync_runs": [],
    "remote_address": "203.0.113.7",
    "body_bytes": 118,
    "duration_ms": 9,
    "finished_at": "2024-01-15T10:30:00Z",
    "is_replayable": True,
    "replayed_at": None,
    "replay_outcome": None,
}
DELIVERY = [
    OpenApiExample("product.updated", response_only=True, value=_DELIVERY),
]
DELIVERY_DETAIL = [
    OpenApiExample(
        "product.updated",
        response_only=True,
        value=_DELIVERY
        | {
            "headers": {"content-type": "application/json"},
            "body": '{"event": "product.updated", "data": {"id": "prod_123", '
            '"price": 349.99}}',
            "changes": {"price": ["399.99", "349.99"]},
            "issues": [],
        },
    ),
]
