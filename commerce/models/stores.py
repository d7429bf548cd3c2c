"""A merchant's connected store."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from hiwelink.accounts.models import Workspace
from hiwelink.fields import EncryptedJSONField


class Environment(models.TextChoices):
    PRODUCTION = "production", "Production"
    SANDBOX = "sandbox", "Sandbox"


class AuthMethod(models.TextChoices):
    API_KEY = "api_key", "API key"
    BEARER_TOKEN = "bearer_token", "Bearer token"
    BASIC_AUTH = "basic_auth", "Basic auth"


class StoreStatus(models.TextChoices):
    CONNECTED = "connected", "Connected"
    DISCONNECTED = "disconnected", "Disconnected"


class Store(models.Model):
    """A store that speaks REST: where it is, how to ask it, when it was last asked."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="stores")
    # The role in it of the user it was found for: see selectors.stores_of.
    role: str
    name = models.CharField(max_length=120)
    environment = models.CharField(max_length=10, choices=Environment.choices)
    status = models.CharField(max_length=12, choices=StoreStatus.choices)

    base_url = models.CharField(max_length=500)
    # Where shoppers go, when that is not where the API is.
    storefront_url = models.CharField(max_length=500, blank=True)
    health_path = models.CharField(max_length=300, default="/health")
    products_path = models.CharField(max_length=300, default="/api/products")
    orders_path = models.CharField(max_length=300, default="/api/orders")
    auth_method = models.CharField(max_length=12, choices=AuthMethod.choices)
    # {"api_key"} | {"token"} | {"username", "password"}; null once disconnected.
    credentials: Any = EncryptedJSONField(null=True, blank=True)

    field_mappings = models.JSONField(default=dict, blank=True)
    per_page = models.PositiveSmallIntegerField(
        default=50, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    sync_interval_minutes = models.PositiveIntegerField(
        default=60,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(43_200)],
    )
    # ISO 4217; what a price without a currency is in.
    currency = models.CharField(max_length=3, blank=True)
    language = models.CharField(max_length=10, default="en", blank=True)

    # Names the store in webhook addresses.
    token = models.UUIDField(default=uuid.uuid4, unique=True)
    previous_token = models.UUIDField(null=True, blank=True, unique=True)
    previous_token_expires_at = models.DateTimeField(null=True, blank=True)

    # The record key ids last came from, per resource: a change of it renames everything.
    id_sources = models.JSONField(default=dict, blank=True)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    next_sync_at = models.DateTimeField(null=True, blank=True, db_index=True)
    last_synced_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(default=timezone.now)
    # Set when its merchant deleted it: gone from every page, removed in the background.
    deleting_at = models.DateTimeField(null=True, blank=True)
    # Rows that go with it, once counted, and those that went.
    deletion_total = models.PositiveBigIntegerField(null=True, blank=True)
    deletion_done = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="disconnected")
                | models.Q(credentials__isnull=True),
                name="store_disconnected_has_no_credentials",
            ),
            models.CheckConstraint(
                condition=models.Q(per_page__range=(1, 100)), name="store_per_page"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_connected(self) -> bool:
        return self.status == StoreStatus.CONNECTED

    @property
    def deletion_percent(self) -> int | None:
        """How far the removal of its rows is; None while they are not counted."""
        if self.deletion_total is None:
            return None
        return min(99, round(100 * self.deletion_done / max(1, self.deletion_total)))

    @property
    def home_url(self) -> str:
        return self.storefront_url or self.base_url

    @property
    def webhook_urls(self) -> dict[str, str]:
        root = f"{settings.PUBLIC_BASE_URL}/api/generic-api/webhooks/{self.token}"
        return {part: f"{root}/{part}" for part in ("products", "orders", "sync")}
