"""The merchant's chatbots: list, make, change, pause, embed, delete."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from chatbot.dashboard.access import (
    get_chatbot_or_404,
    get_own_chatbot_or_403,
    note,
    render_chatbot,
)
from chatbot.dashboard.activity import DAYS, figures_of
from chatbot.dashboard.forms import ChatbotForm, NewChatbotForm
from chatbot.models import Chatbot
from chatbot.selectors import chatbots_of, editable_stores_of
from chatbot.services import chatbots
from commerce.selectors import stores_of
from commerce.views.access import VIEWERS_MAY_NOT, user_of
from hiwelink.teams.models import Act

PAGE = 30


@login_required
@require_safe
def chatbot_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    page = Paginator(chatbots_of(user), PAGE).get_page(request.GET.get("page"))
    figures = figures_of([chatbot.pk for chatbot in page])
    return render(
        request,
        "chatbot/chatbot_list.html",
        {
            "page": page,
            "rows": [(chatbot, figures[chatbot.pk]) for chatbot in page],
            "days": DAYS,
            "may_add": editable_stores_of(user).exists(),
            "has_stores": bool(page.object_list) or stores_of(user).exists(),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def chatbot_create(request: HttpRequest) -> HttpResponse:
    """A form with the store of ?store= chosen; then the new chatbot's own page."""
    stores = list(editable_stores_of(user_of(request)).select_related("workspace"))
    if not stores:
        if stores_of(user_of(request)).exists():
            raise PermissionDenied(VIEWERS_MAY_NOT)
        return redirect("chatbot-list")
    if request.method != "POST":
        form = NewChatbotForm(stores, initial={"store": request.GET.get("store", "")})
        return render(request, "chatbot/chatbot_create.html", {"form": form})
    form = NewChatbotForm(stores, request.POST)
    if form.is_valid():
        try:
            chatbot = chatbots.create_chatbot(form.store_chosen(), form.values())
        except chatbots.InvalidChatbot as error:
            form.add_chatbot_errors(error)
        else:
            note(request, chatbot, Act.CHATBOT_CREATED)
            messages.success(
                request, f"{chatbot.name} is ready. Try it, then embed it."
            )
            return redirect("chatbot-detail", chatbot.uid)
    return render(request, "chatbot/chatbot_create.html", {"form": form})


@login_required
@require_safe
def chatbot_detail(request: HttpRequest, chatbot_uid: UUID) -> HttpResponse:
    """How it is doing, a preview to talk to, and the line that embeds it."""
    chatbot = get_chatbot_or_404(request, chatbot_uid)
    return render_chatbot(
        request,
        "chatbot/chatbot_detail.html",
        chatbot,
        figures=figures_of([chatbot.pk])[chatbot.pk],
        days=DAYS,
        own_origin="{0.scheme}://{0.netloc}".format(urlsplit(settings.PUBLIC_BASE_URL)),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def chatbot_settings(request: HttpRequest, chatbot_uid: UUID) -> HttpResponse:
    if request.method != "POST":
        chatbot = get_chatbot_or_404(request, chatbot_uid)
        return show_settings(request, chatbot, ChatbotForm.of(chatbot))
    chatbot = get_own_chatbot_or_403(request, chatbot_uid)
    form = ChatbotForm(request.POST)
    if not form.is_valid():
        return show_settings(request, chatbot, form)
    before = {name: getattr(chatbot, name) for name in form.cleaned_data}
    try:
        chatbots.update_chatbot(chatbot, form.values())
    except chatbots.InvalidChatbot as error:
        form.add_chatbot_errors(error)
        chatbot.refresh_from_db(fields=list(before))
        return show_settings(request, chatbot, form)
    changed = [name for name, old in before.items() if getattr(chatbot, name) != old]
    if changed:
        note(request, chatbot, Act.CHATBOT_CHANGED, ", ".join(changed))
    messages.success(request, "Saved. Shoppers see it with their next page.")
    return redirect("chatbot-settings", chatbot.uid)


def show_settings(
    request: HttpRequest, chatbot: Chatbot, form: ChatbotForm
) -> HttpResponse:
    return render_chatbot(request, "chatbot/chatbot_settings.html", chatbot, form=form)


@login_required
@require_POST
def chatbot_switch(request: HttpRequest, chatbot_uid: UUID) -> HttpResponse:
    """Pause it, or let it answer again: `active` says which, so twice is once."""
    chatbot = get_own_chatbot_or_403(request, chatbot_uid)
    is_active = request.POST.get("active") == "yes"
    if chatbot.is_active != is_active:
        chatbots.update_chatbot(chatbot, {"is_active": is_active})
        note(
            request,
            chatbot,
            Act.CHATBOT_CHANGED,
            "activated" if is_active else "paused",
        )
    messages.success(
        request,
        f"{chatbot.name} answers again."
        if is_active
        else f"{chatbot.name} is paused: its button is gone from your storefront.",
    )
    return redirect("chatbot-detail", chatbot.uid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def chatbot_delete(request: HttpRequest, chatbot_uid: UUID) -> HttpResponse:
    """Ask first; its conversations and answers go with it."""
    chatbot = get_own_chatbot_or_403(request, chatbot_uid)
    if request.method != "POST":
        return render_chatbot(
            request,
            "chatbot/chatbot_delete.html",
            chatbot,
            talks=chatbot.conversations.count(),
            answers=chatbot.merchant_answers.count(),
        )
    note(request, chatbot, Act.CHATBOT_DELETED)
    chatbots.delete_chatbot(chatbot)
    messages.success(request, f"{chatbot.name} is deleted.")
    return redirect("chatbot-list")
