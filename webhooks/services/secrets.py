"""A store's webhook secrets: made here, shown once, two valid while one is replaced."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from commerce.models import Store
from hiwelink import clock
from webhooks.models import WebhookSecret, WebhookSettings
from webhooks.signatures import make_secret

LONGEST_OVERLAP_HOURS = 30 * 24


class NoSecret(Exception):
    """Signatures cannot be required of a store that has nothing to sign with."""


@transaction.atomic
def rotate_secret(store: Store, *, overlap_hours: float = 24) -> str:
    """Make a new secret and return it, for the only time.

    The one in use works on for `overlap_hours`; any older one ends now, so that never
    more than two are valid.
    """
    now = clock.now()
    Store.objects.select_for_update().get(pk=store.pk)
    secrets = WebhookSecret.objects.filter(store=store)
    secrets.filter(expires_at__isnull=False).delete()
    if overlap_hours > 0:
        secrets.update(expires_at=now + timedelta(hours=overlap_hours))
    else:
        secrets.delete()
    secret = make_secret()
    WebhookSecret.objects.create(store=store, secret=secret, created_at=now)
    return secret


def valid_secrets(store: Store, now: datetime) -> list[str]:
    rows = WebhookSecret.objects.filter(store=store).filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    )
    return [row.secret for row in rows]


@transaction.atomic
def set_require_signatures(store: Store, required: bool) -> None:
    """Refuse unsigned webhooks of this store from now on, or accept them again.

    Raises NoSecret while the store has no secret: nothing could come in any more.
    """
    Store.objects.select_for_update().get(pk=store.pk)
    if required and not has_secret(store):
        raise NoSecret
    WebhookSettings.objects.update_or_create(
        store=store, defaults={"require_signatures": required}
    )


def requires_signatures(store: Store) -> bool:
    return WebhookSettings.objects.filter(store=store, require_signatures=True).exists()


def has_secret(store: Store) -> bool:
    return bool(valid_secrets(store, clock.now()))
