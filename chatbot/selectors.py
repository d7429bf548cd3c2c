"""Read queries of the chatbot's pages and API; each inside the asker's workspaces."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Left

from chatbot.models import Chatbot, Conversation, Message, Rating, Role
from commerce.models import Store
from commerce.selectors import clean_search, stores_of
from hiwelink.accounts.models import User
from hiwelink.accounts.services import editing_memberships

LISTED = 300  # characters of a conversation's first question in a list


def chatbots_of(user: User) -> QuerySet[Chatbot]:
    """The chatbots of every store `user` sees, by name."""
    return Chatbot.objects.filter(store__in=stores_of(user)).select_related(
        "store__workspace"
    )


def find_chatbot(user: User, uid: UUID) -> Chatbot | None:
    return chatbots_of(user).filter(uid=uid).first()


def editable_stores_of(user: User) -> QuerySet[Store]:
    """The stores `user` may make chatbots of and erase shoppers in, by name."""
    workspaces = editing_memberships(user).values("workspace")
    return stores_of(user).filter(workspace__in=workspaces).order_by("name", "id")


def conversations_of(
    chatbots: QuerySet[Chatbot],
    *,
    only: str = "",
    day: date | None = None,
    zone: tzinfo = UTC,
    search: str = "",
) -> QuerySet[Conversation]:
    """Conversations of these chatbots in which somebody asked, the latest first.

    only: "unanswered" (a question was) or "down" (an answer was thumbed down). day: of
    the last message, as days go in `zone`. search: part of any message, in any case.
    """
    said = Message.objects.filter(conversation=OuterRef("pk"))
    rows = Conversation.objects.filter(chatbot__in=chatbots)
    if only == "unanswered":
        rows = rows.filter(Exists(said.filter(is_answered=False)))
    if only == "down":
        rows = rows.filter(Exists(said.filter(rating=Rating.DOWN)))
    if day:
        begins = datetime.combine(day, time(), zone)
        ends = datetime.combine(day + timedelta(days=1), time(), zone)
        rows = rows.filter(last_message_at__gte=begins, last_message_at__lt=ends)
    if search := clean_search(search):
        rows = rows.filter(Exists(said.filter(text__icontains=search)))
    return rows.order_by("-last_message_at", "-id")


def with_summaries(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Add what a list shows: first_question, and how many are asked, unanswered, down."""
    first = (
        Message.objects.filter(conversation=OuterRef("pk"), role=Role.SHOPPER)
        .order_by("id")
        .values(start=Left("text", LISTED))[:1]
    )
    return rows.select_related("chatbot").annotate(
        first_question=Subquery(first),
        asked=Count("messages", filter=Q(messages__role=Role.SHOPPER)),
        unanswered=Count("messages", filter=Q(messages__is_answered=False)),
        down=Count("messages", filter=Q(messages__rating=Rating.DOWN)),
    )


def find_conversation(user: User, uid: UUID) -> Conversation | None:
    return (
        Conversation.objects.filter(uid=uid, chatbot__in=chatbots_of(user))
        .select_related("chatbot__store__workspace")
        .first()
    )
