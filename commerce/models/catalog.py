"""Products and orders as last seen at their store."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Value
from django.db.models.functions import Concat, Upper
from django.utils import timezone

from commerce.mapping.links import ProductLink, product_url
from commerce.mapping.money import current_price
from commerce.models.stores import Store


class StockStatus(models.TextChoices):
    IN_STOCK = "in_stock", "In stock"
    OUT_OF_STOCK = "out_of_stock", "Out of stock"


def price_field() -> models.DecimalField[Any, Any]:
    """An amount in major units of the currency: 19.90, not 1990. Null: not told."""
    return models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)


class CatalogRecord(models.Model):
    """What products and orders share: whose they are, who wrote them, and when."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    external_id = models.CharField(max_length=190)  # text: some stores use UUIDs
    # The record as sent, made storable: a changed mapping re-maps from here.
    raw = models.JSONField(default=dict)
    # Hashes of `raw` and of the mapped values; an unchanged record is not rewritten.
    raw_hash = models.BinaryField(max_length=16)
    content_hash = models.BinaryField(max_length=16)
    # [{"field", "code", "detail"}]: values that could not be read as sent.
    warnings = models.JSONField(default=list, blank=True)

    # When the store was asked for, or sent, what is stored. Older news is refused.
    observed_at = models.DateTimeField()
    written_by_type = models.CharField(max_length=12)  # sync_run, delivery, remap
    written_by_id = models.UUIDField(null=True)
    # The run or delivery that first brought the record.
    created_by_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    # When the content last changed, not when it was last confirmed.
    updated_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def written_by(self) -> dict[str, str | None]:
        return {
            "type": self.written_by_type,
            "id": str(self.written_by_id) if self.written_by_id else None,
        }


# All that a search of products looks in, as one text: one index narrows it down.
SEARCHED = Concat("name", Value("\n"), "sku", Value("\n"), "external_id")


class Product(CatalogRecord):
    """One product of one store, as last seen at that store's API."""

    # Every index begins with the store already.
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="products", db_index=False
    )
    name = models.CharField(max_length=500)
    sku = models.CharField(max_length=190, blank=True)
    description = models.TextField(blank=True)
    short_description = models.TextField(blank=True)
    price = price_field()
    regular_price = price_field()
    sale_price = price_field()
    currency = models.CharField(max_length=3, blank=True)  # as told with the price
    stock_status = models.CharField(
        max_length=12, choices=StockStatus.choices, blank=True
    )
    stock_quantity = models.IntegerField(null=True, blank=True)
    categories = models.JSONField(default=list, blank=True)
    tags = models.JSONField(default=list, blank=True)
    images = models.JSONField(default=list, blank=True)
    attributes = models.JSONField(default=dict, blank=True)  # name -> list of values
    permalink = models.CharField(max_length=2000, blank=True)
    slug = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "external_id"], name="product_store_external_id"
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "name", "id"],
                condition=models.Q(deleted_at__isnull=True),
                name="product_live_by_name",
            ),
            models.Index(fields=["store", "updated_at"], name="product_changed"),
            # What the charts of a store's catalogue count, day by day.
            models.Index(fields=["store", "created_at"], name="product_came"),
            models.Index(
                fields=["store", "deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="product_went",
            ),
            GinIndex(
                OpClass(Upper(SEARCHED), name="gin_trgm_ops"), name="product_search"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current_price(self) -> Decimal | None:
        return current_price(self.price, self.sale_price)

    @property
    def link(self) -> ProductLink:
        return product_url(
            self.permalink or None,
            self.slug or None,
            base_url=self.store.base_url,
            storefront_url=self.store.storefront_url,
        )


class Order(CatalogRecord):
    """One order of one store; read only to answer the shopper it belongs to."""

    # Every index begins with the store already.
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="orders", db_index=False
    )
    order_number = models.CharField(max_length=190, blank=True)
    status = models.CharField(max_length=100, blank=True)
    total = price_field()
    subtotal = price_field()
    tax = price_field()
    shipping = price_field()
    currency = models.CharField(max_length=3, blank=True)
    customer_email = models.CharField(max_length=320, blank=True)
    customer_name = models.CharField(max_length=300, blank=True)
    # [{"product_id", "name", "quantity", "price"}], price as money text.
    items = models.JSONField(default=list, blank=True)
    shipping_address = models.JSONField(default=dict, blank=True)
    billing_address = models.JSONField(default=dict, blank=True)
    payment_method = models.CharField(max_length=200, blank=True)
    placed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "external_id"], name="order_store_external_id"
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "-placed_at", "id"],
                condition=models.Q(deleted_at__isnull=True),
                name="order_live_newest",
            ),
            models.Index(fields=["store", "order_number"], name="order_by_number"),
            # What a shopper's order is looked up by.
            models.Index("store", Upper("customer_email"), name="order_by_email"),
        ]

    def __str__(self) -> str:
        return self.order_number or self.external_id
