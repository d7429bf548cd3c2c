"""What follows a webhook in other apps."""

import pytest
from django.test import Client
from django_q.models import OrmQ

from chatbot.models import Chatbot
from tests.stores import make_products

pytestmark = pytest.mark.django_db(transaction=True)


def names(chatbot):
    answer = Client().get(f"/api/chatbot/{chatbot.public_id}/search?q=lamp")
    return [card["name"] for card in answer.json()["results"]]


def test_what_a_webhook_says_is_found_and_what_it_deletes_is_not(store, sender, drain):
    chatbot = Chatbot.objects.create(store=store, name="Shop")
    sender.product("created")(id="1", name="Green lamp", price=5)
    drain()
    assert names(chatbot) == ["Green lamp"]
    sender.product("updated")(id="1", name="Red lamp")
    drain()
    assert names(chatbot) == ["Red lamp"]
    sender.product("deleted")(id="1")
    drain()
    assert names(chatbot) == []


def test_many_changes_queue_one_indexing(store, sender):
    for number in range(5):
        sender.product("created")(id=number, name="Lamp")
    assert OrmQ.objects.count() == 1
    sender.order("created")(id=1)
    sender.product("updated")(id=1, name="Lamp")
    assert OrmQ.objects.count() == 1


def test_a_bulk_body_queues_it_too(store, sender):
    sender.post("sync", {"products": make_products(3)})
    assert OrmQ.objects.count() == 1
