"""A store's connection: disconnect, reconnect, new credential, new token, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from commerce.connection_form import CredentialForm, DeletionForm, TokenForm
from commerce.mends import CONNECTION
from commerce.models import Store
from commerce.services import deletion, lifecycle
from commerce.services.stores import ConnectionFailed, InvalidStore
from commerce.tasks import delete_store, queue_next
from commerce.throttles import seconds_to_wait
from commerce.views.access import (
    get_own_store_or_403,
    get_store_or_404,
    render_store,
)
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act
from hiwelink.worker.queue import queue


@login_required
@require_safe
def store_connection(request: HttpRequest, uid: UUID) -> HttpResponse:
    return show(request, get_store_or_404(request, uid))


def show(request: HttpRequest, store: Store, **context: Any) -> HttpResponse:
    """Render the page; context: the form that was sent, and what became of it."""
    forms: dict[str, Any] = {
        "credential_form": CredentialForm(initial={"auth_method": store.auth_method}),
        "token_form": TokenForm(),
        "deletion_form": DeletionForm(store),
        "old_token_works": old_token_works(store),
    }
    return render_store(
        request, "commerce/store_connection.html", store, **(forms | context)
    )


def old_token_works(store: Store) -> bool:
    until = store.previous_token_expires_at
    return store.previous_token is not None and bool(until and until > timezone.now())


@login_required
@require_POST
def store_disconnect(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    lifecycle.disconnect_store(store)
    record_act(request, store.workspace, Act.STORE_DISCONNECTED, store.name)
    messages.success(
        request,
        f"{store.name} is disconnected and its credential is deleted. What was synced "
        "stays.",
    )
    return redirect("store-connection", store.uid)


@login_required
@require_POST
def store_reconnect(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    failed = try_credential(request, store, lifecycle.reconnect_store)
    if failed:
        return failed
    queue_next(store.pk)
    record_act(request, store.workspace, Act.STORE_RECONNECTED, store.name)
    messages.success(
        request, f"{store.name} is connected. Products and orders are being synced."
    )
    return redirect("store-detail", store.uid)


@login_required
@require_POST
def store_credential(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    failed = try_credential(request, store, lifecycle.rotate_credentials)
    if failed:
        return failed
    record_act(request, store.workspace, Act.CREDENTIAL_ROTATED, store.name)
    messages.success(
        request,
        "The store accepts the new credential, and the old one is deleted here. You "
        "may withdraw it in your store now.",
    )
    return redirect("store-connection", store.uid)


def try_credential(
    request: HttpRequest, store: Store, use: Callable[..., object]
) -> HttpResponse | None:
    """Let `use` try what was entered; the page again when it does not work."""
    form = CredentialForm(request.POST)
    if not form.is_valid():
        return show(request, store, credential_form=form)
    if (wait := seconds_to_wait(request)) is not None:
        form.add_error(
            None, f"You have tried often. Try again in {int(wait) + 1} seconds."
        )
        return show(request, store, credential_form=form)
    asked = Store.objects.select_related("workspace").get(pk=store.pk)
    try:
        use(asked, **form.credential())
    except InvalidStore as error:
        form.add_store_errors(error)
    except ConnectionFailed as error:
        reason = error.detail.removeprefix("Could not connect to API: ")
        return show(
            request,
            store,
            credential_form=form,
            failure=error,
            reason=reason,
            advice=CONNECTION,
        )
    except (lifecycle.NotConnected, lifecycle.StoreGone):
        messages.error(
            request, "Somebody disconnected or deleted this store meanwhile."
        )
        return redirect("dashboard")
    else:
        return None
    return show(request, store, credential_form=form)


@login_required
@require_POST
def store_token(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return show(request, store, token_form=form)
    hours = form.cleaned_data["overlap_hours"]
    lifecycle.rotate_token(store, overlap_hours=hours)
    record_act(request, store.workspace, Act.TOKEN_ROTATED, store.name)
    messages.success(
        request, "The store has a new token. Put it into your store's settings."
    )
    return redirect("store-connection", store.uid)


@login_required
@require_POST
def store_delete(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    form = DeletionForm(store, request.POST)
    if not form.is_valid():
        return show(request, store, deletion_form=form)
    deletion.request_deletion(store)
    queue(delete_store, store.pk)
    record_act(request, store.workspace, Act.STORE_DELETED, store.name)
    messages.success(
        request, f"{store.name} is deleted. What it owned is being removed."
    )
    return redirect("dashboard")
