"""A chatbot over the demo catalogue, with no key unless a test gives one."""

import pytest
from django.core.cache import cache

from chatbot.answering.model import health
from chatbot.models import Chatbot
from tests.chatbot.shop import make_chatbot, make_shop
from tests.chatbot.widget import Widget


@pytest.fixture(autouse=True)
def _no_key(settings):
    settings.OPENAI_API_KEY = ""
    cache.clear()
    health.reset()


@pytest.fixture
def chatbot(db) -> Chatbot:
    return make_chatbot(make_shop())


@pytest.fixture
def small_chatbot(db) -> Chatbot:
    """A chatbot over the footwear alone, made in a moment."""
    return make_chatbot(make_shop(products=20))


@pytest.fixture
def widget(chatbot) -> Widget:
    return Widget(chatbot)
