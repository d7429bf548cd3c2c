"""Staff pages of products, orders and what changed of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from commerce.models import Order, Product, RecordChange, SyncRun
from hiwelink.admin import ReadOnlyAdmin, link_to, link_to_list, pretty

WRITTEN: list[Any] = [
    ("written_by_", "observed_at"),
    ("created_at", "updated_at", "deleted_at"),
    "warnings_",
    "raw_",
]


@admin.register(RecordChange)
class RecordChangeAdmin(ReadOnlyAdmin):
    """What runs changed of records that were known before."""

    list_display = ["external_id", "title", "kind", "fields_", "run_"]
    list_filter = ["kind", "run__resource"]
    list_select_related = ["run__store"]
    search_fields = ["=external_id", "=run__uid", "=run__store__uid"]
    ordering = ["-id"]
    fields = ["run_", ("kind", "external_id", "title"), "changes_"]

    @admin.display(description="run")
    def run_(self, change: RecordChange) -> SafeString | str:
        return link_to(change.run)

    @admin.display(description="fields")
    def fields_(self, change: RecordChange) -> str:
        return ", ".join(change.fields) or "—"

    @admin.display(description="before and after")
    def changes_(self, change: RecordChange) -> SafeString:
        return pretty(change.fields)


class CatalogAdmin(ReadOnlyAdmin):
    """Products and orders: the store says what they are."""

    list_select_related = ["store"]
    ordering = ["-id"]

    @admin.display(description="store", ordering="store__name")
    def store_(self, record: Product | Order) -> SafeString | str:
        return link_to(record.store)

    @admin.display(description="deleted", boolean=True)
    def is_deleted(self, record: Product | Order) -> bool:
        return record.deleted_at is not None

    @admin.display(description="as sent")
    def raw_(self, record: Product | Order) -> SafeString:
        return pretty(record.raw)

    @admin.display(description="warnings")
    def warnings_(self, record: Product | Order) -> SafeString:
        return pretty(record.warnings)

    @admin.display(description="written by")
    def written_by_(self, record: Product | Order) -> SafeString | str:
        if record.written_by_type != "sync_run":
            return f"{record.written_by_type} {record.written_by_id or ''}"
        return link_to_list(SyncRun, "a sync run", uid__exact=record.written_by_id)


@admin.register(Product)
class ProductAdmin(CatalogAdmin):
    list_display = [
        "name",
        "external_id",
        "sku",
        "store_",
        "current_price",
        "currency",
        "stock_status",
        "is_deleted",
        "updated_at",
    ]
    list_filter = [
        "stock_status",
        ("deleted_at", admin.EmptyFieldListFilter),
        "updated_at",
    ]
    search_fields = ["name", "sku", "=external_id", "=uid", "=store__uid"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "store_",
                    ("external_id", "sku", "uid"),
                    ("current_price", "price", "regular_price", "sale_price"),
                    ("currency", "stock_status", "stock_quantity"),
                    "categories",
                    "tags",
                    "attributes",
                    "images",
                    "short_description",
                    "description",
                    ("permalink", "slug"),
                ]
            },
        ),
        ("Where it came from", {"fields": WRITTEN}),
    ]


@admin.register(Order)
class OrderAdmin(CatalogAdmin):
    list_display = [
        "__str__",
        "external_id",
        "store_",
        "status",
        "total",
        "currency",
        "customer_email",
        "placed_at",
        "is_deleted",
        "updated_at",
    ]
    list_filter = [
        ("deleted_at", admin.EmptyFieldListFilter),
        "placed_at",
        "updated_at",
    ]
    search_fields = [
        "=order_number",
        "=external_id",
        "=uid",
        "customer_email",
        "=store__uid",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "order_number",
                    "store_",
                    ("external_id", "uid"),
                    ("status", "placed_at", "payment_method"),
                    ("total", "subtotal", "tax", "shipping", "currency"),
                    ("customer_name", "customer_email"),
                    "items",
                    "shipping_address",
                    "billing_address",
                ]
            },
        ),
        ("Where it came from", {"fields": WRITTEN}),
    ]
