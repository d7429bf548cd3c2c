"""What the management API takes and shows of chatbots. Rules live in the service."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers

from chatbot.models import Chatbot, Position
from chatbot.services.chatbots import MAX_ORIGINS, MAX_QUESTION, MAX_QUESTIONS
from commerce.api.fields import OneOfField, TextField

_SETTINGS = {
    "store": "6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11",
    "name": "Shop assistant",
    "allowed_origins": ["https://www.yourstore.com"],
    "greeting": "Hi! What are you looking for?",
    "accent_color": "#2f5bea",
    "suggested_questions": ["Do you ship to Canada?"],
    "shop_facts": "Standard shipping takes 3 to 5 days and is free from $75.",
    "is_active": True,
}
_SHOWN = {
    "id": "0c8f4c3e-6f0b-4f0a-9b53-0d4f0f3c7a10",
    **_SETTINGS,
    "tone": "",
    "contact": "help@yourstore.com",
    "position": "right",
    "public_id": "a3b8f042-1e16-4f0a-a8f0-421e16bf1b4f",
    "embed_code": (
        '<script src="https://www.hiwelink.com/widget/v1/loader.js" '
        'data-chatbot="a3b8f042-1e16-4f0a-a8f0-421e16bf1b4f" async></script>'
    ),
    "created_at": "2024-01-15T10:29:00Z",
    "updated_at": "2024-01-15T10:29:00Z",
}


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class TextsField(serializers.Field[Any, Any, Any, Any]):
    """A list of texts; what is wrong with one of them is said of the whole field."""

    default_error_messages = {"not_texts": "This must be a list of texts."}

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(x, str) for x in data):
            self.fail("not_texts")
        item = TextField(allow_blank=True)
        return [item.run_validation(text) for text in data]

    def to_representation(self, value: list[str]) -> list[str]:
        return value


class TrueOrFalseField(serializers.BooleanField):
    """true or false and nothing else: "no" is somebody's slip."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


def text(help_text: str = "", **options: Any) -> TextField:
    return TextField(
        required=False, allow_blank=True, help_text=help_text or None, **options
    )


@extend_schema_serializer(component_name="ChatbotChanges")
class ChatbotChangesInputSerializer(serializers.Serializer[Any]):
    """A change of some settings; context: the chatbot."""

    name = TextField(required=False, help_text="Shown above the answers.")
    allowed_origins = TextsField(
        required=False,
        help_text=(
            "Origins whose pages may show the widget: scheme, host and an unusual "
            f"port, at most {MAX_ORIGINS}. http only for sandbox stores and localhost. "
            "Left out of a new one: the storefront's own."
        ),
    )
    greeting = text("The first thing shoppers read.")
    accent_color = TextField(required=False, help_text="# and six hex digits.")
    suggested_questions = TextsField(
        required=False,
        help_text=f"At most {MAX_QUESTIONS} of {MAX_QUESTION} characters each.",
    )
    shop_facts = text("What answers may state: shipping, returns, opening hours.")
    is_active = TrueOrFalseField(
        required=False, help_text="False: the widget is not shown and nothing answers."
    )
    tone = text("How answers should sound.")
    contact = text("How a shopper reaches a person.")
    position = OneOfField(Position.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        chatbot: Chatbot | None = self.context.get("chatbot")
        told = self.initial_data.get("store")
        if chatbot and told is not None and str(told) != str(chatbot.store.uid):
            raise serializers.ValidationError(
                {"store": "A chatbot stays with its store. Make a new one for another."}
            )
        return attrs


@extend_schema_serializer(
    component_name="ChatbotInput",
    examples=[OpenApiExample("Chatbot", request_only=True, value=_SETTINGS)],
)
class ChatbotInputSerializer(ChatbotChangesInputSerializer):
    store = TextField(help_text="The `id` of the store it speaks of.")
    name = TextField(help_text="Shown above the answers.")


@extend_schema_serializer(
    component_name="Chatbot",
    examples=[OpenApiExample("Chatbot", response_only=True, value=_SHOWN)],
)
class ChatbotOutputSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="uid")
    store = serializers.UUIDField(source="store.uid")
    name = serializers.CharField()
    allowed_origins = serializers.ListField(child=serializers.CharField())
    greeting = serializers.CharField()
    accent_color = serializers.CharField()
    suggested_questions = serializers.ListField(child=serializers.CharField())
    shop_facts = serializers.CharField()
    is_active = serializers.BooleanField()
    tone = serializers.CharField()
    contact = serializers.CharField()
    position = serializers.ChoiceField(Position.choices)
    public_id = serializers.UUIDField(help_text="All a storefront knows of it.")
    embed_code = serializers.CharField(help_text="The line for the storefront's pages.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
