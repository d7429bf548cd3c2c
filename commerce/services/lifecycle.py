"""Disconnect, reconnect, rotate: what happens to a store after it was connected.

A new credential is tried before the old one is dropped, and the network is asked
before anything is written.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction

from commerce.models import ACTIVE, NoticeKind, Store, StoreStatus, SyncRun, Trigger
from commerce.services import notices
from commerce.services.stores import InvalidStore, check_health, credential_errors
from commerce.services.sync import cancel_run, start_runs
from hiwelink import clock

CREDENTIAL = ["auth_method", "credentials"]
LONGEST_OVERLAP_HOURS = 30 * 24


class NotConnected(Exception):
    """The store holds no credential to replace: reconnect it."""


class StoreGone(Exception):
    """The store was deleted while it was being reconnected."""


def disconnect_store(store: Store) -> None:
    """Drop the credential at once and stop the store's syncs.

    Catalogue, token and chatbots stay. Safe to repeat. A run that somebody starts at
    this very moment is cancelled when a worker takes it up.
    """
    store.status = StoreStatus.DISCONNECTED
    store.credentials = store.next_sync_at = None
    store.save(update_fields=["status", "credentials", "next_sync_at", "updated_at"])
    notices.withdraw(store, NoticeKind.FAILING)
    for run in SyncRun.objects.filter(store_id=store.pk, status__in=ACTIVE):
        cancel_run(run)


def reconnect_store(
    store: Store, *, auth_method: str | None, credentials: dict[str, str]
) -> list[SyncRun]:
    """Check the health with a new credential, then connect and start both syncs.

    The caller queues the runs. Raises InvalidStore, ConnectionFailed or StoreGone; the
    store is as before then.
    """
    take_credential(store, auth_method, credentials)
    with transaction.atomic():
        held = Store.objects.select_for_update(no_key=True).filter(pk=store.pk)
        if not held.filter(deleting_at__isnull=True).exists():
            raise StoreGone
        notices.withdraw(store, NoticeKind.FAILING)
        store.status = StoreStatus.CONNECTED
        store.connected_at = clock.now()
        store.failures_in_a_row = 0
        store.save(
            update_fields=[
                *CREDENTIAL,
                "status",
                "connected_at",
                "failures_in_a_row",
                "updated_at",
            ]
        )
        return [run for run, _ in start_runs(store, trigger=Trigger.RECONNECT)]


def rotate_credentials(
    store: Store, *, auth_method: str | None, credentials: dict[str, str]
) -> None:
    """Replace the credential of a connected store once the new one is proved.

    Raises InvalidStore or ConnectionFailed, and NotConnected also for a store that was
    disconnected meanwhile; the old one stays then.
    """
    if not store.is_connected:
        raise NotConnected
    take_credential(store, auth_method, credentials)
    connected = Store.objects.filter(pk=store.pk, status=StoreStatus.CONNECTED)
    if not connected.update(
        auth_method=store.auth_method, credentials=store.credentials
    ):
        raise NotConnected


def take_credential(
    store: Store, auth_method: str | None, credentials: dict[str, Any]
) -> None:
    store.auth_method = auth_method or store.auth_method
    store.credentials = {key: value.strip() for key, value in credentials.items()}
    if errors := credential_errors(store):
        raise InvalidStore(errors)
    check_health(store)


@transaction.atomic
def rotate_token(store: Store, *, overlap_hours: float = 24) -> None:
    """Give the store a new token; the old one works on for `overlap_hours`.

    One that was replaced before ends at once: two work at most.
    """
    current = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    store.previous_token = current.token if overlap_hours > 0 else None
    store.previous_token_expires_at = (
        clock.now() + timedelta(hours=overlap_hours) if overlap_hours > 0 else None
    )
    store.token = uuid.uuid4()
    store.save(
        update_fields=[
            "token",
            "previous_token",
            "previous_token_expires_at",
            "updated_at",
        ]
    )
