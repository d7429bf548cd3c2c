"""How chatbots did in the last 30 days, as figures and as charts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from chatbot.models import Conversation, Message, Rating, Role
from hiwelink.charts import Chart, Series, stacked_bars

DAYS = 30


@dataclass(frozen=True)
class Figures:
    """Conversations begun, questions answered or not, and thumbs, in DAYS days."""

    conversations: int = 0
    answered: int = 0
    unanswered: int = 0
    up: int = 0
    down: int = 0

    @property
    def share(self) -> int | None:
        """Answered questions in percent; None when nobody asked."""
        asked = self.answered + self.unanswered
        return round(100 * self.answered / asked) if asked else None


@dataclass(frozen=True)
class Activity:
    figures: Figures
    conversations: Chart
    answers: Chart


def answers_since(since: datetime, chatbots: Any) -> QuerySet[Message]:
    """Answers of these chatbots (pks or a query), told in words or not."""
    return Message.objects.filter(
        role=Role.ASSISTANT,
        created_at__gte=since,
        conversation__chatbot__in=chatbots,
        is_answered__isnull=False,
    ).order_by()


COUNTS = {
    "answered": Count("pk", filter=Q(is_answered=True)),
    "unanswered": Count("pk", filter=Q(is_answered=False)),
    "up": Count("pk", filter=Q(rating=Rating.UP)),
    "down": Count("pk", filter=Q(rating=Rating.DOWN)),
}


def figures_of(chatbots: Sequence[int]) -> dict[int, Figures]:
    """Return {pk of a chatbot: its figures}, in two queries for all of them."""
    since = timezone.now() - timedelta(days=DAYS)
    talks = dict(
        Conversation.objects.filter(chatbot__in=chatbots, created_at__gte=since)
        .order_by()
        .values_list("chatbot")
        .annotate(n=Count("pk"))
    )
    answers: dict[int, tuple[int, ...]] = {
        pk: tuple(counts)
        for pk, *counts in answers_since(since, chatbots)
        .values("conversation__chatbot")
        .annotate(**COUNTS)
        .values_list("conversation__chatbot", *COUNTS)
    }
    return {pk: Figures(talks.get(pk, 0), *answers.get(pk, ())) for pk in chatbots}


def activity_of(chatbots: Any, zone: tzinfo = UTC) -> Activity:
    """Count each of the last DAYS days, as days go in `zone`."""
    today = timezone.now().astimezone(zone).date()
    days = [today - timedelta(days=n) for n in reversed(range(DAYS))]
    since = datetime.combine(days[0], time(), zone)
    begun = (
        Conversation.objects.filter(chatbot__in=chatbots, created_at__gte=since)
        .order_by()
        .values_list(TruncDate("created_at", tzinfo=zone))
        .annotate(n=Count("pk"))
    )
    talks: Counter[date] = Counter(dict(begun))
    sums = {name: Counter[date]() for name in COUNTS}
    for day, *counts in (
        answers_since(since, chatbots)
        .values(day=TruncDate("created_at", tzinfo=zone))
        .annotate(**COUNTS)
        .values_list("day", *COUNTS)
    ):
        for counter, count in zip(sums.values(), counts, strict=True):
            counter[day] = count

    def series(label: str, tone: str, counts: Counter[date]) -> Series:
        return Series(label, tone, [counts[day] for day in days])

    labels = [f"{day:%d %b}" for day in days]
    return Activity(
        Figures(
            conversations=talks.total(),
            **{name: counter.total() for name, counter in sums.items()},
        ),
        stacked_bars(
            "Conversations begun", labels, [series("Conversations", "accent", talks)]
        ),
        stacked_bars(
            "Questions",
            labels,
            [
                series("Answered", "good", sums["answered"]),
                series("Not answered", "warn", sums["unanswered"]),
            ],
        ),
    )
