"""What stores sent us: every delivery, and how its sender is known."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from commerce.models import Store
from hiwelink.fields import EncryptedTextField

# How much is kept of a body that cannot be replayed, and shown of any.
KEPT_BYTES = 64 * 1024


class Endpoint(models.TextChoices):
    PRODUCTS = "products", "Products"
    ORDERS = "orders", "Orders"
    SYNC = "sync", "Bulk sync"


class DeliveryStatus(models.TextChoices):
    RECEIVED = "received", "Received"  # stored, not applied yet
    QUEUED = "queued", "Queued"  # a large body, applied in the background
    APPLIED = "applied", "Applied"
    UNCHANGED = "unchanged", "Unchanged"
    DUPLICATE = "duplicate", "Duplicate"
    REFUSED = "refused", "Refused"  # the sender has to change something
    FAILED = "failed", "Failed"  # we have to; it can be replayed


class SignatureVerdict(models.TextChoices):
    UNSIGNED = "unsigned", "Unsigned"
    VALID = "valid", "Valid"
    INVALID = "invalid", "Invalid"
    UNCHECKED = "unchecked", "Not checked"  # refused before it came to that


class Delivery(models.Model):
    """One request to a webhook address of a store, the refused ones included."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="deliveries", db_index=False
    )
    received_at = models.DateTimeField(default=timezone.now)
    endpoint = models.CharField(max_length=8, choices=Endpoint.choices)
    method = models.CharField(max_length=10, default="POST")
    # As sent: product.updated, order.created ...; "sync" for bulk bodies.
    event = models.CharField(max_length=40, blank=True)
    remote_address = models.CharField(max_length=45, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    signature = models.CharField(
        max_length=10,
        choices=SignatureVerdict.choices,
        default=SignatureVerdict.UNCHECKED,
    )

    # As sent when it may be replayed; of a refused one the beginning, secrets masked.
    body = models.BinaryField(default=bytes, blank=True)
    body_bytes = models.PositiveIntegerField(default=0)
    is_replayable = models.BooleanField(default=False)
    # `webhook-id` or `Idempotency-Key`; given up when the delivery fails, so that its
    # sender may try again.
    dedup_key = models.CharField(max_length=190, null=True, blank=True)  # noqa: DJ001

    status = models.CharField(max_length=10, choices=DeliveryStatus.choices)
    # What we answered; null when the request was cut off before its answer.
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)

    # created, updated, revived, deleted, unchanged or stale; "" for bulk bodies.
    outcome = models.CharField(max_length=10, blank=True)
    external_id = models.CharField(max_length=190, blank=True)
    changes = models.JSONField(default=dict, blank=True)  # {field: [before, after]}
    issues = models.JSONField(default=list, blank=True)  # [{"field","code","detail"}]
    # Bulk bodies: {"created": 3, ...}, and the uids of the runs to watch.
    counts = models.JSONField(default=dict, blank=True)
    sync_runs = models.JSONField(default=list, blank=True)
    # Records of a bulk body that were dealt with; where its next slice starts.
    position = models.PositiveIntegerField(default=0)

    # When work that was not finished may be taken up; null: there is none.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    replayed_at = models.DateTimeField(null=True, blank=True)
    replay_outcome = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["store", "dedup_key"],
                condition=Q(dedup_key__isnull=False),
                name="delivery_once",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="delivery_store_newest"),
            models.Index(fields=["received_at"], name="delivery_received"),
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="delivery_due",
            ),
            # Whole large bodies, until they are cut: see services/pruning.py.
            models.Index(
                fields=["received_at"],
                condition=Q(body_bytes__gt=KEPT_BYTES, is_replayable=True),
                name="delivery_large",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event or self.endpoint} of {self.received_at:%Y-%m-%d %H:%M:%S}"

    @property
    def is_body_cut(self) -> bool:
        """Whether less is kept than was sent."""
        return len(self.body) < self.body_bytes

    @property
    def error(self) -> dict[str, str] | None:
        if not self.error_code:
            return None
        return {"code": self.error_code, "detail": self.error_detail}


class WebhookSecret(models.Model):
    """What a store signs its webhooks with; two are valid while one replaces the other."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="webhook_secrets")
    secret: Any = EncryptedTextField()
    created_at = models.DateTimeField(default=timezone.now)
    # Null: in use. Set when a newer one replaced it.
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(expires_at__isnull=True),
                name="webhooksecret_one_in_use",
            ),
        ]

    def __str__(self) -> str:
        return f"secret of {self.created_at:%Y-%m-%d}"


class WebhookSettings(models.Model):
    """What a store's merchant decided about its webhooks. No row: the defaults."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="webhook_settings")
    require_signatures = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "webhook settings"

    def __str__(self) -> str:
        return f"webhooks of {self.store}"


class ThrottledHour(models.Model):
    """How many requests of a store were turned away with 429 in one hour."""

    store = models.ForeignKey(
        Store, models.CASCADE, related_name="throttled_hours", db_index=False
    )
    hour = models.DateTimeField()  # its beginning, UTC
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-hour"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "hour"], name="throttledhour_store_hour"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} at {self.hour:%Y-%m-%d %H:00}"
