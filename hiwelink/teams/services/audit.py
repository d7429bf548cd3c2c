"""Writing down sensitive acts: called by the entrance that knows who is asking."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework.request import Request

from hiwelink.accounts.models import User, Workspace
from hiwelink.client_address import client_address
from hiwelink.teams.models import Act, AuditEntry


def record_act(
    request: HttpRequest | Request,
    workspace: Workspace,
    act: Act,
    target: str,
    detail: str = "",
) -> AuditEntry:
    """Note that the user of `request` did `act` in `workspace`.

    target: the name of what it was done to. detail: a few words more; never a secret.
    """
    assert isinstance(request.user, User)
    return AuditEntry.objects.create(
        workspace=workspace,
        actor=request.user,
        actor_email=request.user.email,
        act=act,
        target=target[:254],
        detail=detail[:300],
        remote_address=client_address(request)[:45],
        via=entrance_of(request.path),
    )


def entrance_of(path: str) -> str:
    if path.startswith("/api/"):
        return "api"
    return "staff" if path.startswith("/admin/") else "dashboard"
