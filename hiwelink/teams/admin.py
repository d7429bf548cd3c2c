"""Staff pages of invitations and of what was done in workspaces."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from hiwelink.admin import ReadOnlyAdmin, link_to
from hiwelink.teams.models import AuditEntry, Invitation


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ["email", "workspace_", "role", "created_at", "expires_at"]
    list_filter = ["role", "created_at"]
    list_select_related = ["workspace"]
    search_fields = ["email", "workspace__name"]
    fields = ["email", "workspace_", "role", "invited_by", "created_at", "expires_at"]
    readonly_fields = ["workspace_"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """One sent to a wrong address may be withdrawn for its merchant."""
        return super(ReadOnlyAdmin, self).has_delete_permission(request, obj)

    @admin.display(description="workspace")
    def workspace_(self, invitation: Invitation) -> SafeString | str:
        return link_to(invitation.workspace)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = [
        "at",
        "actor_email",
        "act",
        "target",
        "detail",
        "workspace_",
        "remote_address",
        "via",
    ]
    list_filter = ["act", "via", "at"]
    list_select_related = ["workspace"]
    date_hierarchy = "at"
    search_fields = ["actor_email", "target", "workspace__name", "remote_address"]

    @admin.display(description="workspace")
    def workspace_(self, entry: AuditEntry) -> SafeString | str:
        return link_to(entry.workspace)
