"""The demo store's catalogue, in our database through the ordinary way in."""

import importlib
import sys
from dataclasses import asdict
from pathlib import Path

from django.utils import timezone

from chatbot.tasks import index_store
from commerce.models import Store
from commerce.services.catalog import Writer, save_records
from tests.factories import make_store

EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_store"


def demo_records() -> list[dict]:
    """The products as the demo store serves them."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        products = importlib.import_module("departments").load_products()
    finally:
        sys.path.remove(str(EXAMPLE))
    records = [asdict(product) for product in products]
    for record in records:
        record["stock_quantity"] = record.pop("stock")
        record["currency"] = "USD"
    return records


def make_demo_store(**fields) -> Store:
    store = make_store(currency="USD", **fields)
    records = demo_records()
    for start in range(0, len(records), 100):
        save_records(
            store,
            "products",
            records[start : start + 100],
            observed_at=timezone.now(),
            writer=Writer("sync_run"),
        )
    index_store(store.pk)
    return store
