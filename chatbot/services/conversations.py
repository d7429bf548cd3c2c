"""A conversation: begin or go on, answer, and keep what was said."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from chatbot.answering.answers import answer
from chatbot.answering.connections import release_connection
from chatbot.answering.events import Done, Event, Failed, Products, Token
from chatbot.answering.turn import Context, Reply, Turn
from chatbot.cards import card_of
from chatbot.emails import take_out
from chatbot.models import Chatbot, Conversation, Message, Role
from commerce.mapping.money import money_text
from commerce.mapping.text import clean_text, one_line
from commerce.models import Product
from hiwelink import clock

logger = logging.getLogger(__name__)

MAX_MESSAGE = 1_000  # characters
HISTORY = 12  # earlier messages a model is told of
MAX_EMAILS = 500  # kept of one conversation
SHOWN = 100  # messages a widget restores
SORRY = (
    "I’m sorry, something went wrong on our side and I couldn’t answer. "
    "Please ask me again."
)


@dataclass
class Asked:
    """A question that is stored and waits for its answer."""

    conversation: Conversation
    question: Message
    turn: Turn


@transaction.atomic
def ask(
    chatbot: Chatbot, *, text: str, conversation: UUID | None = None, address: str = ""
) -> Asked:
    """Store a shopper's question.

    conversation: one of this chatbot's goes on; any other id begins a new one.
    address: the shopper's network address, for the lock of the order look-up.
    """
    talk = find_conversation(chatbot, conversation) or Conversation(chatbot=chatbot)
    talk.chatbot = chatbot
    text = clean_text(text).strip()
    redacted, emails = take_out(text)
    talk.emails = list(dict.fromkeys([*talk.emails, *emails]))[-MAX_EMAILS:]
    talk.last_message_at = clock.now()
    talk.save()
    turn = Turn(
        chatbot=chatbot,
        text=one_line(redacted),
        context=Context.load(talk.context),
        conversation=str(talk.uid),
        email=emails[-1] if emails else (talk.emails[-1] if talk.emails else ""),
        has_new_email=bool(emails),
        address=address,
        history=history_of(talk),
    )
    question = Message.objects.create(conversation=talk, role=Role.SHOPPER, text=text)
    return Asked(talk, question, turn)


def find_conversation(chatbot: Chatbot, uid: UUID | None) -> Conversation | None:
    return chatbot.conversations.filter(uid=uid).first() if uid else None


def history_of(conversation: Conversation) -> list[tuple[str, str]]:
    """(role, text) of the latest messages, oldest first, e-mail addresses taken out."""
    if conversation._state.adding:
        return []
    rows = conversation.messages.order_by("-id").values_list("role", "text")[:HISTORY]
    return [(role, take_out(text)[0]) for role, text in reversed(rows)]


def converse(asked: Asked) -> Generator[Event]:
    """Answer a stored question, event by event, and store the answer.

    A shopper who leaves midway leaves the part of the answer that was sent.
    """
    began = time.perf_counter()
    said: list[str] = []
    stream = answer(asked.turn)
    try:
        while True:
            try:
                piece = next(stream)
            except StopIteration as stop:
                reply: Reply = stop.value
                break
            said.append(piece)
            yield Token(piece)
        message = record_answer(asked, reply, began)
        cards = [card_of(product) for product in reply.products]
    except GeneratorExit:
        stream.close()
        record_answer(asked, Reply("".join(said), error_code="shopper_left"), began)
        raise
    except Exception:
        logger.exception("No answer in conversation %s", asked.conversation.uid)
        record_failure(asked, "".join(said), began)
        yield Failed("failed", SORRY)
        return
    finally:
        release_connection()
    yield Products(cards)
    yield Done(str(asked.conversation.uid), str(message.uid))


@transaction.atomic
def record_answer(asked: Asked, reply: Reply, began: float) -> Message:
    """Store the answer with what it stood on, and what is now talked about."""
    talk = asked.conversation
    talk.context = asked.turn.context.dump()
    talk.last_message_at = clock.now()
    Conversation.objects.filter(pk=talk.pk).update(
        context=talk.context, last_message_at=talk.last_message_at
    )
    return Message.objects.create(
        conversation=talk,
        role=Role.ASSISTANT,
        text=reply.text,
        question=asked.question,
        answered_by=reply.answered_by,
        merchant_answer=reply.merchant_answer,
        is_answered=reply.is_answered,
        products=[product.external_id for product in reply.products],
        grounds=[ground_of(product) for product in reply.grounds],
        error_code=reply.error_code,
        duration_ms=round((time.perf_counter() - began) * 1000),
    )


def record_failure(asked: Asked, said: str, began: float) -> None:
    """Store that there was no answer; the cause is in the log."""
    reply = Reply(said or SORRY, is_answered=False, error_code="failed")
    try:
        record_answer(asked, reply, began)
    except Exception:  # the database itself may be what is missing
        logger.exception("Could not store a failure")


def ground_of(product: Product) -> dict[str, object]:
    """What is on record of a product at this moment, and who wrote it."""
    return {
        "external_id": product.external_id,
        "name": product.name,
        "price": money_text(product.current_price),
        "currency": product.currency or product.store.currency or None,
        "stock_status": product.stock_status or None,
        "written_by": product.written_by,
    }


def set_rating(chatbot: Chatbot, message: UUID, rating: str) -> bool:
    """Keep what the shopper thought of an answer; False when there is none such."""
    answers = Message.objects.filter(
        uid=message, conversation__chatbot=chatbot, role=Role.ASSISTANT
    )
    return bool(answers.update(rating=rating))
