"""Whose store a page is about, and who may change it."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from commerce.models import Store
from commerce.selectors import find_store
from hiwelink.accounts.models import EDITORS, User, Workspace
from hiwelink.accounts.services import editing_memberships

VIEWERS_MAY_NOT = (
    "You are a viewer in this workspace: you see everything and change nothing. Ask "
    "its owner to make you an editor."
)


def user_of(request: HttpRequest) -> User:
    """Return who is logged in; only for views behind login_required."""
    return cast(User, request.user)


def get_store_or_404(request: HttpRequest, uid: UUID) -> Store:
    """Return a store of the user's workspaces; any other does not exist."""
    store = find_store(user_of(request), uid)
    if store is None:
        raise Http404
    return store


def get_own_store_or_403(request: HttpRequest, uid: UUID) -> Store:
    """Like get_store_or_404, for acts: viewers are refused."""
    store = get_store_or_404(request, uid)
    if store.role not in EDITORS:
        raise PermissionDenied(VIEWERS_MAY_NOT)
    return store


def may_edit(request: HttpRequest, workspace: Workspace) -> bool:
    return editing_memberships(user_of(request)).filter(workspace=workspace).exists()


def render_store(
    request: HttpRequest, template: str, store: Store, **context: Any
) -> HttpResponse:
    """Render a page that extends base_store.html; `store` as get_store_or_404 found it."""
    context |= {"store": store, "may_edit": store.role in EDITORS}
    return render(request, template, context)
