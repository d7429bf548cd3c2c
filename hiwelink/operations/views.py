"""The staff's status page, and /metrics for Prometheus."""

from __future__ import annotations

from hmac import compare_digest

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from hiwelink.operations.metrics import registry
from hiwelink.operations.vitals import measure


@staff_member_required
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    vitals = measure()
    context = {
        **admin.site.each_context(request),
        "title": "Status",
        "vitals": vitals,
        "listed": list(vitals.listed()),
    }
    return render(request, "admin/status.html", context)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever holds METRICS_TOKEN; without one there is nothing here."""
    told = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not compare_digest(
        told.encode(), settings.METRICS_TOKEN.encode()
    ):
        raise Http404
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)
