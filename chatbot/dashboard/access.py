"""Whose chatbot a page is about, and who may change it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from chatbot.models import Chatbot
from chatbot.selectors import find_chatbot
from chatbot.widget.looks import readable_on
from commerce.views.access import VIEWERS_MAY_NOT, may_edit, user_of
from hiwelink.teams.models import Act
from hiwelink.teams.services.audit import record_act


def get_chatbot_or_404(request: HttpRequest, uid: UUID) -> Chatbot:
    """Return a chatbot of the user's workspaces; any other does not exist."""
    chatbot = find_chatbot(user_of(request), uid)
    if chatbot is None:
        raise Http404
    return chatbot


def get_own_chatbot_or_403(request: HttpRequest, uid: UUID) -> Chatbot:
    """Like get_chatbot_or_404, for acts: viewers are refused."""
    chatbot = get_chatbot_or_404(request, uid)
    if not may_edit(request, chatbot.store.workspace):
        raise PermissionDenied(VIEWERS_MAY_NOT)
    return chatbot


def render_chatbot(
    request: HttpRequest, template: str, chatbot: Chatbot, **context: Any
) -> HttpResponse:
    """Render a page that extends base_chatbot.html."""
    context |= {
        "chatbot": chatbot,
        "store": chatbot.store,
        "ink": readable_on(chatbot.accent_color),
        "may_edit": may_edit(request, chatbot.store.workspace),
    }
    return render(request, template, context)


def note(request: HttpRequest, chatbot: Chatbot, act: Act, detail: str = "") -> None:
    """Write a sensitive act into the audit log of the chatbot's workspace."""
    record_act(request, chatbot.store.workspace, act, chatbot.name, detail)
