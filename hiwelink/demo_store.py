"""The demo merchant, connected to the demo store like any other: over HTTP."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

EMAIL = "demo@example.com"
PASSWORD = "demo-hiwelink"


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
    """Create the demo merchant and connect the demo store, unless that was done."""
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
    Path(environment["HIWELINK_STORE_TOKEN_FILE"]).write_text(str(store.token))
