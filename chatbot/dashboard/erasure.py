"""Removing what a shopper said: everything with an e-mail address, or one talk."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from chatbot.dashboard.access import note
from chatbot.dashboard.conversations import conversation_or_404
from chatbot.selectors import editable_stores_of
from chatbot.services.retention import conversations_with, erase_shopper
from commerce.models import Store
from commerce.views.access import VIEWERS_MAY_NOT, may_edit, user_of
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act


class ErasureForm(forms.Form):
    email = forms.EmailField(
        label="The shopper's e-mail address",
        help_text="As they wrote it in the chat; capitals do not matter.",
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Ask for the address, say how much there is, then remove it once confirmed."""
    stores = list(
        editable_stores_of(user_of(request))
        .select_related("workspace")
        .order_by("workspace_id", "id")
    )
    if not stores:
        raise PermissionDenied(VIEWERS_MAY_NOT)
    form = ErasureForm(request.POST if request.method == "POST" else None)
    found = None
    if form.is_valid():
        email = form.cleaned_data["email"]
        if request.POST.get("confirmed") == "yes":
            tell_erased(request, erase_everywhere(request, stores, email))
            return redirect("conversation-list")
        found = conversations_with(stores, email).count()
    context = {"form": form, "found": found, "stores": stores}
    return render(request, "chatbot/shopper_erase.html", context)


def erase_everywhere(request: HttpRequest, stores: list[Store], email: str) -> int:
    """Erase in each workspace, and note it there; the address itself is not noted.

    stores: those of one workspace beside each other.
    """
    total = 0
    for workspace, own in groupby(stores, key=lambda store: store.workspace):
        if count := erase_shopper(own, email):
            record_act(
                request,
                workspace,
                Act.CUSTOMER_ERASED,
                workspace.name,
                f"{count} conversation{'' if count == 1 else 's'}",
            )
            total += count
    return total


def tell_erased(request: HttpRequest, count: int) -> None:
    if count:
        told = f"{count} conversation{' is' if count == 1 else 's are'} gone for good."
        messages.success(request, told)
    else:
        messages.info(request, "No conversation held this address any more.")


@login_required
@require_POST
def conversation_delete(request: HttpRequest, conversation_uid: UUID) -> HttpResponse:
    """For a shopper who never wrote an address."""
    talk = conversation_or_404(request, conversation_uid)
    if not may_edit(request, talk.chatbot.store.workspace):
        raise PermissionDenied(VIEWERS_MAY_NOT)
    talk.delete()
    note(request, talk.chatbot, Act.CUSTOMER_ERASED, "1 conversation")
    messages.success(request, "The conversation is gone for good.")
    return redirect("conversation-list")
