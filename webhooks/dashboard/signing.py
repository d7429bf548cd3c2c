"""How a store's webhooks are signed: its secret, shown once, and whether it must."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from commerce.views.access import get_own_store_or_403, get_store_or_404, render_store
from hiwelink import clock
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act
from webhooks.models import WebhookSecret
from webhooks.services import secrets

OVERLAP_HOURS = 24.0
NO_SECRET = "Make a secret and put it into your store first, or nothing could come in."


class SecretForm(forms.Form):
    overlap_hours = forms.TypedChoiceField(
        label="The old secret works on for",
        coerce=float,
        choices=[(24, "24 hours"), (1, "1 hour"), (168, "7 days"), (0, "not at all")],
        required=False,
        empty_value=None,
    )


@login_required
@require_safe
def signing(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    now = clock.now()
    valid = WebhookSecret.objects.filter(store=store).defer("secret")
    return render_store(
        request,
        "webhooks/signing.html",
        store,
        form=SecretForm(),
        requires_signatures=secrets.requires_signatures(store),
        secrets=[s for s in valid if s.expires_at is None or s.expires_at > now],
    )


@login_required
@require_POST
def make_secret(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Answers with the secret itself, not with a redirect: it is shown this once."""
    store = get_own_store_or_403(request, uid)
    form = SecretForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose how long the old secret works on.")
        return redirect("webhook-signing", store.uid)
    chosen = form.cleaned_data["overlap_hours"]
    hours = OVERLAP_HOURS if chosen is None else chosen
    secret = secrets.rotate_secret(store, overlap_hours=hours)
    record_act(request, store.workspace, Act.SECRET_ROTATED, store.name)
    return render_store(request, "webhooks/secret.html", store, secret=secret)


@login_required
@require_POST
def set_required(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    required = request.POST.get("required") == "on"
    try:
        secrets.set_require_signatures(store, required)
    except secrets.NoSecret:
        messages.error(request, NO_SECRET)
    else:
        told = "required" if required else "not required"
        record_act(request, store.workspace, Act.SIGNATURES_REQUIRED, store.name, told)
        messages.success(
            request,
            "Unsigned webhooks are refused from now on."
            if required
            else "Unsigned webhooks are accepted again.",
        )
    return redirect("webhook-signing", store.uid)
