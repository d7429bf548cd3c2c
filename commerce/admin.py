"""Staff's view of stores and what was synced: to look and to act, not to rewrite."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from commerce.models import Order, Product, Store, SyncIssue, SyncRun
from commerce.services.sync import cancel_run, start_runs
from commerce.tasks import queue_next


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows the system writes: editing one would make it lie."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


@admin.register(Store)
class StoreAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = [
        "name",
        "workspace",
        "status",
        "environment",
        "base_url",
        "failures_in_a_row",
        "last_synced_at",
    ]
    list_filter = ["status", "environment", "auth_method", "created_at"]
    list_select_related = ["workspace"]
    search_fields = ["name", "base_url", "uid", "token", "workspace__name"]
    date_hierarchy = "created_at"
    # No credential is readable here, and addresses are changed by their merchants.
    exclude = ["credentials"]
    actions = ["sync_now"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Store | None = None
    ) -> list[str]:
        editable = {"name", "sync_interval_minutes", "per_page", "currency", "language"}
        return [
            field.name
            for field in Store._meta.fields
            if field.name not in editable | {"credentials"}
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Sync now")
    def sync_now(self, request: HttpRequest, stores: QuerySet[Store]) -> None:
        connected = [store for store in stores if store.is_connected]
        for store in connected:
            start_runs(store)
            queue_next(store.pk)
        self.message_user(request, f"{len(connected)} stores are being synced.")
        if left := stores.count() - len(connected):
            self.message_user(
                request, f"{left} stores are disconnected.", messages.WARNING
            )


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = [
        "uid",
        "store",
        "resource",
        "trigger",
        "status",
        "records_read",
        "skipped",
        "error_code",
        "created_at",
    ]
    list_filter = ["status", "resource", "trigger", "error_code", "created_at"]
    list_select_related = ["store"]
    search_fields = ["uid", "store__name", "store__uid"]
    date_hierarchy = "created_at"
    actions = ["cancel"]

    @admin.action(description="Cancel", permissions=["view"])
    def cancel(self, request: HttpRequest, runs: QuerySet[SyncRun]) -> None:
        cancelled = sum(cancel_run(run) for run in runs)
        for store_id in {run.store_id for run in runs}:
            queue_next(store_id)
        self.message_user(request, f"{cancelled} runs were cancelled.")


@admin.register(SyncIssue)
class SyncIssueAdmin(ReadOnlyAdmin):
    list_display = ["code", "field", "external_id", "is_skip", "run", "created_at"]
    list_filter = ["code", "is_skip", "created_at"]
    list_select_related = ["run", "run__store"]
    search_fields = ["external_id", "run__uid", "run__store__name"]


class CatalogAdmin(ReadOnlyAdmin):
    """Products and orders: what a merchant sees, and who wrote it."""

    list_select_related = ["store"]
    exclude = ["raw_hash", "content_hash"]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [("deleted_at", admin.EmptyFieldListFilter), "updated_at"]


@admin.register(Product)
class ProductAdmin(CatalogAdmin):
    list_display = [
        "name",
        "store",
        "external_id",
        "price",
        "stock_status",
        "updated_at",
    ]
    search_fields = ["external_id", "name", "sku", "store__name", "store__uid"]


@admin.register(Order)
class OrderAdmin(CatalogAdmin):
    list_display = ["__str__", "store", "external_id", "status", "total", "placed_at"]
    search_fields = ["external_id", "order_number", "customer_email", "store__uid"]
    date_hierarchy = "placed_at"
