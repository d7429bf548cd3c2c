"""What shoppers asked in vain, and the merchant's answers used from then on."""

import pytest

from chatbot.models import Chatbot, Message
from chatbot.services.merchant_answers import (
    InvalidAnswer,
    add_answer,
    unanswered_questions,
)
from tests.chatbot.widget import Widget
from tests.factories import make_store

pytestmark = pytest.mark.django_db
TEXT = "Yes, we wrap gifts in linen for $4."


@pytest.fixture
def chatbot(db):
    return Chatbot.objects.create(store=make_store(), name="Shop")


def test_an_answer_once_given_is_used_from_then_on(chatbot):
    widget = Widget(chatbot)
    widget.ask("Do you offer gift wrapping?")
    assert Message.objects.latest("id").is_answered is False
    known = add_answer(chatbot, question="Do you offer gift wrapping?", text=TEXT)
    assert widget.say("do you do gift-wrapping") == TEXT
    stored = Message.objects.latest("id")
    assert (stored.answered_by, stored.merchant_answer) == ("merchant", known)
    assert stored.is_answered
    assert "linen" not in Widget(
        Chatbot.objects.create(store=chatbot.store, name="Other")
    ).say("Do you offer gift wrapping?")
    type(known).objects.update(is_active=False)
    assert widget.say("Do you offer gift wrapping?") != TEXT


SAME = [
    ("Do you offer gift wrapping?", "can you wrap it as a gift?"),
    ("Do you have a loyalty program?", "is there any loyalty programme or program?"),
    ("Do you match the prices of competitors?", "will you match a competitor's price"),
    ("Are your products made in the USA?", "are the products made in USA"),
]
OTHER = [
    ("Do you ship to Canada for free?", "Do you ship to Mexico for free?"),
    ("Do you ship to Canada?", "Do you ship?"),
    ("Is the Skarn 2 tent good in winter?", "Is the Skarn 3 tent good in winter?"),
    ("Do you offer gift wrapping?", "Do you offer gift cards?"),
    ("Do you have a shop in Boston?", "Do you have a shop in Berlin?"),
    ("Can I change my order?", "Where is my order?"),
    ("Do you offer gift wrapping?", "what?"),
]


@pytest.mark.parametrize(("known", "asked"), SAME)
def test_the_same_question_in_other_words_is_recognised(chatbot, known, asked):
    add_answer(chatbot, question=known, text=TEXT)
    assert Widget(chatbot).say(asked) == TEXT


@pytest.mark.parametrize(("known", "asked"), OTHER)
def test_another_question_in_the_same_words_is_not(chatbot, known, asked):
    add_answer(chatbot, question=known, text=TEXT)
    assert Widget(chatbot).say(asked) != TEXT


def test_unanswered_questions_are_grouped_the_most_asked_first(chatbot):
    for text in (
        "Do you sponsor school trips?",
        "Is there a vegan cafeteria?",
        "do you sponsor a school trip",
        "School trips: do you sponsor them? write to eve@example.com",
        "hello",
    ):
        Widget(chatbot).ask(text)
    groups = unanswered_questions([chatbot])
    assert [group.count for group in groups] == [3, 1]
    assert "eve@example.com" not in groups[0].question
    assert len(groups[0].messages) == 3
    add_answer(chatbot, question="Do you sponsor school trips?", text="No.")
    assert [group.count for group in unanswered_questions([chatbot])] == [1]
    other = Chatbot.objects.create(store=make_store(), name="Other")
    assert unanswered_questions([other]) == []


@pytest.mark.parametrize(
    ("question", "text", "field"),
    [
        ("", "Yes.", "question"),
        ("what is the", "Yes.", "question"),
        ("x" * 1_001, "Yes.", "question"),
        ("Gift wrapping?", " \n", "text"),
        ("Gift wrapping?", "x" * 4_001, "text"),
    ],
)
def test_what_is_no_answer_is_refused(chatbot, question, text, field):
    with pytest.raises(InvalidAnswer) as caught:
        add_answer(chatbot, question=question, text=text)
    assert list(caught.value.errors) == [field]
    assert not chatbot.merchant_answers.exists()
