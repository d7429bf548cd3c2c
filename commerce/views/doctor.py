"""The doctor's pages: before a store is connected, and for each store."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from commerce.forms import CheckForm
from commerce.mapping_entry import MappingEntry
from commerce.services.doctor import check_draft, check_store
from commerce.throttles import seconds_to_wait
from commerce.views.access import (
    get_own_store_or_403,
    get_store_or_404,
    render_store,
)
from commerce.views.mapping_panel import with_text
from commerce.views.stores import (
    posted_context,
    refuse_haste,
    workspaces_for_new_store,
)

FRAGMENT = "commerce/_report.html"


@login_required
@require_POST
def address_check(request: HttpRequest) -> HttpResponse:
    """Examine what the connect form holds. Scripts put the report below the form and
    leave it as it is; without them the form comes back without its credential.
    """
    workspaces = workspaces_for_new_store(request)
    entry = MappingEntry.posted(request.POST)
    form = CheckForm(with_text(request.POST, entry), workspaces=workspaces)
    found: dict[str, Any] = {}
    if form.is_valid() and not refuse_haste(request, form):
        found = {"report": check_draft(form.draft())}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, FRAGMENT, {"form": form} | found)
    context = posted_context(request, form, entry) | found
    return render(request, "commerce/store_connect.html", context)


@login_required
@require_safe
def store_doctor(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    return render_store(request, "commerce/store_doctor.html", store)


@login_required
@require_POST
def store_check(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    is_part = request.htmx  # type: ignore[attr-defined]
    template = FRAGMENT if is_part else "commerce/store_doctor.html"
    wait = seconds_to_wait(request)
    if wait is None:
        context: dict[str, Any] = {"report": check_store(store)}
    else:
        context = {"wait": int(wait) + 1}
    return render_store(request, template, store, **context)
