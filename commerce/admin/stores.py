"""Staff pages of stores, and what was said and done about them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from commerce.models import Notice, Order, Product, Remap, Store, SyncRun
from commerce.selectors import counts_of
from commerce.services.deletion import request_deletion
from commerce.services.lifecycle import disconnect_store
from commerce.services.store_settings import update_store
from commerce.services.sync import start_runs
from commerce.tasks import delete_store, queue_next
from hiwelink.admin import (
    QuickAdmin,
    ReadOnlyAdmin,
    ask_first,
    link_to,
    link_to_list,
    pretty,
)
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act
from hiwelink.worker.queue import queue

# What needs no test of the store; the rest of it is its merchant's to change.
CHANGEABLE = ["per_page", "sync_interval_minutes"]
ASKED: list[Any] = [
    "environment",
    "base_url",
    "storefront_url",
    ("health_path", "products_path", "orders_path"),
    ("auth_method", "has_credentials"),
    ("currency", "language"),
    "mappings",
]
TIMES: list[Any] = [
    ("created_at", "connected_at"),
    ("last_synced_at", "next_sync_at", "failures_in_a_row"),
    "deleting_at",
]


@admin.register(Store)
class StoreAdmin(QuickAdmin):
    """What is tested when a merchant enters it cannot be changed here."""

    list_display = [
        "name",
        "workspace_",
        "status",
        "environment",
        "base_url",
        "last_synced_at",
        "failures_in_a_row",
    ]
    list_filter = [
        "status",
        "environment",
        "auth_method",
        ("deleting_at", admin.EmptyFieldListFilter),
        "last_synced_at",
        "created_at",
    ]
    list_select_related = ["workspace"]
    date_hierarchy = "created_at"
    # A token as it stands in a webhook's address finds its store; it is not shown.
    search_fields = [
        "name",
        "base_url",
        "=uid",
        "=token",
        "workspace__name",
        "workspace__members__email",
    ]
    ordering = ["-id"]
    actions = ["sync_now", "disconnect"]
    fieldsets = [
        (None, {"fields": ["name", ("workspace_", "uid"), ("status", "contents")]}),
        ("How it is asked", {"fields": [*ASKED, *CHANGEABLE]}),
        ("When", {"fields": [*TIMES]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # connecting asks the store first

    def get_readonly_fields(
        self, request: HttpRequest, obj: Store | None = None
    ) -> list[str]:
        names = flatten_fieldsets(self.fieldsets)
        return [name for name in names if name not in {"name", *CHANGEABLE}]

    def has_change_permission(
        self, request: HttpRequest, obj: Store | None = None
    ) -> bool:
        if obj is not None and obj.deleting_at:
            return False
        return super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Store, form: Any, change: bool
    ) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        update_store(Store.objects.get(pk=obj.pk), changes)
        told = ", ".join(form.changed_data)
        record_act(request, obj.workspace, Act.STORE_CHANGED, obj.name, told)

    @admin.display(description="workspace", ordering="workspace__name")
    def workspace_(self, store: Store) -> SafeString | str:
        return link_to(store.workspace)

    @admin.display(boolean=True)
    def has_credentials(self, store: Store) -> bool:
        return store.credentials is not None

    @admin.display(description="field mappings")
    def mappings(self, store: Store) -> SafeString:
        return pretty(store.field_mappings)

    @admin.display(description="holds")
    def contents(self, store: Store) -> SafeString:
        counts = counts_of([store])[store.pk]
        parts = [
            link_to_list(model, label, store__id__exact=store.pk)
            for model, label in (
                (Product, f"products ({counts['products']})"),
                (Order, f"orders ({counts['orders']})"),
                (SyncRun, "sync runs"),
                # Of later apps, which this one does not know.
                (of_later_app("deliveries"), "webhooks"),
                (of_later_app("chatbots"), "chatbots"),
                (of_later_app("search_index"), "search index"),
            )
        ]
        return format_html_join(" · ", "{}", ((part,) for part in parts))

    @admin.action(description="Sync now", permissions=["change"])
    def sync_now(self, request: HttpRequest, stores: QuerySet[Store]) -> None:
        """Start both syncs of each connected store, as the merchant's button does."""
        started = 0
        for store in stores:
            if not store.is_connected:
                self.message_user(
                    request,
                    f"{store} is disconnected. Its merchant has to reconnect it first.",
                    messages.WARNING,
                )
                continue
            runs = start_runs(store)
            queue_next(store.pk)
            started += sum(not coalesced for _, coalesced in runs)
            self.log_change(request, store, "Started a sync.")
        self.message_user(request, f"Syncs started: {started}.", messages.SUCCESS)

    @admin.action(description="Disconnect", permissions=["change"])
    def disconnect(
        self, request: HttpRequest, stores: QuerySet[Store]
    ) -> HttpResponse | None:
        """Drop the credentials of stores, as their merchants' button does."""
        asked = ask_first(
            self,
            request,
            stores,
            action="disconnect",
            question="Disconnect these stores",
            consequence="Their credentials are deleted at once, running syncs stop and "
            "webhooks are refused. Catalogues and chatbots stay. Only their merchants "
            "can connect them again.",
        )
        if asked is not None:
            return asked
        connected = [store for store in stores if store.is_connected]
        for store in connected:
            disconnect_store(store)
            self.log_change(request, store, "Disconnected.")
            record_act(request, store.workspace, Act.STORE_DISCONNECTED, store.name)
        self.message_user(
            request, f"Stores disconnected: {len(connected)}.", messages.SUCCESS
        )
        return None

    # Deleting: Django's page asks, the service marks, the worker removes the rows.

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, Any], set[Any], list[Any]]:
        """Say what goes with a store without reading all of it."""
        counts = counts_of(list(objs)).values()
        totals = {
            key: sum(count[key] for count in counts) for key in ("products", "orders")
        }
        return [str(store) for store in objs], {"stores": len(objs)} | totals, set(), []

    def delete_model(self, request: HttpRequest, obj: Store) -> None:
        request_deletion(obj)
        queue(delete_store, obj.pk)
        record_act(request, obj.workspace, Act.STORE_DELETED, obj.name)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Store]) -> None:
        for store in queryset:
            self.delete_model(request, store)


def of_later_app(relation: str) -> Any:
    return Store._meta.get_field(relation).related_model


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Troubles that last, and whether their merchants were told."""

    list_display = ["store_", "kind", "run_", "created_at", "tries", "sent_at"]
    list_filter = ["kind", ("sent_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["store", "run__store"]
    search_fields = ["store__name", "=store__uid", "=run__uid"]
    ordering = ["-id"]
    fields = [
        ("store_", "kind", "run_"),
        ("created_at", "sent_at"),
        ("tries", "next_try_at", "told"),
    ]

    @admin.display(description="store", ordering="store__name")
    def store_(self, notice: Notice) -> SafeString | str:
        return link_to(notice.store)

    @admin.display(description="run")
    def run_(self, notice: Notice) -> SafeString | str:
        return link_to(notice.run) if notice.run else "—"


@admin.register(Remap)
class RemapAdmin(ReadOnlyAdmin):
    list_display = [
        "store_",
        "done",
        "total",
        "changed",
        "skipped",
        "attempts",
        "error_code",
        "started_at",
        "finished_at",
    ]
    list_filter = [("finished_at", admin.EmptyFieldListFilter), "started_at"]
    list_select_related = ["store"]
    search_fields = ["=uid", "store__name", "=store__uid"]
    ordering = ["-started_at"]
    fields = [
        ("store_", "uid"),
        ("done", "total", "changed", "skipped"),
        "issue_counts",
        ("cursor", "lease_until", "attempts", "error_code"),
        ("started_at", "finished_at"),
    ]

    @admin.display(description="store", ordering="store__name")
    def store_(self, remap: Remap) -> SafeString | str:
        return link_to(remap.store)
