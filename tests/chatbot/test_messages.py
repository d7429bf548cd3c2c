"""POST messages, feedback and GET conversations, as a shopper's browser sees them."""

import json
import logging
import uuid

import pytest
from django.test import Client

from chatbot.indexing import index_words
from chatbot.models import Chatbot, Conversation, Message
from chatbot.services import limits
from tests.chatbot.widget import Widget, text_of
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db
SHOP = "https://shop.example"


@pytest.fixture
def chatbot(db):
    store = make_store(base_url="https://api.example", currency="USD")
    make_product(
        store,
        "42",
        name="Storm Shell Rain Jacket",
        price="149.50",
        stock_status="in_stock",
        permalink="https://shop.example/storm",
        written_by_id=uuid.uuid4(),
    )
    return Chatbot.objects.create(store=store, name="Shop", allowed_origins=[SHOP])


def index(chatbot):
    index_words(chatbot.store)
    return Widget(chatbot)


def test_an_answer_has_its_conversation_text_and_cards(chatbot):
    widget = index(chatbot)
    answer = widget.post("messages", {"message": "How much is the Storm Shell jacket?"})
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"conversation", "message"}
    assert set(body["message"]) == {"id", "text", "products"}
    assert body["message"]["text"] == "Storm Shell Rain Jacket costs $149.50."
    [card] = body["message"]["products"]
    assert card == {
        "external_id": "42",
        "name": "Storm Shell Rain Jacket",
        "price": "149.50",
        "currency": "USD",
        "stock_status": "in_stock",
        "url": "https://shop.example/storm",
        "image": None,
    }
    uuid.UUID(body["conversation"]), uuid.UUID(body["message"]["id"])


def test_a_stream_sends_tokens_then_products_then_done(chatbot):
    widget = index(chatbot)
    answer = widget.post(
        "messages", {"message": "Storm Shell jacket price?"}, Accept="text/event-stream"
    )
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Cache-Control"] == "no-store"
    events = widget.stream("Storm Shell jacket price?")
    names = [name for name, _ in events]
    assert names[:-2] == ["token"] * (len(names) - 2)
    assert names[-2:] == ["products", "done"]
    assert text_of(events) == "Storm Shell Rain Jacket costs $149.50."
    assert [card["external_id"] for card in events[-2][1]["products"]] == ["42"]
    assert set(events[-1][1]) == {"conversation", "message_id"}
    stored = Message.objects.get(uid=events[-1][1]["message_id"])
    assert stored.text == text_of(events)


def test_an_answer_keeps_what_it_stood_on(chatbot):
    index(chatbot).ask("How much is the Storm Shell jacket?")
    product = chatbot.store.products.get()
    message = Message.objects.get(role="assistant")
    assert message.answered_by == "composer"
    assert message.is_answered
    assert message.grounds == [
        {
            "external_id": "42",
            "name": "Storm Shell Rain Jacket",
            "price": "149.50",
            "currency": "USD",
            "stock_status": "in_stock",
            "written_by": {"type": "sync_run", "id": str(product.written_by_id)},
        }
    ]
    assert message.question.text == "How much is the Storm Shell jacket?"
    assert message.duration_ms is not None


def test_a_conversation_goes_on_only_with_its_id_and_its_chatbot(chatbot):
    widget = index(chatbot)
    widget.ask("Storm Shell Rain Jacket")
    first = widget.conversation
    assert widget.say("How much is it?").startswith("Storm Shell Rain Jacket costs")
    assert widget.conversation == first
    stranger = Widget(chatbot)
    assert "costs" not in stranger.say("How much is it?")
    assert stranger.conversation != first
    other = Widget(Chatbot.objects.create(store=chatbot.store, name="Other"))
    other.conversation = first
    assert "costs" not in other.say("How much is it?")
    assert other.conversation != first
    assert other.get(f"conversations/{first}").status_code == 404


def test_a_conversation_can_be_read_again(chatbot):
    widget = index(chatbot)
    widget.ask("How much is the Storm Shell jacket?")
    widget.post(f"messages/{widget.message_id}/feedback", {"rating": "up"})
    body = widget.get(f"conversations/{widget.conversation}").json()
    assert body["conversation"] == widget.conversation
    asked, told = body["messages"]
    assert (asked["role"], asked["products"], asked["rating"]) == ("shopper", [], None)
    assert (told["role"], told["rating"]) == ("assistant", "up")
    assert [card["name"] for card in told["products"]] == ["Storm Shell Rain Jacket"]
    assert widget.get(f"conversations/{uuid.uuid4()}").status_code == 404
    assert widget.get("conversations/none").status_code == 404


def test_answers_are_rated(chatbot):
    widget = index(chatbot)
    widget.ask("hello")
    path = f"messages/{widget.message_id}/feedback"
    assert widget.post(path, {"rating": "down"}).json() == {"rating": "down"}
    assert Message.objects.get(uid=widget.message_id).rating == "down"
    for rating in ("", "sideways", None, 1, ["up"]):
        assert widget.post(path, {"rating": rating}).status_code == 400, rating
    asked = Message.objects.get(role="shopper")
    for unknown in (uuid.uuid4(), asked.uid, "x"):
        answer = widget.post(f"messages/{unknown}/feedback", {"rating": "up"})
        assert answer.status_code == 404, unknown
    other = Widget(Chatbot.objects.create(store=chatbot.store, name="Other"))
    assert other.post(path, {"rating": "up"}).status_code == 404
    assert Message.objects.get(uid=widget.message_id).rating == "down"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "Write a question"),
        ({"message": ""}, "Write a question"),
        ({"message": " \n\t "}, "Write a question"),
        ({"message": None}, "Write a question"),
        ({"message": "x" * 1_001}, "1,000 characters"),
        ({"message": {"a": 1}}, ""),
        ({"message": "hi", "conversation": "not an id"}, ""),
        ([1], "JSON object"),
        (b"{", ""),
        (b"\xff\xfe", ""),
    ],
)
def test_what_is_no_question_gets_a_sentence_and_is_not_stored(chatbot, body, says):
    for accept in ("application/json", "text/event-stream", "image/png"):
        answer = Widget(chatbot).post("messages", body, Accept=accept)
        assert answer.status_code == 400
        assert answer.json()["detail"] and answer.json()["code"]
        assert says in answer.json()["detail"]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    "message",
    [
        "x" * 1_000,
        "\x00\x01\u2028 null \ud800 half",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "'; DROP TABLE chatbot_message; --",
        "{{ 7*7 }} {% debug %} ${jndi:ldap://x} %s %(x)s {0.__class__}",
        "؟ كم سعر هذا السترة",
        "🙂" * 200,
        "((((((((((((((((((((((((" * 20,
        "a@" * 400,
        "1" * 900,
        "how much " * 100,
        "order # " * 120,
    ],
)
def test_whatever_is_typed_gets_a_plain_answer(chatbot, message):
    widget = index(chatbot)
    body = json.dumps({"message": message}).encode()
    answer = widget.post("messages", body)
    if "\x00" in message:
        assert answer.status_code in (200, 400)
    else:
        assert answer.status_code == 200
        assert answer.json()["message"]["text"]
        assert "49" not in answer.json()["message"]["text"]
    assert Message.objects.count() in (0, 2)


def test_only_allowed_origins_are_served_across_origins(chatbot):
    widget = index(chatbot)
    for path, method in (
        ("messages", "POST"),
        (f"conversations/{uuid.uuid4()}", "GET"),
    ):
        address = f"{widget.root}/{path}"
        foreign = widget.client.generic(
            method, address, b"{}", headers={"Origin": "https://evil.example"}
        )
        assert foreign.status_code == 403
        assert foreign.json()["code"] == "origin_not_allowed"
        assert "Access-Control-Allow-Origin" not in foreign.headers
    known = widget.post("messages", {"message": "hi"}, Origin=SHOP)
    assert known.headers["Access-Control-Allow-Origin"] == SHOP
    streamed = widget.post(
        "messages", {"message": "hi"}, Origin=SHOP, Accept="text/event-stream"
    )
    assert streamed.headers["Access-Control-Allow-Origin"] == SHOP
    preflight = widget.client.options(
        f"{widget.root}/messages", headers={"Origin": SHOP}
    )
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]


def test_unknown_paused_and_wrong_methods(chatbot):
    Chatbot.objects.update(is_active=False)
    paused = Widget(chatbot).post("messages", {"message": "hi"})
    assert (paused.status_code, paused.json()["code"]) == (404, "chatbot_paused")
    chatbot.public_id = uuid.uuid4()
    assert Widget(chatbot).post("messages", {"message": "hi"}).status_code == 404
    Chatbot.objects.update(is_active=True, public_id=chatbot.public_id)
    assert Widget(chatbot).get("messages").status_code == 405


def test_a_conversation_that_writes_too_fast_is_asked_to_wait(chatbot, monkeypatch):
    monkeypatch.setattr(limits, "CONVERSATION_A_MINUTE", 3)
    widget = Widget(chatbot)
    widget.ask("hello")
    for _ in range(3):
        widget.ask("hello")
    for accept in ("application/json", "text/event-stream"):
        body = {"message": "hello", "conversation": widget.conversation}
        answer = widget.post("messages", body, Accept=accept)
        assert answer.status_code == 429
        assert answer.json()["code"] == "too_many_messages"
        assert "faster than I can read" in answer.json()["detail"]
        assert int(answer.headers["Retry-After"]) <= 61
    assert Widget(chatbot).say("hello")  # another shopper is served


def test_an_address_and_a_chatbot_have_limits_too(chatbot, monkeypatch):
    monkeypatch.setattr(limits, "ADDRESS_AN_HOUR", 2)
    crowd = [Widget(chatbot, address="198.51.100.1") for _ in range(3)]
    codes = [w.post("messages", {"message": "hi"}).status_code for w in crowd]
    assert codes == [200, 200, 429]
    assert Widget(chatbot, address="198.51.100.2").say("hi")
    monkeypatch.setattr(limits, "CHATBOT_AN_HOUR", 5)
    codes = [
        Widget(chatbot, address=f"198.51.100.{n}")
        .post("messages", {"message": "hi"})
        .status_code
        for n in (3, 4)
    ]
    assert codes == [200, 429]


def test_a_failure_is_a_sentence_for_the_shopper_and_a_cause_in_the_log(
    chatbot, monkeypatch, caplog
):
    widget = index(chatbot)

    def broken(turn):
        raise RuntimeError("the cause")
        yield

    monkeypatch.setattr("chatbot.services.conversations.answer", broken)
    with caplog.at_level(logging.ERROR):
        answer = widget.post("messages", {"message": "hi"})
        events = widget.stream("hi")
    assert answer.status_code == 503
    assert "the cause" not in answer.content.decode()
    assert [name for name, _ in events] == ["error"]
    assert set(events[0][1]) == {"code", "detail"}
    assert "the cause" in caplog.text
    assert Message.objects.filter(error_code="failed", is_answered=False).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_shopper_who_leaves_leaves_the_part_that_was_sent(chatbot):
    widget = index(chatbot)
    answer = widget.post(
        "messages", {"message": "Storm Shell Rain Jacket"}, Accept="text/event-stream"
    )
    stream = iter(answer.streaming_content)
    next(stream), next(stream)
    answer.close()
    message = Message.objects.get(role="assistant")
    assert message.error_code == "shopper_left"
    assert message.text == "Storm Shell "


def test_another_stores_products_are_never_spoken_of(chatbot):
    other = make_store()
    make_product(other, "secret", name="Secret Rain Jacket Prototype", price="1.00")
    index(Chatbot.objects.create(store=other, name="Other"))
    answer = index(chatbot).ask("rain jacket prototype")
    assert "Secret" not in json.dumps(answer)


def test_a_deleted_store_has_no_chatbot(chatbot):
    from django.utils import timezone

    type(chatbot.store).objects.update(deleting_at=timezone.now())
    answer = Client().post(
        f"/api/chatbot/{chatbot.public_id}/messages",
        {"message": "hi"},
        content_type="application/json",
    )
    assert answer.status_code == 404
