"""Everything a workspace holds of one customer: handed out or erased, by its owner."""

from __future__ import annotations

import json
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from chatbot.services.customers import erase_customer, export_customer
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act
from hiwelink.teams.views import owned_or_403


class CustomerForm(forms.Form):
    email = forms.EmailField(
        label="The customer's e-mail address",
        help_text="As it is on their orders or in the chat; capitals do not matter.",
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def customer(request: HttpRequest, workspace: UUID) -> HttpResponse:
    """Ask for the address, say what is held, and erase it once confirmed."""
    own = owned_or_403(request, workspace).workspace
    form = CustomerForm(request.POST if request.method == "POST" else None)
    counts = None
    if form.is_valid():
        email = form.cleaned_data["email"]
        if request.POST.get("confirmed") == "yes":
            erased = erase_customer(own, email)
            # Without the address: the audit log would be the place that still has it.
            record_act(request, own, Act.CUSTOMER_ERASED, own.name, str(erased))
            messages.success(request, f"{erased}.")
            return redirect("team", own.uid)
        counts = {part: len(rows) for part, rows in export_customer(own, email).items()}
    found = counts is not None and any(counts.values())
    context = {"form": form, "counts": counts, "found": found, "workspace": own}
    return render(request, "chatbot/customer.html", context)


@login_required
@require_POST
def customer_export(request: HttpRequest, workspace: UUID) -> HttpResponse:
    """A JSON file of what is held; a POST, so that no address of ours holds theirs."""
    own = owned_or_403(request, workspace).workspace
    form = CustomerForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "counts": None, "workspace": own}
        return render(request, "chatbot/customer.html", context)
    held = export_customer(own, form.cleaned_data["email"])
    record_act(request, own, Act.EXPORTED, own.name, "what is held of one customer")
    text = json.dumps(held, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="customer.json"'
    return response
