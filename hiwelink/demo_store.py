"""The demo merchant, connected to the demo store like any other: over HTTP."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

EMAIL = "demo@example.com"
PASSWORD = "demo-hiwelink"
# What the demo store's own pages say (examples/fastapi_store/pages).
SHOP_FACTS = """\
Shipping
Orders placed before noon leave the same day, all others on the next working day.
Standard shipping takes 3 to 5 working days and costs $7.95; it is free from $75.
Express shipping takes 1 to 2 working days and costs $18.00.
You can pick your order up on Wharf Street the same day, for free.
We ship within the United States and to Canada.
Fuel canisters and lithium battery packs travel by ground only.

Returns
You may send anything back within 60 days in a state we could sell again.
We refund what you paid at the latest five working days after it reaches us.
The return label costs $6.00, and nothing when we sent the wrong thing.
Opened coffee, tea and candles cannot be returned unless something is wrong with them.

Repairs
Our workshop mends what we sold for the cost of the parts, however old it is.

Visit us
14 Wharf Street, Portland, Maine. We are open Tuesday to Saturday, 9 am to 6 pm.
Dogs are welcome.
"""
QUESTIONS = [
    "What costs less than $20?",
    "Which tents do you have?",
    "How much is shipping?",
    "Where is my order?",
]


def api_key(data_dir: Path) -> str:
    """Return the key the demo store asks for, made once and kept 0600."""
    folder = data_dir / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "api_key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"sk_demo_{secrets.token_hex(16)}")
    return path.read_text().strip()


def ensure_demo(environment: dict[str, str]) -> None:
    """Create the demo merchant, connect the demo store and give it a chatbot.

    Safe to repeat: what was done is left as the merchant changed it.
    """
    from chatbot.models import Chatbot
    from commerce.models import Store
    from commerce.services.stores import StoreDraft, connect_store
    from commerce.tasks import queue_next
    from hiwelink.accounts.models import User
    from hiwelink.accounts.services import create_merchant, own_membership

    user = User.objects.filter(email=EMAIL).first() or create_merchant(
        email=EMAIL, password=PASSWORD, name="Demo merchant"
    )
    workspace = own_membership(user).workspace
    address = environment["STORE_URL"]
    store = Store.objects.filter(workspace=workspace).order_by("id").first()
    if store is None:
        store, _ = connect_store(
            workspace,
            StoreDraft(
                name="Demo store",
                base_url=address,
                environment="sandbox",
                auth_method="api_key",
                credentials={"api_key": environment["HIWELINK_API_KEY"]},
                currency="USD",
            ),
        )
        queue_next(store.pk)
    elif store.base_url != address:  # started with another port this time
        store.base_url = address
        store.save(update_fields=["base_url"])
    chatbot = store.chatbots.order_by("id").first() or Chatbot.objects.create(
        store=store,
        name="Cairn & Kettle",
        greeting="Hello! Ask me about anything in the shop, or about your order.",
        accent_color="#2f5d46",
        suggested_questions=QUESTIONS,
        shop_facts=SHOP_FACTS,
        contact="visit us at 14 Wharf Street, Tuesday to Saturday",
        allowed_origins=[address],
    )
    if address not in chatbot.allowed_origins:  # another port this time
        chatbot.allowed_origins = [*chatbot.allowed_origins, address]
        chatbot.save(update_fields=["allowed_origins"])
    Path(environment["HIWELINK_STORE_TOKEN_FILE"]).write_text(str(store.token))
    Path(environment["HIWELINK_CHATBOT_ID_FILE"]).write_text(str(chatbot.public_id))
