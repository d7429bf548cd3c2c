"""How chatbots and what they said are shown."""

from __future__ import annotations

from django import template
from django.http import HttpRequest

from chatbot.models import Chatbot
from commerce.templatetags.pages import Link, links

register = template.Library()

TABS = (
    ("Overview", "chatbot-detail"),
    ("Settings", "chatbot-settings"),
    ("Answers", "answer-list"),
)


@register.filter
def chatbot_tabs(chatbot: Chatbot, request: HttpRequest) -> list[Link]:
    return links(TABS, request.path, chatbot.uid)
