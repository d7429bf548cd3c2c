"""Sync runs: start one, watch it, read what went wrong, cancel it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from commerce.forms import RunFilter, SyncForm
from commerce.mends import advice_for
from commerce.models import Resource, Store, SyncRun
from commerce.selectors import issue_groups, issues_of
from commerce.services.removal import confirm_deletions
from commerce.services.sync import cancel_run, start_runs
from commerce.tasks import queue_next
from commerce.templatetags.pages import zone_of
from commerce.trends import catalogue_size, run_results
from commerce.views.access import (
    get_own_store_or_403,
    get_store_or_404,
    render_store,
)
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act

PAGE = 25


def get_run_or_404(store: Store, uid: UUID) -> SyncRun:
    run = store.sync_runs.filter(uid=uid).first()
    if run is None:
        raise Http404
    run.store = store
    return run


@login_required
@require_POST
def start_sync(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    form = SyncForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose what to sync: products, orders or everything.")
    elif not store.is_connected:
        messages.error(request, "This store is disconnected. Reconnect it to sync.")
    else:
        started = start_runs(store, resources=form.resources())
        queue_next(store.pk)
        for run, coalesced in started:
            label = Resource(run.resource).label
            if coalesced:
                messages.info(request, f"{label} are being synced already.")
            else:
                messages.success(request, f"{label} sync started.")
    return redirect("store-detail", store.uid)


@login_required
@require_safe
def run_list(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    form = RunFilter(request.GET)
    chosen = form.chosen()
    runs = Paginator(store.sync_runs.filter(**chosen), PAGE)
    page = runs.get_page(request.GET.get("page"))
    zone = zone_of(request.user)
    return render_store(
        request,
        "commerce/run_list.html",
        store,
        form=form,
        chosen=chosen,
        page=page,
        results=run_results(store, zone),
        size=catalogue_size(store, zone),
    )


@login_required
@require_safe
def run_detail(request: HttpRequest, uid: UUID, run_uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    run = get_run_or_404(store, run_uid)
    groups = issue_groups(run)
    code = request.GET.get("code", "")
    group = next((group for group in groups if group.code == code), None)
    context: dict[str, Any] = {"groups": groups, "group": group}
    if group:
        issues = Paginator(issues_of(run).filter(code=code), PAGE)
        context["page"] = issues.get_page(request.GET.get("page"))
    return render_store(
        request, "commerce/run_detail.html", store, **context, **run_context(run)
    )


@login_required
@require_safe
def run_live(request: HttpRequest, uid: UUID, run_uid: UUID) -> HttpResponse:
    """A run's progress alone; the last answer makes the browser load the whole page."""
    store = get_store_or_404(request, uid)
    run = get_run_or_404(store, run_uid)
    response = render(
        request, "commerce/_run_live.html", {"store": store, **run_context(run)}
    )
    if not run.is_active:
        response["HX-Refresh"] = "true"
    return response


def run_context(run: SyncRun) -> dict[str, Any]:
    return {"run": run, "advice": advice_for(run)}


@login_required
@require_POST
def run_cancel(request: HttpRequest, uid: UUID, run_uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    run = get_run_or_404(store, run_uid)
    if cancel_run(run):
        messages.success(request, "Sync cancelled. What it stored is kept.")
        queue_next(store.pk)
    else:
        messages.info(request, "This sync had ended already.")
    return redirect("run-detail", store.uid, run.uid)


@login_required
@require_POST
def run_confirm_deletions(
    request: HttpRequest, uid: UUID, run_uid: UUID
) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    run = get_run_or_404(store, run_uid)
    if count := confirm_deletions(run):
        record_act(
            request,
            store.workspace,
            Act.DELETIONS_CONFIRMED,
            store.name,
            f"{count} products",
        )
        messages.success(request, f"{count} products deleted.")
    else:
        messages.info(
            request, "Nothing was deleted: a newer sync has answered the question."
        )
    return redirect("run-detail", store.uid, run.uid)
