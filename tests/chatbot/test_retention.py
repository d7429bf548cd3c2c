"""Conversations end: after their time, and when a shopper asks for it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot.models import Chatbot, Conversation, Counter, Message
from chatbot.services.retention import erase_shopper
from chatbot.tasks import prune
from tests.chatbot.widget import Widget
from tests.factories import make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def chatbot(db):
    return Chatbot.objects.create(store=make_store(), name="Shop")


def test_conversations_are_removed_90_days_after_their_last_message(chatbot, settings):
    old, young = Widget(chatbot), Widget(chatbot)
    for widget in (old, young):
        widget.ask("hello")
    now = timezone.now()
    Conversation.objects.filter(uid=old.conversation).update(
        last_message_at=now - timedelta(days=90, seconds=1)
    )
    Conversation.objects.filter(uid=young.conversation).update(
        last_message_at=now - timedelta(days=89)
    )
    assert prune() == "1 conversations removed"
    assert [str(uid) for uid in Conversation.objects.values_list("uid", flat=True)] == [
        young.conversation
    ]
    assert Message.objects.count() == 2
    settings.CONVERSATION_DAYS = 30
    assert prune() == "1 conversations removed"
    assert old.say("hello again")  # an id that is gone begins a new conversation


def test_counts_that_are_over_are_removed(chatbot):
    Widget(chatbot).ask("hello")
    Counter.objects.update(expires_at=timezone.now())
    prune()
    assert not Counter.objects.exists()


def test_a_shoppers_conversations_are_erased_by_e_mail(chatbot):
    alice, eve = Widget(chatbot), Widget(chatbot)
    alice.ask("My order is 1001 and I am Alice@Example.com")
    alice.ask("thanks")
    eve.ask("My order is 1001 and I am eve@example.com")
    elsewhere = Widget(Chatbot.objects.create(store=make_store(), name="Other"))
    elsewhere.ask("My order is 1001 and I am alice@example.com")
    assert erase_shopper([chatbot.store], "") == 0
    assert erase_shopper([chatbot.store], " ALICE@example.com ") == 1
    left = {str(uid) for uid in Conversation.objects.values_list("uid", flat=True)}
    assert left == {eve.conversation, elsewhere.conversation}
    assert Message.objects.count() == 4
    assert erase_shopper([chatbot.store], "alice@example.com") == 0
