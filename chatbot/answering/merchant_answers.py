"""The merchant's own answers: used again for every question that asks the same."""

from __future__ import annotations

from chatbot.answering.shop_facts import content_stems
from chatbot.answering.turn import Reply, Turn
from chatbot.models import AnsweredBy, MerchantAnswer

# How many of two questions' telling words must be common: all but one of five.
MIN_ALIKE = 0.75


def answer_from_merchant(turn: Turn) -> Reply | None:
    """Return the merchant's answer to a question like this one, if there is one."""
    answers = MerchantAnswer.objects.filter(chatbot=turn.chatbot, is_active=True)
    asked = content_stems(turn.text)
    best: tuple[float, MerchantAnswer] | None = None
    for known in answers:
        alike = likeness(asked, content_stems(known.question))
        if alike >= MIN_ALIKE and (best is None or alike > best[0]):
            best = alike, known
    if best is None:
        return None
    return Reply(best[1].text, answered_by=AnsweredBy.MERCHANT, merchant_answer=best[1])


def likeness(asked: set[str], known: set[str]) -> float:
    """The share of telling words two questions have in common, 0 to 1."""
    return len(asked & known) / len(asked | known) if asked and known else 0.0
