"""Read queries of the chatbot's pages and API; each inside the asker's workspaces."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from chatbot.models import Chatbot
from commerce.models import Store
from commerce.selectors import stores_of
from hiwelink.accounts.models import User
from hiwelink.accounts.services import editing_memberships


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
