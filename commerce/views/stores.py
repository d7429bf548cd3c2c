"""The dashboard, adding a store, and a store's own page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from commerce.attention import attention_for
from commerce.embedding_counts import embedded_counts
from commerce.forms import StoreForm
from commerce.journey import chatbots_of, is_finished, journey_of
from commerce.mapping_entry import MappingEntry
from commerce.mends import CONNECTION
from commerce.models import ACTIVE, Store, SyncRun
from commerce.selectors import (
    counts_of,
    orders_of,
    products_of,
    stores_being_deleted,
    stores_of,
)
from commerce.services.samples import Samples
from commerce.services.stores import ConnectionFailed, InvalidStore, connect_store
from commerce.tasks import queue_next
from commerce.throttles import seconds_to_wait
from commerce.views.access import (
    VIEWERS_MAY_NOT,
    get_store_or_404,
    render_store,
    user_of,
)
from commerce.views.mapping_panel import carried_samples, panel_context, with_text
from hiwelink.accounts.models import User, Workspace
from hiwelink.accounts.services import editing_memberships
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act

RECENT = 5


@dataclass
class StoreRow:
    """A store as the dashboard lists it."""

    store: Store
    counts: dict[str, int]
    active_runs: list[SyncRun] = field(default_factory=list)


@login_required
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "commerce/dashboard.html",
        dashboard_context(user_of(request))
        | {"may_add": editing_memberships(user_of(request)).exists()},
    )


@login_required
@require_safe
def dashboard_stores(request: HttpRequest) -> HttpResponse:
    """The list alone, asked for again while something syncs."""
    return render(request, "commerce/_stores.html", dashboard_context(user_of(request)))


def dashboard_context(user: User) -> dict[str, Any]:
    rows = store_rows(user)
    deleting = list(stores_being_deleted(user))
    return {
        "rows": rows,
        "deleting": deleting,
        "attention": attention_for([row.store for row in rows]),
        "is_live": bool(deleting) or any(row.active_runs for row in rows),
        "several_workspaces": len({row.store.workspace_id for row in rows}) > 1,
    }


def store_rows(user: User) -> list[StoreRow]:
    stores = list(stores_of(user).select_related("workspace"))
    counts = counts_of(stores)
    rows = {store.pk: StoreRow(store, counts[store.pk]) for store in stores}
    for run in SyncRun.objects.filter(store__in=stores, status__in=ACTIVE).order_by(
        "id"
    ):
        rows[run.store_id].active_runs.append(run)
    return list(rows.values())


@login_required
@require_safe
def store_new(request: HttpRequest) -> HttpResponse:
    """Choose the type of the store."""
    workspaces_for_new_store(request)
    return render(request, "commerce/store_new.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def store_connect(request: HttpRequest) -> HttpResponse:
    """Add Store, Generic API: the form again when the store cannot be connected."""
    workspaces = workspaces_for_new_store(request)
    if request.method != "POST":
        form = StoreForm(workspaces=workspaces)
        return render(request, "commerce/store_connect.html", {"form": form})
    entry = MappingEntry.posted(request.POST)
    form = StoreForm(with_text(request.POST, entry), workspaces=workspaces)
    failure = None
    if form.is_valid() and not refuse_haste(request, form):
        workspace = form.chosen_workspace()
        try:
            store, _ = connect_store(workspace, form.draft())
        except InvalidStore as error:
            form.add_store_errors(error)
        except ConnectionFailed as error:
            failure = error
        else:
            queue_next(store.pk)
            record_act(request, workspace, Act.STORE_CONNECTED, store.name)
            messages.success(
                request,
                f"{store.name} is connected. Its products and orders arrive as you "
                "watch.",
            )
            return redirect("store-detail", store.uid)
    context = posted_context(request, form, entry)
    context |= {"failure": failure, "advice": CONNECTION}
    if failure:
        context["reason"] = failure.detail.removeprefix("Could not connect to API: ")
    return render(request, "commerce/store_connect.html", context)


def refuse_haste(request: HttpRequest, form: StoreForm) -> bool:
    """Whether this user has to wait before another address is dialled."""
    wait = seconds_to_wait(request)
    if wait is not None:
        form.add_error(
            None,
            "You have checked and connected often within a minute. Try again in "
            f"{int(wait) + 1} seconds.",
        )
    return wait is not None


def posted_context(
    request: HttpRequest, form: StoreForm, entry: MappingEntry
) -> dict[str, Any]:
    """The Connect page as it was sent, with the preview where that was open."""
    if "mapping_mode" not in request.POST:
        return {"form": form}
    samples = carried_samples(request.POST)
    return connect_context(form, request.POST, entry, samples)


def connect_context(
    form: StoreForm, data: QueryDict, entry: MappingEntry, samples: Samples
) -> dict[str, Any]:
    """The Connect page with the mapping's preview on it."""
    return {"form": form, "may_edit": True} | panel_context(
        data,
        entry,
        samples,
        form_id="connect-form",
        preview_url=reverse("mapping-preview"),
        base_url=data.get("base_url", "").strip(),
        storefront_url=data.get("storefront_url", "").strip(),
    )


def workspaces_for_new_store(request: HttpRequest) -> list[Workspace]:
    """Return where a new store may go; refuses who may edit nowhere."""
    memberships = editing_memberships(user_of(request)).select_related("workspace")
    found = [membership.workspace for membership in memberships.order_by("id")]
    if not found:
        raise PermissionDenied(VIEWERS_MAY_NOT)
    return found


@login_required
@require_safe
def store_detail(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    return render_store(
        request,
        "commerce/store_detail.html",
        store,
        base_url=settings.PUBLIC_BASE_URL,
        **live_context(store),
    )


@login_required
@require_safe
def store_live(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The part of the store's page that changes while it syncs."""
    store = get_store_or_404(request, uid)
    return render(
        request,
        "commerce/_store_live.html",
        {"store": store, **live_context(store)},
    )


def live_context(store: Store) -> dict[str, Any]:
    runs = list(store.sync_runs.all()[:RECENT])
    counts = counts_of([store])[store.pk]
    embedded = embedded_counts([store])[store.pk]
    index = getattr(store, "search_index", None)
    chatbots = chatbots_of(store)
    stages = journey_of(
        store,
        products=counts["products"],
        embedded=embedded,
        chatbots=chatbots,
        runs=runs,
    )
    return {
        "attention": attention_for([store]),
        "counts": counts,
        "embedded": embedded,
        "chatbots": chatbots,
        "stages": [] if is_finished(stages) else stages,
        "is_embedding": embedded < counts["products"] or (index and index.is_busy),
        "search_index": index,
        "runs": runs,
        "remap": getattr(store, "remap", None),
        "active_runs": [run for run in reversed(runs) if run.is_active],
        "recent_products": products_of(store)
        .order_by("-updated_at", "-id")
        .defer("raw", "description")[:RECENT],
        "recent_orders": orders_of(store).defer("raw")[:RECENT],
    }
