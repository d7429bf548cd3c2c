"""Staff pages of sync runs and what was wrong with records."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from commerce.models import RecordChange, SyncIssue, SyncRun
from commerce.services.sync import cancel_run
from commerce.tasks import queue_next
from hiwelink.admin import ReadOnlyAdmin, link_to, link_to_list, pretty

PAGES = ("pages", "records_read")
COUNTS = ("created", "updated", "unchanged", "skipped", "deleted")
LEASE = ("lease_until", "not_before")


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = [
        "uid",
        "store_",
        "resource",
        "trigger",
        "status",
        "error_code",
        "records_read",
        "skipped",
        "created_at",
        "took",
    ]
    list_filter = ["status", "resource", "trigger", "created_at"]
    list_select_related = ["store"]
    date_hierarchy = "created_at"
    search_fields = ["=uid", "store__name", "=store__uid", "error_code"]
    ordering = ["-id"]
    actions = ["cancel"]
    fieldsets = [
        (None, {"fields": [("uid", "store_"), ("resource", "trigger", "status")]}),
        ("Why it ended so", {"fields": ["error_code", "error_detail", "curl"]}),
        (
            "What it did",
            {"fields": [PAGES, COUNTS, ("deletions_held", "issues_", "changes_")]},
        ),
        ("How it goes on", {"fields": ["cursor", ("attempts", *LEASE)]}),
        ("When", {"fields": [("created_at", "started_at", "finished_at", "took")]}),
    ]

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("commerce.change_syncrun")

    @admin.display(description="store", ordering="store__name")
    def store_(self, run: SyncRun) -> SafeString | str:
        return link_to(run.store)

    @admin.display
    def pages(self, run: SyncRun) -> str:
        return f"{run.pages_fetched} of {run.pages_total or '?'}"

    @admin.display
    def took(self, run: SyncRun) -> str:
        if not run.started_at or not run.finished_at:
            return "—"
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s"

    @admin.display(description="issues")
    def issues_(self, run: SyncRun) -> SafeString | str:
        if not run.issue_counts:
            return "none"
        counts = sorted(run.issue_counts.items())
        label = ", ".join(f"{count} × {code}" for code, count in counts)
        return link_to_list(SyncIssue, label, run__id__exact=run.pk)

    @admin.display(description="changes")
    def changes_(self, run: SyncRun) -> SafeString | str:
        if not run.changes_kept:
            return "none"
        return link_to_list(RecordChange, run.changes_kept, run__id__exact=run.pk)

    @admin.action(description="Cancel", permissions=["cancel"])
    def cancel(self, request: HttpRequest, runs: QuerySet[SyncRun]) -> None:
        cancelled = 0
        for run in runs.select_related("store"):
            if cancel_run(run):
                cancelled += 1
                self.log_change(request, run, "Cancelled.")
                queue_next(run.store_id)
        self.message_user(request, f"Runs cancelled: {cancelled}.", messages.SUCCESS)


@admin.register(SyncIssue)
class SyncIssueAdmin(ReadOnlyAdmin):
    list_display = [
        "code",
        "field",
        "external_id",
        "is_skip",
        "detail",
        "run_",
        "page",
        "position",
        "created_at",
    ]
    list_filter = ["is_skip", "run__resource", "created_at"]
    list_select_related = ["run__store"]
    search_fields = ["=code", "=external_id", "=run__uid", "run__store__name"]
    ordering = ["-id"]
    fields = [
        "run_",
        ("code", "field", "is_skip"),
        "detail",
        ("external_id", "page", "position"),
        "record_",
        "created_at",
    ]

    @admin.display(description="run")
    def run_(self, issue: SyncIssue) -> SafeString | str:
        return link_to(issue.run)

    @admin.display(description="record")
    def record_(self, issue: SyncIssue) -> SafeString:
        return pretty(issue.record)
