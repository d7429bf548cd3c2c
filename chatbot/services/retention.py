"""How long conversations are kept, and erasing those of one shopper."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chatbot.models import Conversation
from chatbot.services.counters import prune_counters
from commerce.models import Store

BATCH = 200
SLICE_SECONDS = 20.0


def prune_slice(*, slice_seconds: float = SLICE_SECONDS) -> int:
    """Delete conversations nobody went on with for CONVERSATION_DAYS; return how many.

    Works in batches for at most `slice_seconds`; the next call goes on.
    """
    ends_at = time.monotonic() + slice_seconds
    prune_counters()
    too_old = timezone.now() - timedelta(days=settings.CONVERSATION_DAYS)
    pruned = 0
    while time.monotonic() < ends_at:
        keys = list(
            Conversation.objects.filter(last_message_at__lt=too_old)
            .order_by("last_message_at")
            .values_list("pk", flat=True)[:BATCH]
        )
        if not keys:
            break
        # Read again: a shopper may just have gone on with one.
        Conversation.objects.filter(pk__in=keys, last_message_at__lt=too_old).delete()
        pruned += len(keys)
    return pruned


def conversations_with(stores: Iterable[Store], email: str) -> QuerySet[Conversation]:
    """The conversations of these stores in which the address was written.

    email: compared without case; "" is in none.
    """
    email = email.strip().lower()
    if not email:
        return Conversation.objects.none()
    return Conversation.objects.filter(
        chatbot__store__in=list(stores), emails__contains=[email]
    )


@transaction.atomic
def erase_shopper(stores: Iterable[Store], email: str) -> int:
    """Delete every conversation of these stores in which the address was written.

    email: compared without case. Returns how many conversations are gone.
    """
    talks = conversations_with(stores, email)
    count = talks.count()
    talks.delete()
    return count
