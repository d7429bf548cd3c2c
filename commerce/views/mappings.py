"""Field mappings: previewed before connecting, edited and re-mapped later."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from commerce.forms import CheckForm, StoreForm
from commerce.mapping_entry import JSON, MappingEntry, as_text
from commerce.models import Remap, Store
from commerce.services.samples import Samples, fetch_samples, stored_samples
from commerce.services.store_settings import StoreChanged, update_store
from commerce.services.stores import InvalidStore, build_store
from commerce.tasks import remap_slice
from commerce.throttles import seconds_to_wait
from commerce.views.access import (
    get_own_store_or_403,
    get_store_or_404,
    render_store,
)
from commerce.views.mapping_panel import (
    answer_htmx,
    carried_samples,
    panel_context,
    shown_mode,
    with_text,
)
from commerce.views.stores import connect_context, workspaces_for_new_store
from commerce.views.undo import offer_undo
from hiwelink.accounts.models import Workspace
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act
from hiwelink.worker.queue import queue

FETCH = "fetch"


@login_required
@require_POST
def mapping_preview(request: HttpRequest) -> HttpResponse:
    """Before connecting: a page of each resource, asked for with what was entered.

    The credential is used for these requests and forgotten. Later previews come with
    the records, and without the credential.
    """
    workspaces = workspaces_for_new_store(request)
    entry = MappingEntry.posted(shown_mode(request.POST))
    samples = carried_samples(request.POST)
    problems: dict[str, str] = {}
    if request.POST.get("preview") == FETCH:
        samples, problems = ask_entered_store(request, workspaces[0])
    form = StoreForm(with_text(request.POST, entry), workspaces=workspaces)
    context = connect_context(form, request.POST, entry, samples)
    context["panel_problems"] = problems
    if request.htmx:  # type: ignore[attr-defined]
        return answer_htmx(request, context | {"moves_entry": True})
    return render(request, "commerce/store_connect.html", context)


def ask_entered_store(
    request: HttpRequest, workspace: Workspace
) -> tuple[Samples, dict[str, str]]:
    """Fetch samples from the store of the form, or say what must be entered first."""
    data = request.POST.copy()
    data["field_mappings"] = ""  # what is wrong with it is told at its lines
    form = CheckForm(data)
    if not form.is_valid():
        labels = {name: field.label or name for name, field in form.fields.items()}
        return {}, {
            str(labels.get(name, "")): str(errors[0])
            for name, errors in form.errors.items()
        }
    if told := told_to_wait(request):
        return {}, told
    return fetch_samples(build_store(workspace, form.draft())), {}


def told_to_wait(request: HttpRequest) -> dict[str, str]:
    """Count one request to a store; a problem for the panel when it is not allowed."""
    wait = seconds_to_wait(request)
    if wait is None:
        return {}
    return {"": f"You asked stores too often. Try again in {int(wait) + 1} seconds."}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def store_mapping(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Look at a store's mapping, or save it, which re-maps what is stored."""
    if request.method != "POST":
        store = get_store_or_404(request, uid)
        entry = MappingEntry.stored(store.field_mappings)
        return render_mapping(request, store, entry, stored_samples(store))
    store = get_own_store_or_403(request, uid)
    if "mapping_mode" not in request.POST:  # no form of ours: nothing is not {}
        return redirect("store-mapping", store.uid)
    entry = MappingEntry.posted(request.POST, store.field_mappings)
    if "discard" in request.POST:
        tell_discarded(request, store, entry)
        return redirect("store-mapping", store.uid)
    if not entry.errors and save_mapping(request, store, entry):
        return redirect("store-mapping", store.uid)
    return render_mapping(request, store, entry, samples_of(request, store))


def tell_discarded(request: HttpRequest, store: Store, entry: MappingEntry) -> None:
    """Offer what was entered again: it was never stored."""
    if entry.errors or entry.mappings != store.field_mappings:
        offer_undo(
            request,
            "Your changes are discarded.",
            reverse("store-mapping-preview", args=[store.uid]),
            mapping_mode=JSON,
            field_mappings=entry.text,
        )


def save_mapping(request: HttpRequest, store: Store, entry: MappingEntry) -> bool:
    """Store the mapping and queue the re-mapping; False with `entry.errors` told."""
    before = store.field_mappings
    try:
        update_store(store, {"field_mappings": entry.mappings})
    except InvalidStore as error:
        entry.errors |= {
            where.removeprefix("field_mappings."): sentence
            for where, sentence in error.errors.items()
        }
        return False
    except StoreChanged:
        messages.error(request, "This store was changed meanwhile. Try again.")
        return True
    if entry.mappings == before:
        messages.info(request, "The mapping is as it was.")
        return True
    queue(remap_slice, store.pk)
    record_act(
        request, store.workspace, Act.STORE_CHANGED, store.name, "field_mappings"
    )
    offer_undo(
        request,
        "Mapping saved. What is stored is being re-mapped in the background.",
        reverse("store-mapping", args=[store.uid]),
        mapping_mode=JSON,
        field_mappings=as_text(before),
    )
    return True


@login_required
@require_POST
def store_mapping_preview(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Preview an edited mapping: with stored records, or a page fetched just now."""
    store = get_own_store_or_403(request, uid)
    entry = MappingEntry.posted(shown_mode(request.POST), store.field_mappings)
    samples = samples_of(request, store)
    problems: dict[str, str] = {}
    if request.POST.get("preview") == FETCH:
        if not store.is_connected:
            problems = {"": "This store is disconnected. Reconnect it to fetch a page."}
        elif not (problems := told_to_wait(request)):
            samples = fetch_samples(store)
    context = {
        "store": store,
        "may_edit": True,
        "panel_problems": problems,
        **store_panel(request, store, entry, samples),
    }
    if request.htmx:  # type: ignore[attr-defined]
        return answer_htmx(request, context)
    return render_mapping(request, store, entry, samples, panel_problems=problems)


@login_required
@require_safe
def remap_live(request: HttpRequest, uid: UUID) -> HttpResponse:
    """How far the re-mapping is; asked for again while it goes on."""
    store = get_store_or_404(request, uid)
    return render(
        request, "commerce/_remap.html", {"store": store, "remap": remap_of(store)}
    )


def remap_of(store: Store) -> Remap | None:
    return getattr(store, "remap", None)


def samples_of(request: HttpRequest, store: Store) -> Samples:
    return carried_samples(request.POST) or stored_samples(store)


def store_panel(
    request: HttpRequest, store: Store, entry: MappingEntry, samples: Samples
) -> dict[str, Any]:
    return panel_context(
        request.POST,
        entry,
        samples,
        form_id="mapping-form",
        preview_url=reverse("store-mapping-preview", args=[store.uid]),
        base_url=store.base_url,
        storefront_url=store.storefront_url,
    )


def render_mapping(
    request: HttpRequest,
    store: Store,
    entry: MappingEntry,
    samples: Samples,
    **context: Any,
) -> HttpResponse:
    context |= store_panel(request, store, entry, samples)
    return render_store(
        request, "commerce/store_mapping.html", store, remap=remap_of(store), **context
    )
