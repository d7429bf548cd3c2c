"""The demo store's catalogue and orders, as its own API sends them, in our database."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils import timezone

from chatbot.indexing import index_words
from chatbot.models import Chatbot
from chatbot.tasks import index_store
from commerce.models import Store
from commerce.services.catalog import Writer, save_records
from tests.factories import make_store

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "fastapi_store"
SHOP = "https://cairn.example"
# Prints every page of the demo store's /api/products and /api/orders.
_SEND = """
import json
from database import db
from store_api import list_orders, list_products
db.build()
print(json.dumps([
    [row for page in (1, 2, 3) for row in serve(page, 100, None)["data"]]
    for serve in (list_products, list_orders)
]))
"""
SHOP_FACTS = """\
Shipping
Orders placed before noon leave the same day, all others on the next working day.
Standard shipping takes 3 to 5 working days and costs $7.95; it is free from $75.
Express shipping takes 1 to 2 working days and costs $18.00.
We ship within the United States and to Canada.

Returns
You may return anything within 60 days in a state we could sell again.
The return label costs $6.00, and nothing when we sent the wrong thing.
Opened coffee, tea and candles cannot be returned.

Repairs
Our workshop mends what we sold for the cost of the parts, however old it is.

Visit us
14 Wharf Street, Portland, Maine. We are open Tuesday to Saturday, 9 am to 6 pm.
Dogs are welcome.
"""
CONTACT = "write to hello@cairn.example or call 207-555-0142"


@cache
def records() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with TemporaryDirectory() as folder:
        sent = subprocess.run(
            [sys.executable, "-c", _SEND],
            cwd=FOLDER,
            capture_output=True,
            text=True,
            check=True,
            env={"STORE_DB": f"{folder}/store.sqlite3", "STORE_URL": SHOP},
        )
    products, orders = json.loads(sent.stdout)
    return products, orders


def make_shop(*, products: int | None = None, has_vectors: bool = False) -> Store:
    """The demo store, synced and indexed; only its first `products`, if given.

    has_vectors: also embedded, which takes seconds.
    """
    store = make_store(
        name="Cairn & Kettle", base_url=SHOP, storefront_url=SHOP, currency="USD"
    )
    catalogue, orders = records()
    for resource, rows in (("products", catalogue[:products]), ("orders", orders)):
        save_records(
            store,
            resource,
            rows,
            observed_at=timezone.now(),
            writer=Writer("sync_run"),
        )
    index_store(store.pk) if has_vectors else index_words(store)
    return store


def make_chatbot(store: Store, **fields: Any) -> Chatbot:
    values: dict[str, Any] = {
        "name": "Kettle",
        "shop_facts": SHOP_FACTS,
        "contact": CONTACT,
    }
    return Chatbot.objects.create(store=store, **(values | fields))
