"""A store's settings: the credential and the mapping have pages of their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from commerce.mends import CONNECTION
from commerce.models import Store
from commerce.services.store_settings import ADDRESSES, StoreChanged, update_store
from commerce.services.stores import ConnectionFailed, InvalidStore
from commerce.settings_form import SettingsForm
from commerce.throttles import seconds_to_wait
from commerce.views.access import (
    get_own_store_or_403,
    get_store_or_404,
    render_store,
)
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def store_settings(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The form, to look at for viewers; again with its errors when it cannot be kept."""
    if request.method != "POST":
        store = get_store_or_404(request, uid)
        return render_settings(request, store, SettingsForm(store))
    store = get_own_store_or_403(request, uid)
    form = SettingsForm(store, request.POST)
    failure = None
    if form.is_valid():
        try:
            if save(request, uid, form):
                return redirect("store-settings", uid)
        except ConnectionFailed as error:
            failure = error
    return render_settings(request, store, form, failure)


def save(request: HttpRequest, uid: UUID, form: SettingsForm) -> bool:
    """Keep what was entered; False with the form's errors. Raises ConnectionFailed."""
    # A store of its own: what is refused must not show on the page.
    store = get_own_store_or_403(request, uid)
    changes = form.changes()
    is_asked = store.is_connected and any(
        changes[name] != getattr(store, name) for name in ADDRESSES
    )
    if is_asked and (wait := seconds_to_wait(request)) is not None:
        form.add_error(
            None, f"You asked stores too often. Try again in {int(wait) + 1} seconds."
        )
        return False
    changed = sorted(n for n, value in changes.items() if getattr(store, n) != value)
    try:
        update_store(store, changes)
    except InvalidStore as error:
        form.add_store_errors(error)
        return False
    except StoreChanged:
        form.add_error(
            None, "Somebody changed this store meanwhile. Look at it, then try again."
        )
        return False
    if changed:
        told = ", ".join(changed)
        record_act(request, store.workspace, Act.STORE_CHANGED, store.name, told)
    messages.success(request, "Settings saved.")
    return True


def render_settings(
    request: HttpRequest,
    store: Store,
    form: SettingsForm,
    failure: ConnectionFailed | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "failure": failure, "advice": CONNECTION}
    if failure:
        context["reason"] = failure.detail.removeprefix("Could not connect to API: ")
    return render_store(request, "commerce/store_settings.html", store, **context)
