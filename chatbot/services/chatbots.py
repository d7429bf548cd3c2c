"""Make, change and delete chatbots; every rule about what a merchant enters is here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from chatbot.models import Chatbot, Position
from chatbot.origins import InvalidOrigin, normalise_origin, origin_of
from commerce.models import Environment, Store

MAX_ORIGINS = 20
MAX_QUESTIONS = 8
MAX_QUESTION = 120  # characters: one fits on a phone's width in two lines
# Longest of each text, in characters; the columns hold no more.
TEXTS = {"name": 80, "greeting": 300, "shop_facts": 8_000, "tone": 300, "contact": 300}
EDITABLE = frozenset(
    {
        *TEXTS,
        "allowed_origins",
        "accent_color",
        "position",
        "suggested_questions",
        "is_active",
    }
)


class InvalidChatbot(ValueError):
    """What was entered cannot be a chatbot; `errors` is {field: sentence}."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def create_chatbot(store: Store, values: Mapping[str, Any]) -> Chatbot:
    """Create a chatbot of `store` from {field of EDITABLE: value}; name is needed.

    Origins that are not told are the storefront's own (`default_origins`).
    Raises InvalidChatbot with every error; nothing is stored then.
    """
    chatbot = Chatbot(store=store, allowed_origins=default_origins(store))
    apply(chatbot, {"name": "", **values})
    chatbot.save()
    return chatbot


def update_chatbot(chatbot: Chatbot, changes: Mapping[str, Any]) -> Chatbot:
    """Apply `changes` ({field of EDITABLE: value}) and return the chatbot.

    Raises InvalidChatbot with every error; nothing is changed then.
    """
    apply(chatbot, changes)
    chatbot.save(update_fields=[*changes, "updated_at"])
    return chatbot


def delete_chatbot(chatbot: Chatbot) -> None:
    """Remove the chatbot with its conversations: its widget falls silent at once."""
    chatbot.delete()


def apply(chatbot: Chatbot, values: Mapping[str, Any]) -> None:
    """Set what was entered, in its normal form. Raises InvalidChatbot."""
    errors: dict[str, str] = {}
    for field, value in values.items():
        if field not in EDITABLE:
            raise TypeError(f"{field} is not a merchant's to set.")
        try:
            setattr(chatbot, field, clean(chatbot.store, field, value))
        except ValueError as error:
            errors[field] = str(error)
    if errors:
        raise InvalidChatbot(errors)


def clean(store: Store, field: str, value: Any) -> Any:
    """Return one value in its normal form. Raises ValueError with a sentence."""
    if field in TEXTS:
        return clean_text(field, value)
    if field == "allowed_origins":
        sandbox = store.environment == Environment.SANDBOX
        return clean_origins(value, http_allowed=sandbox)
    if field == "suggested_questions":
        return clean_questions(value)
    if field == "accent_color":
        return clean_color(value)
    if field == "position" and value not in Position.values:
        raise ValueError(f"Choose one of {', '.join(Position.values)}.")
    return value


def clean_text(field: str, value: str) -> str:
    text = value.replace("\r\n", "\n").strip()
    if len(text) > TEXTS[field]:
        raise ValueError(f"Make this {TEXTS[field]:,} characters at most.")
    if field == "name" and not text:
        raise ValueError("Give the chatbot a name: shoppers see it above the answers.")
    return text


def clean_origins(origins: Sequence[str], *, http_allowed: bool) -> list[str]:
    """Normal forms, each once, in the order given. Raises InvalidOrigin, ValueError."""
    if len(origins) > MAX_ORIGINS:
        raise ValueError(
            f"At most {MAX_ORIGINS} origins fit; these are {len(origins)}."
        )
    wrong = []
    clean: dict[str, None] = {}
    for origin in origins:
        try:
            clean[normalise_origin(origin, http_allowed=http_allowed)] = None
        except InvalidOrigin as error:
            wrong.append(str(error))
    if wrong:
        raise ValueError(" ".join(wrong))
    return list(clean)


def default_origins(store: Store) -> list[str]:
    """Where shoppers go: most widgets are shown there and nowhere else."""
    is_sandbox = store.environment == Environment.SANDBOX
    origin = origin_of(store.home_url, http_allowed=is_sandbox)
    return [origin] if origin else []


def clean_questions(questions: Sequence[str]) -> list[str]:
    """The questions on one line each, blank and repeated ones left out."""
    lines = [" ".join(question.split()) for question in questions]
    asked = list(dict.fromkeys(line for line in lines if line))
    if len(asked) > MAX_QUESTIONS:
        raise ValueError(
            f"At most {MAX_QUESTIONS} questions fit; these are {len(asked)}."
        )
    if longest := next((line for line in asked if len(line) > MAX_QUESTION), None):
        raise ValueError(
            f"“{longest[:40]}…” is too long: a question has {MAX_QUESTION} characters "
            "at most."
        )
    return asked


def clean_color(color: str) -> str:
    text = color.strip().lower()
    if short := re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", text):
        text = "#" + "".join(2 * digit for digit in short.groups())
    if not re.fullmatch(r"#[0-9a-f]{6}", text):
        raise ValueError("Write the colour as # and six hex digits, such as #2f5bea.")
    return text
