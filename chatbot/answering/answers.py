"""Who answers a question: the merchant's own words, the model, or the composer."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator

from django.conf import settings

from chatbot.answering.composer import compose
from chatbot.answering.connections import release_connection
from chatbot.answering.merchant_answers import answer_from_merchant
from chatbot.answering.model import ModelTalk, health, reason_not_to_ask
from chatbot.answering.model_stream import ModelFailed
from chatbot.answering.turn import Reply, Turn

logger = logging.getLogger(__name__)

# Yields the answer's text piece by piece; returns it whole, with what it stood on.
Answering = Generator[str, None, Reply]

_PIECES = re.compile(r"\S+\s*|\s+")


def answer(turn: Turn) -> Answering:
    """Answer one question. Changes `turn.context`.

    No database connection is held while a piece is on its way to the shopper.
    """
    if reply := answer_from_merchant(turn):
        return (yield from speak(reply))
    reason = reason_not_to_ask(turn)
    if reason is not None:
        reply = compose(turn)
        reply.error_code = reason
        return (yield from speak(reply))
    return (yield from answer_with_model(turn))


def answer_with_model(turn: Turn) -> Answering:
    """Let the model answer; where it fails, the composer does, from the same facts."""
    talk = ModelTalk(turn)
    api = settings.OPENAI_BASE_URL
    try:
        reply = yield from talk.run()
    except ModelFailed as failure:
        logger.warning(
            "Chatbot %s: the model failed (%s: %s), the composer answers",
            turn.chatbot.public_id,
            failure.code,
            failure,
        )
        health.note(api, has_failed=True)
        return (yield from stand_in(turn, talk.said, f"model_{failure.code}"))
    health.note(api, has_failed=False)
    return reply


def stand_in(turn: Turn, said: str, code: str) -> Answering:
    """Answer in the model's place. said: what the shopper has already read."""
    reply = compose(turn)
    reply.error_code = code
    if said:
        # The sentence that broke off stays as it is; the whole answer follows.
        bridge = f"{'' if said.rstrip()[-1:] in '.!?' else '…'}\n\n"
        reply.text = f"{bridge}{reply.text}"
    yield from speak(reply)
    reply.text = said + reply.text
    return reply


def speak(reply: Reply) -> Answering:
    """Yield the text of an answer that is already there, word by word."""
    release_connection()
    yield from _PIECES.findall(reply.text)
    return reply
