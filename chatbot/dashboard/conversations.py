"""What shoppers asked and were told: find a conversation, read it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chatbot.dashboard.access import render_chatbot
from chatbot.dashboard.activity import activity_of
from chatbot.dashboard.filters import ConversationFilter
from chatbot.dashboard.grounds import grounds_of
from chatbot.models import Conversation, Role
from chatbot.selectors import (
    chatbots_of,
    conversations_of,
    editable_stores_of,
    find_conversation,
    with_summaries,
)
from commerce.templatetags.pages import zone_of
from commerce.views.access import user_of
from hiwelink.paging import KeyPaginator

PAGE = 50
MESSAGES = 100  # of one conversation on a page


@login_required
@require_safe
def conversation_list(request: HttpRequest) -> HttpResponse:
    """The conversations of all chatbots or of one, the latest first."""
    user, zone = user_of(request), zone_of(request.user)
    everything = chatbots_of(user)
    chatbots = list(everything)
    form = ConversationFilter(request.GET, chatbots)
    chosen = form.chosen()
    uid = chosen.get("chatbot")
    chatbot = next((c for c in chatbots if str(c.uid) == uid), None)
    asked = everything.filter(pk=chatbot.pk) if chatbot else everything
    rows = conversations_of(
        asked,
        only=chosen.get("only", ""),
        day=chosen.get("date"),
        zone=zone,
        search=chosen.get("search", ""),
    )
    return render(
        request,
        "chatbot/conversation_list.html",
        {
            "form": form,
            "chosen": chosen,
            "chatbot": chatbot,
            "has_chatbots": bool(chatbots),
            "page": KeyPaginator(rows, PAGE, with_summaries(rows)).get_page(
                request.GET.get("page")
            ),
            "activity": activity_of(asked.values("pk"), zone),
            "kept_days": settings.CONVERSATION_DAYS,
            "may_erase": editable_stores_of(user).exists(),
        },
    )


@login_required
@require_safe
def conversation_detail(request: HttpRequest, conversation_uid: UUID) -> HttpResponse:
    """What was said, and what each answer stood on."""
    talk = conversation_or_404(request, conversation_uid)
    said = talk.messages.select_related("question", "merchant_answer")
    page = Paginator(said, MESSAGES).get_page(request.GET.get("page"))
    answers = [message for message in page if message.role == Role.ASSISTANT]
    grounds = grounds_of(talk.chatbot.store, answers)
    return render_chatbot(
        request,
        "chatbot/conversation_detail.html",
        talk.chatbot,
        conversation=talk,
        page=page,
        lines=[(message, grounds.get(message.pk, [])) for message in page],
        kept_days=settings.CONVERSATION_DAYS,
    )


def conversation_or_404(request: HttpRequest, uid: UUID) -> Conversation:
    talk = find_conversation(user_of(request), uid)
    if talk is None:
        raise Http404
    return talk
