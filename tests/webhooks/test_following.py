"""What follows a webhook in other apps."""

import pytest
from django.test import Client

from chatbot.indexing import index_words
from chatbot.models import Chatbot

pytestmark = pytest.mark.django_db(transaction=True)


def names(chatbot):
    answer = Client().get(f"/api/chatbot/{chatbot.public_id}/search?q=lamp")
    return [card["name"] for card in answer.json()["results"]]


def test_what_a_webhook_says_is_found_and_what_it_deletes_is_not(store, sender):
    chatbot = Chatbot.objects.create(store=store, name="Shop")
    sender.product("created")(id="1", name="Green lamp", price=5)
    index_words(store)
    assert names(chatbot) == ["Green lamp"]
    sender.product("updated")(id="1", name="Red lamp")
    index_words(store)
    assert names(chatbot) == ["Red lamp"]
    sender.product("deleted")(id="1")
    index_words(store)
    assert names(chatbot) == []
