"""The log of a store's webhooks: find a delivery, read it, apply it again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from commerce.models import Order, Product, Store, SyncRun
from commerce.templatetags.pages import zone_of
from commerce.views.access import (
    get_own_store_or_403,
    get_store_or_404,
    render_store,
)
from hiwelink.accounts.limits import over_limit
from hiwelink.paging import KeyPaginator
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act
from hiwelink.worker.queue import queue
from webhooks.dashboard.activity import activity_of
from webhooks.dashboard.filters import filtered, read_filter
from webhooks.masking import shown_body
from webhooks.models import Delivery, DeliveryStatus
from webhooks.selectors import HEAVY, find_delivery
from webhooks.services import replaying
from webhooks.services.secrets import has_secret, requires_signatures
from webhooks.services.trial import send_test_event
from webhooks.tasks import process_due, sweep

PAGE = 50
TESTS_A_MINUTE = 10


@login_required
@require_safe
def delivery_list(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The log, newest first; every choice is in the address."""
    store = get_store_or_404(request, uid)
    form = read_filter(request.GET)
    chosen = form.chosen()
    zone = zone_of(request.user)
    rows = filtered(store, chosen, zone).defer(*HEAVY)
    page = KeyPaginator(rows, PAGE).get_page(request.GET.get("page"))
    return render_store(
        request,
        "webhooks/delivery_list.html",
        store,
        form=form,
        chosen=chosen,
        query=urlencode(chosen),
        page=page,
        activity=activity_of(store, zone),
        requires_signatures=requires_signatures(store),
        has_secret=has_secret(store),
    )


@login_required
@require_safe
def delivery_detail(
    request: HttpRequest, uid: UUID, delivery_uid: UUID
) -> HttpResponse:
    store = get_store_or_404(request, uid)
    delivery = delivery_or_404(store, delivery_uid)
    return render_store(
        request,
        "webhooks/delivery_detail.html",
        store,
        delivery=delivery,
        body=shown_body(delivery),
        record=record_of(store, delivery),
        runs=SyncRun.objects.filter(store=store, uid__in=delivery.sync_runs),
        is_waiting=delivery.status in replaying.UNFINISHED,
        why_not=why_not_replayable(delivery),
    )


@login_required
@require_POST
def replay_one(request: HttpRequest, uid: UUID, delivery_uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    delivery = delivery_or_404(store, delivery_uid)
    try:
        is_large = replaying.replay(delivery)
    except replaying.NotReplayable as error:
        messages.error(request, error.detail)
        return redirect("delivery-detail", store.uid, delivery.uid)
    if is_large:
        queue(process_due, delivery.pk)
    record_act(request, store.workspace, Act.REPLAYED, store.name, str(delivery))
    tell_outcome(request, delivery)
    return redirect("delivery-detail", store.uid, delivery.uid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def replay_many(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Say what a replay of the filtered deliveries would do, then do it."""
    store = get_own_store_or_403(request, uid)
    chosen = read_filter(request.GET).chosen()
    rows = filtered(store, chosen, zone_of(request.user))
    back = f"{reverse('delivery-list', args=[store.uid])}?{urlencode(chosen)}"
    if request.method != "POST":
        return render_store(
            request,
            "webhooks/replay_many.html",
            store,
            estimate=replaying.estimate(rows),
            chosen=chosen,
            back=back,
        )
    count = replaying.replay_all(rows)
    if count:
        queue(sweep)
        record_act(
            request, store.workspace, Act.REPLAYED, store.name, f"{count} deliveries"
        )
        these = "1 delivery is" if count == 1 else f"{count} deliveries are"
        messages.success(request, f"{these} being applied again.")
    else:
        messages.info(request, "None of these deliveries can be applied again.")
    return redirect(back)


@login_required
@require_POST
def test_event(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Walk a test event through, and show each step; nothing of it stays."""
    store = get_own_store_or_403(request, uid)
    if over_limit("test-event", str(store.pk), limit=TESTS_A_MINUTE, seconds=60):
        messages.error(request, "That was often enough for now. Wait a minute.")
        return redirect("delivery-list", store.uid)
    trial = send_test_event(store)
    return render_store(request, "webhooks/test_event.html", store, trial=trial)


def delivery_or_404(store: Store, uid: UUID) -> Delivery:
    delivery = find_delivery(store, uid)
    if delivery is None:
        raise Http404
    delivery.store = store
    return delivery


def record_of(store: Store, delivery: Delivery) -> Product | Order | None:
    """The record a delivery was about, while it is there."""
    model: Any = {"products": Product, "orders": Order}.get(delivery.endpoint)
    if model is None or not delivery.external_id:
        return None
    found: Product | Order | None = model.objects.filter(
        store=store, external_id=delivery.external_id, deleted_at__isnull=True
    ).first()
    return found


def why_not_replayable(delivery: Delivery) -> str:
    try:
        replaying.check_replayable(delivery)
    except replaying.NotReplayable as error:
        return error.detail
    return ""


def tell_outcome(request: HttpRequest, delivery: Delivery) -> None:
    if delivery.status == DeliveryStatus.QUEUED:
        messages.info(request, "The body is large: it is applied in the background.")
    elif delivery.status in (DeliveryStatus.REFUSED, DeliveryStatus.FAILED):
        messages.error(request, delivery.error_detail)
    elif delivery.replay_outcome in ("stale", "unchanged"):
        messages.info(
            request, "Applied again; nothing changed, since nothing newer was in it."
        )
    else:
        messages.success(request, "Applied again.")
