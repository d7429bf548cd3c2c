"""How chatbots and what they said are shown."""

from __future__ import annotations

from decimal import Decimal

from django import template
from django.http import HttpRequest

from chatbot.emails import PLACEHOLDER, take_out
from chatbot.models import Chatbot, Message
from commerce.mapping.text import one_line
from commerce.templatetags.pages import Link, links
from commerce.templatetags.records import money

register = template.Library()

TABS = (
    ("Overview", "chatbot-detail"),
    ("Settings", "chatbot-settings"),
    ("Answers", "answer-list"),
)


@register.filter
def chatbot_tabs(chatbot: Chatbot, request: HttpRequest) -> list[Link]:
    return links(TABS, request.path, chatbot.uid)


@register.simple_tag
def price_in(amount: Decimal | None, currency: str) -> str:
    return "no price" if amount is None else money(amount, currency)


@register.filter
def seconds(duration_ms: int) -> str:
    """1234 -> 1.2 s; what is shorter than a second in milliseconds."""
    return f"{duration_ms / 1000:.1f} s" if duration_ms >= 1000 else f"{duration_ms} ms"


@register.filter
def as_question(message: Message) -> str:
    """What was asked, on a line and without e-mail addresses: for an own answer."""
    return one_line(take_out(message.text)[0].replace(PLACEHOLDER, ""))
