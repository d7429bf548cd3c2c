"""Whose request it is, and which of their objects it is about.

An object of another workspace answers exactly like one that does not exist.
"""

from __future__ import annotations

from typing import cast
from uuid import UUID

from rest_framework import exceptions
from rest_framework.request import Request

from commerce import selectors
from commerce.models import Store, SyncRun
from hiwelink.accounts.models import Membership, User, Workspace
from hiwelink.accounts.services import own_membership
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act

VIEWERS_LOOK = "Your role in this workspace is viewer: you may look, not change things."


def user_of(request: Request) -> User:
    return cast(User, request.user)


def workspace_for(request: Request) -> Workspace:
    """The workspace new stores go to. Raises PermissionDenied for viewers."""
    try:
        return own_membership(user_of(request)).workspace
    except Membership.DoesNotExist:
        raise exceptions.PermissionDenied(VIEWERS_LOOK) from None


def store_for(request: Request, store_id: str) -> Store:
    """The store of that id, to look at. Raises NotFound."""
    store = selectors.find_store(user_of(request), parse_uid(store_id))
    if store is None:
        raise exceptions.NotFound
    return store


def editable_store_for(request: Request, store_id: str) -> Store:
    """The store of that id, to change. Raises NotFound or PermissionDenied."""
    store = store_for(request, store_id)
    check_may_edit(request, store)
    return store


def run_for(request: Request, run_id: str, store_id: str | None = None) -> SyncRun:
    """The run of that id; of that store, where the address names one."""
    run = selectors.find_run(user_of(request), parse_uid(run_id))
    if run is None or (store_id and run.store.uid != parse_uid(store_id)):
        raise exceptions.NotFound
    return run


def check_may_edit(request: Request, store: Store) -> None:
    """Raises PermissionDenied for viewers of the store's workspace."""
    membership = Membership.objects.filter(
        workspace=store.workspace_id, user=user_of(request)
    ).first()
    if membership is None or not membership.may_edit:
        raise exceptions.PermissionDenied(VIEWERS_LOOK)


def note(request: Request, store: Store, act: Act, detail: str = "") -> None:
    """Write a sensitive act into the audit log of the store's workspace."""
    record_act(request, store.workspace, act, store.name, detail)


def parse_uid(text: str) -> UUID:
    """Read a UUID as we write it. Raises NotFound for anything else."""
    try:
        uid = UUID(text)
    except ValueError:
        raise exceptions.NotFound from None
    if str(uid) != text.lower():  # braces, urn: and missing hyphens are other addresses
        raise exceptions.NotFound
    return uid
