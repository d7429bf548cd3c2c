"""Staff pages of webhooks. Acts go through the services."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from commerce.models import Store, SyncRun
from hiwelink.admin import ReadOnlyAdmin, link_to, pretty
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act
from hiwelink.worker.queue import queue
from webhooks.masking import shown_body
from webhooks.models import Delivery, ThrottledHour, WebhookSecret, WebhookSettings
from webhooks.selectors import HEAVY
from webhooks.services.replaying import estimate, replay_all
from webhooks.tasks import sweep


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What stores sent. Bodies are shown masked, as their merchants see them."""

    list_display = [
        "received_at",
        "store_",
        "event",
        "status",
        "http_status",
        "error_code",
        "external_id",
        "signature",
        "duration_ms",
    ]
    list_filter = ["status", "endpoint", "signature", "http_status", "received_at"]
    list_select_related = ["store"]
    search_fields = [
        "=uid",
        "=external_id",
        "=store__uid",
        "=store__token",
        "event",
        "error_code",
    ]
    ordering = ["-id"]
    actions = ["replay"]
    fieldsets = [
        (None, {"fields": ["uid", "store_", ("event", "endpoint", "method")]}),
        (
            "What became of it",
            {
                "fields": [
                    ("status", "outcome", "external_id"),
                    ("http_status", "error_code"),
                    "error_detail",
                    "changes_",
                    "issues_",
                    "counts",
                    "runs_",
                ]
            },
        ),
        (
            "As sent",
            {"fields": ["body_", "body_bytes", "headers_", "signature"]},
        ),
        (
            "When",
            {
                "fields": [
                    ("received_at", "finished_at", "duration_ms"),
                    ("due_at", "attempts", "position"),
                    ("replayed_at", "replay_outcome", "is_replayable"),
                    "remote_address",
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).defer(*HEAVY)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Delivery | None = None
    ) -> list[str]:
        return ["store_", "changes_", "issues_", "runs_", "body_", "headers_"]

    @admin.display(description="store")
    def store_(self, delivery: Delivery) -> SafeString | str:
        return link_to(delivery.store)

    @admin.display(description="body")
    def body_(self, delivery: Delivery) -> SafeString:
        return format_html("<pre>{}</pre>", shown_body(delivery))

    @admin.display(description="headers")
    def headers_(self, delivery: Delivery) -> SafeString:
        return pretty(delivery.headers)

    @admin.display(description="changes")
    def changes_(self, delivery: Delivery) -> SafeString:
        return pretty(delivery.changes)

    @admin.display(description="issues")
    def issues_(self, delivery: Delivery) -> SafeString:
        return pretty(delivery.issues)

    @admin.display(description="sync runs")
    def runs_(self, delivery: Delivery) -> SafeString | str:
        runs = SyncRun.objects.filter(
            uid__in=delivery.sync_runs, store=delivery.store_id
        )
        links = ((link_to(run),) for run in runs)
        return format_html_join(" · ", "{}", links) or "—"

    @admin.action(description="Apply again", permissions=["replay"])
    def replay(self, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
        told = estimate(deliveries)
        stores = list(Store.objects.filter(deliveries__in=deliveries).distinct())
        count = replay_all(deliveries)
        if count:
            queue(sweep)
            for store in stores:
                record_act(request, store.workspace, Act.REPLAYED, store.name)
        left = told.total - count
        self.message_user(
            request,
            f"{count} deliveries are being applied again; {left} cannot be.",
            messages.SUCCESS if count else messages.WARNING,
        )

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("webhooks.change_delivery")


@admin.register(WebhookSecret)
class WebhookSecretAdmin(ReadOnlyAdmin):
    """That there is a secret, and since when; never the secret."""

    list_display = ["store_", "created_at", "expires_at"]
    list_filter = ["created_at", ("expires_at", admin.EmptyFieldListFilter)]
    list_select_related = ["store"]
    search_fields = ["store__name", "=store__uid"]
    fields = ["store_", "created_at", "expires_at"]
    readonly_fields = ["store_"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookSecret]:
        return super().get_queryset(request).defer("secret")

    @admin.display(description="store")
    def store_(self, secret: WebhookSecret) -> SafeString | str:
        return link_to(secret.store)


@admin.register(WebhookSettings)
class WebhookSettingsAdmin(ReadOnlyAdmin):
    list_display = ["store_", "require_signatures"]
    list_filter = ["require_signatures"]
    list_select_related = ["store"]
    search_fields = ["store__name", "=store__uid"]
    fields = ["store_", "require_signatures"]
    readonly_fields = ["store_"]

    @admin.display(description="store")
    def store_(self, row: WebhookSettings) -> SafeString | str:
        return link_to(row.store)


@admin.register(ThrottledHour)
class ThrottledHourAdmin(ReadOnlyAdmin):
    list_display = ["hour", "store_", "count"]
    list_filter = ["hour"]
    list_select_related = ["store"]
    search_fields = ["store__name", "=store__uid"]
    fields = ["hour", "store_", "count"]
    readonly_fields = ["store_"]

    @admin.display(description="store")
    def store_(self, row: ThrottledHour) -> SafeString | str:
        return link_to(row.store)
