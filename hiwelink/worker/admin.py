"""Staff's view of the workers seen."""

from django.contrib import admin

from hiwelink.worker.models import WorkerHeartbeat


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["host", "seen_at"]
    readonly_fields = ["host", "seen_at"]
