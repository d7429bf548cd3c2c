"""What a merchant enters about a chatbot. The rules are the service's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from chatbot.models import Chatbot, Position
from chatbot.services.chatbots import (
    MAX_ORIGINS,
    MAX_QUESTION,
    MAX_QUESTIONS,
    TEXTS,
    InvalidChatbot,
)
from commerce.models import Store

# What frame.html says when the merchant left the greeting empty.
DEFAULT_GREETING = "Hello! Ask me about our products, or about your order."


class LinesField(forms.CharField):
    """A list of texts, one a line; blank lines are nothing."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        lines = (line.strip() for line in text.splitlines())
        return [line for line in lines if line]

    def run_validators(self, value: Any) -> None:
        super().run_validators("\n".join(value))


def text(name: str, label: str, help_text: str = "", **attrs: Any) -> forms.CharField:
    """A text of the chatbot, on a line, or on several when `rows` are told."""
    kind = forms.Textarea if "rows" in attrs else forms.TextInput
    widget = kind(attrs={"maxlength": TEXTS[name], **attrs})
    return forms.CharField(
        label=label, help_text=help_text, required=name == "name", widget=widget
    )


class ChatbotForm(forms.Form):
    """Everything about a chatbot but whether it is paused."""

    name = text("name", "Name", "Shoppers see it above the answers.")
    greeting = text(
        "greeting",
        "Greeting",
        "The first thing shoppers read.",
        placeholder=DEFAULT_GREETING,
    )
    accent_color = forms.CharField(
        label="Colour",
        help_text="Of the button and the head of the chat. Letters on it stay readable.",
        widget=forms.TextInput(attrs={"type": "color"}),
        initial="#2f5bea",
    )
    position = forms.ChoiceField(
        label="Position",
        help_text="Where the button stands in your storefront.",
        choices=Position.choices,
        initial=Position.RIGHT,
    )
    suggested_questions = LinesField(
        label="Suggested questions",
        help_text=(
            f"One a line, at most {MAX_QUESTIONS} of {MAX_QUESTION} characters. "
            "Shoppers tap them."
        ),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "Which tents are in stock?"}
        ),
    )
    shop_facts = text(
        "shop_facts",
        "Shop facts",
        "Shipping, returns, opening hours: plain sentences the chatbot may repeat. It "
        "states nothing about your shop that is not here or in your catalogue.",
        rows=9,
        placeholder="Standard shipping takes 3 to 5 days and is free from $75.",
    )
    contact = text(
        "contact",
        "How to reach a person",
        "Told when the chatbot does not know.",
        placeholder="write to help@yourstore.com",
    )
    tone = text(
        "tone",
        "Tone",
        "How answers should sound. Used when a model answers.",
        placeholder="Warm and brief, never pushy",
    )
    allowed_origins = LinesField(
        label="Allowed origins",
        help_text=(
            f"The sites that may show the chat, one a line, at most {MAX_ORIGINS}: "
            "scheme and host, such as https://www.yourstore.com. It appears nowhere else."
        ),
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 3,
                "class": "mono",
                "spellcheck": "false",
                "autocapitalize": "none",
                "placeholder": "https://www.yourstore.com",
            }
        ),
    )

    @classmethod
    def of(cls, chatbot: Chatbot) -> ChatbotForm:
        """The form as the chatbot is now."""
        return cls(initial={name: getattr(chatbot, name) for name in cls.base_fields})

    def values(self) -> dict[str, Any]:
        """What was entered, for the service."""
        return dict(self.cleaned_data)

    def add_chatbot_errors(self, error: InvalidChatbot) -> None:
        for field, sentence in error.errors.items():
            self.add_error(field, sentence)


class NewChatbotForm(ChatbotForm):
    """The same for a chatbot that is made: it belongs to a store."""

    store = forms.ChoiceField(
        label="Store", help_text="Whose products and orders it speaks of."
    )
    field_order = ["store"]

    def __init__(self, stores: Sequence[Store], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stores = {str(store.uid): store for store in stores}
        choice = self.fields["store"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(uid, store.name) for uid, store in self.stores.items()]
        choice.error_messages["invalid_choice"] = "Choose one of your stores."
        origins = self.fields["allowed_origins"]
        origins.help_text = f"{origins.help_text} Left empty: your storefront's own."

    def store_chosen(self) -> Store:
        return self.stores[self.cleaned_data["store"]]

    def values(self) -> dict[str, Any]:
        """Origins that were not told are left to the service."""
        values = super().values()
        del values["store"]
        if not values["allowed_origins"]:
            del values["allowed_origins"]
        return values
