"""The merchant's own answers: used again for every question that asks the same.

A wrong match would put words into the merchant's mouth, so wording and meaning must
both agree: "to Canada" and "to Mexico" mean nearly the same to a model.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from chatbot.answering.shop_facts import content_stems
from chatbot.answering.turn import Reply, Turn
from chatbot.embedders import current_embedder
from chatbot.embedders.base import Embedder, EmbedderAway, EmbedderRefused, Vectors
from chatbot.models import AnsweredBy, MerchantAnswer

logger = logging.getLogger(__name__)

# The share of telling words two questions have in common: with so many the wording
# alone decides, with fewer than the other none are the same.
SAME_WORDS, FEW_WORDS = 0.99, 0.3
# Cosines that make two questions one: when one of them only says more, and when each
# has a word the other lacks. Tried with all-MiniLM-L6-v2 on pairs of shop questions
# (tests/chatbot/test_merchant_answers.py).
SAME_MEANING, SAME_DESPITE_WORDS = 0.8, 0.9


def answer_from_merchant(turn: Turn) -> Reply | None:
    """Return the merchant's answer to a question like this one, if there is one."""
    answers = list(MerchantAnswer.objects.filter(chatbot=turn.chatbot, is_active=True))
    if not answers:
        return None
    known = match(turn.text, answers)
    if known is None:
        return None
    return Reply(known.text, answered_by=AnsweredBy.MERCHANT, merchant_answer=known)


def match(text: str, answers: Sequence[MerchantAnswer]) -> MerchantAnswer | None:
    """Return the answer whose question asks what `text` asks, or None."""
    asked = content_stems(text)
    candidates = []
    for answer in answers:
        known = content_stems(answer.question)
        alike = likeness(asked, known)
        if alike >= SAME_WORDS:
            return answer
        if alike >= FEW_WORDS and numbers(asked) == numbers(known):
            candidates.append((answer, bool(asked - known and known - asked)))
    return closest_in_meaning(text, candidates) if candidates else None


def closest_in_meaning(
    text: str, candidates: list[tuple[MerchantAnswer, bool]]
) -> MerchantAnswer | None:
    """candidates: (answer, whether each question has words the other lacks)."""
    embedder = current_embedder()
    try:
        vector = embedder.embed_question(text)
        embed_questions(embedder, [answer for answer, _ in candidates])
    except (EmbedderAway, EmbedderRefused) as error:
        logger.warning("Merchant's answers are matched by words alone. %s", error)
        return None
    scored = [
        (cosine(vector, answer), place)
        for place, (answer, is_both) in enumerate(candidates)
        if cosine(vector, answer) >= (SAME_DESPITE_WORDS if is_both else SAME_MEANING)
    ]
    return candidates[max(scored)[1]][0] if scored else None


def embed_questions(embedder: Embedder, answers: Sequence[MerchantAnswer]) -> None:
    """Give each answer the vector of its question, where it lacks this model's."""
    stale = [a for a in answers if a.vector_model != embedder.name]
    if not stale:
        return
    vectors = embedder.embed_documents([answer.question for answer in stale])
    for answer, vector in zip(stale, vectors, strict=True):
        answer.vector = [float(number) for number in vector]
        answer.vector_model = embedder.name
        answer.save(update_fields=["vector", "vector_model"])


def cosine(vector: Vectors, answer: MerchantAnswer) -> float:
    return float(np.dot(vector, np.asarray(answer.vector, dtype=np.float32)))


def likeness(asked: set[str], known: set[str]) -> float:
    """The share of telling words two questions have in common, 0 to 1."""
    return len(asked & known) / len(asked | known) if asked and known else 0.0


def numbers(stems: set[str]) -> set[str]:
    return {stem for stem in stems if any(c.isdigit() for c in stem)}
