"""Change what a merchant entered when connecting, the credential apart.

A changed address is tried before it is kept, and a credential never follows its store
to another origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from commerce.connector.guard import check_url
from commerce.models import Store
from commerce.services.catalog import lock_mapping
from commerce.services.remapping import request_remap
from commerce.services.schedule import plan_next_sync
from commerce.services.stores import (
    InvalidStore,
    address_errors,
    check_health,
    mapping_errors,
)

ADDRESSES = frozenset({"base_url", "health_path", "products_path", "orders_path"})
EDITABLE = ADDRESSES | {
    "name",
    "storefront_url",
    "field_mappings",
    "per_page",
    "sync_interval_minutes",
    "currency",
    "language",
}
MAX_INTERVAL_MINUTES = 43_200  # 30 days
OTHER_ORIGIN = (
    "The stored credential is not sent to another address than the one it was given "
    "for. Disconnect the store, change its address, then reconnect it with the "
    "credential."
)


class StoreChanged(Exception):
    """Somebody moved, disconnected or deleted the store while it was being changed."""


def update_store(store: Store, changes: Mapping[str, Any]) -> Store:
    """Apply `changes` ({model field: value}, of EDITABLE) and return the store.

    A connected store whose address or paths change is asked for its health first. A
    changed mapping re-maps what is stored; the caller queues the first slice of it.
    Raises InvalidStore, ConnectionFailed or StoreChanged; nothing is changed then.
    """
    before = {name: getattr(store, name) for name in (*EDITABLE, "status")}
    for name, value in changes.items():
        setattr(store, name, value)
    changed = {name for name in EDITABLE if getattr(store, name) != before[name]}
    errors = address_errors(store) | mapping_errors(store)
    if "base_url" not in errors and leaves_origin(store, before["base_url"]):
        errors["base_url"] = OTHER_ORIGIN
    if errors:
        raise InvalidStore(errors)
    if changed & ADDRESSES and store.is_connected:
        check_health(store)
    save(store, changed, before)
    return store


def leaves_origin(store: Store, old_base_url: str) -> bool:
    """Whether a store that holds a credential would be asked somewhere else."""
    if not store.is_connected:
        return False
    return origin_of(store.base_url) != origin_of(old_base_url)


def origin_of(base_url: str) -> tuple[str, str]:
    """Return scheme, and host with port, in their one normal form."""
    parts = urlsplit(check_url(base_url))
    return parts.scheme, parts.netloc


@transaction.atomic
def save(store: Store, changed: set[str], before: Mapping[str, Any]) -> None:
    """Write the changed columns, unless the address judged is no longer the store's.

    Raises StoreChanged: a credential given meanwhile belongs to another address.
    """
    if "field_mappings" in changed:
        lock_mapping(store, to_change=True)
    current = (
        Store.objects.select_for_update(no_key=True)
        .filter(pk=store.pk, deleting_at__isnull=True)
        .first()
    )
    if current is None:
        raise StoreChanged
    if changed & ADDRESSES and any(
        getattr(current, name) != before[name] for name in ("base_url", "status")
    ):
        raise StoreChanged
    if "field_mappings" in changed:
        store.id_sources = {}  # other ids are what was asked for
        changed = changed | {"id_sources"}
    store.save(update_fields=[*changed, "updated_at"])
    if "sync_interval_minutes" in changed:
        plan_next_sync(store)
    if "field_mappings" in changed:
        request_remap(store)
