"""Staff page of the workers: who is alive."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from hiwelink import clock
from hiwelink.admin import ReadOnlyAdmin
from hiwelink.worker.models import WorkerHeartbeat

SILENT_AFTER = timedelta(minutes=1)


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    list_display = ["host", "seen_at", "is_alive"]
    list_filter = ["seen_at"]
    search_fields = ["host"]
    ordering = ["-seen_at"]
    fields = ["host", "seen_at", "is_alive"]
    readonly_fields = ["is_alive"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A machine that is gone may be forgotten; one that is not comes back."""
        return super(ReadOnlyAdmin, self).has_delete_permission(request, obj)

    @admin.display(description="alive", boolean=True)
    def is_alive(self, heartbeat: WorkerHeartbeat) -> bool:
        return heartbeat.seen_at > clock.now() - SILENT_AFTER
