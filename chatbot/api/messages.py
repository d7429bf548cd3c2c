"""Ask a chatbot, rate its answers, and read a conversation again.

POST messages answers JSON, or a stream of events to `Accept: text/event-stream`.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from chatbot.answering.connections import release_connection
from chatbot.answering.events import Done, Event, Failed, Products, Token, payload_of
from chatbot.api.access import WidgetView
from chatbot.cards import card_of
from chatbot.models import Message, Rating
from chatbot.services import conversations, limits
from commerce.api.access import parse_uid
from commerce.api.base import read_body
from commerce.models import Product
from hiwelink.api import ApiError
from hiwelink.client_address import client_address

EVENT_STREAM = "text/event-stream"


class AskInputSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(
        max_length=conversations.MAX_MESSAGE,
        error_messages={
            "required": "Write a question.",
            "null": "Write a question.",
            "blank": "Write a question.",
            "max_length": "That is a little long for me. Please ask in at most "
            f"{conversations.MAX_MESSAGE:,} characters.",
        },
    )
    conversation = serializers.UUIDField(required=False, allow_null=True)


class RatingInputSerializer(serializers.Serializer[Any]):
    rating = serializers.ChoiceField(choices=Rating.choices)


class MessagesView(WidgetView):
    """POST {message, conversation?}: the answer, whole or as it is made."""

    def get_throttles(self) -> list[Any]:
        return []  # counted in the database, with words for the shopper

    def post(self, request: Request, public_id: str) -> HttpResponseBase:
        body = read_body(request, AskInputSerializer).validated_data
        conversation = body.get("conversation")
        address = client_address(request)
        refuse_too_many(self.chatbot, conversation, address)
        asked = conversations.ask(
            self.chatbot,
            text=body["message"],
            conversation=conversation,
            address=address,
        )
        events = conversations.converse(asked)
        if EVENT_STREAM in request.headers.get("Accept", ""):
            return stream(events)
        return whole(events, asked)


def refuse_too_many(chatbot: Any, conversation: UUID | None, address: str) -> None:
    """Count one message. Raises 429 with words for the shopper."""
    if over := limits.exceeded(chatbot, conversation, address):
        error = ApiError("too_many_messages", limits.WORDS[over.what], status_code=429)
        error.wait = min(over.seconds, 3_600)  # type: ignore[attr-defined]
        raise error


def stream(events: Generator[Event]) -> StreamingHttpResponse:
    """Send each event as it comes; nobody on the way may collect them."""
    release_connection()
    response = StreamingHttpResponse(
        encoded(events), content_type=f"{EVENT_STREAM}; charset=utf-8"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def encoded(events: Generator[Event]) -> Iterator[bytes]:
    """Encode events; a shopper who leaves ends them, so that they can be stored."""
    with closing(events):
        for event in events:
            yield encode(event)


def encode(event: Event) -> bytes:
    data = json.dumps(payload_of(event), ensure_ascii=False)
    return f"event: {event.name}\ndata: {data}\n\n".encode()


def whole(events: Iterator[Event], asked: conversations.Asked) -> Response:
    """Collect the events into one answer. Raises 503 when there is none."""
    text, cards, message_id = "", [], ""
    for event in events:
        if isinstance(event, Token):
            text += event.text
        elif isinstance(event, Products):
            cards = event.products
        elif isinstance(event, Done):
            message_id = event.message_id
        elif isinstance(event, Failed):
            raise ApiError(event.code, event.detail, status_code=503)
    return Response(
        {
            "conversation": str(asked.conversation.uid),
            "message": {"id": message_id, "text": text, "products": cards},
        }
    )


class FeedbackView(WidgetView):
    """POST {rating: "up"|"down"}: what the shopper thought of an answer."""

    scope = "widget_feedback"

    def post(self, request: Request, public_id: str, message: str) -> Response:
        body = read_body(request, RatingInputSerializer).validated_data
        if not conversations.set_rating(
            self.chatbot, parse_uid(message), body["rating"]
        ):
            raise exceptions.NotFound("There is no answer with this id.")
        return Response({"rating": body["rating"]})


class ConversationView(WidgetView):
    """GET: the conversation so far, for a widget whose page was left.

    {conversation, messages: [{id, role: "shopper"|"assistant", text, products: [card],
    rating: "up"|"down"|null, created_at}]}, oldest first. Cards are today's.
    """

    scope = "widget_conversation"

    def get(self, request: Request, public_id: str, conversation: str) -> Response:
        talk = conversations.find_conversation(self.chatbot, parse_uid(conversation))
        if talk is None:
            raise exceptions.NotFound("There is no conversation with this id.")
        messages = list(talk.messages.order_by("-id")[: conversations.SHOWN])
        cards = self.cards_of(messages)
        return Response(
            {
                "conversation": str(talk.uid),
                "messages": [shown(message, cards) for message in reversed(messages)],
            }
        )

    def cards_of(self, messages: list[Message]) -> dict[str, dict[str, Any]]:
        """{external_id: card} of the products the messages cite and the store has."""
        cited = {key for message in messages for key in message.products}
        products = Product.objects.filter(
            store=self.chatbot.store, external_id__in=cited, deleted_at__isnull=True
        ).defer("raw")
        found = {}
        for product in products:
            product.store = self.chatbot.store
            found[product.external_id] = card_of(product)
        return found


def shown(message: Message, cards: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": str(message.uid),
        "role": message.role,
        "text": message.text,
        "products": [cards[key] for key in message.products if key in cards],
        "rating": message.rating or None,
        "created_at": message.created_at.isoformat().replace("+00:00", "Z"),
    }
