"""Answers without a model: the shop's own facts, put into sentences.

Every figure comes from the database and every other statement from the merchant's own
text. What neither tells is not guessed: the shopper hears so, and how to reach a person.
"""

from __future__ import annotations

from django.db.models import Count

from chatbot.answering import intents, phrasing, shop_facts
from chatbot.answering.comparing import compare, find_extreme
from chatbot.answering.order_talk import talk_about_order
from chatbot.answering.product_talk import contact_sentence, talk_about_products
from chatbot.answering.reading import Question
from chatbot.answering.turn import Reply, Turn
from commerce.models import Product

MAX_CATEGORIES = 12
THANKS = "You’re welcome! Is there anything else I can help you with?"
GOODBYE = "Goodbye, and thank you for stopping by!"
ABILITIES = (
    "I’m {name}, the shop’s assistant, a computer program. Ask me about products, "
    "prices, sizes and stock, let me compare two products, or ask where your order is."
)
NOTHING_FOUND = "I couldn’t find anything like that in the shop."
NOT_TOLD = "I’m afraid the shop hasn’t told me about that."


def compose(turn: Turn) -> Reply:
    """Answer from the store's facts. Changes `turn.context`."""
    question = Question.read(turn.text, turn.store.language)
    return (
        talk_small(turn)
        or talk_about_order(turn)
        or talk_about_shop(turn, question)
        or talk_about_range(turn, question)
        or talk_about_choice(turn, question)
        or talk_from_wording(turn, question)
        or talk_about_products(turn, question)
        or talk_from_text(turn, question)
        or give_up(turn, question)
    )


def talk_small(turn: Turn) -> Reply | None:
    """Greetings, thanks, and who is speaking."""
    text = intents.normal(turn.text)
    if intents.is_greeting(text):
        return Reply(greeting_of(turn))
    if intents.is_thanks(text):
        return Reply(THANKS)
    if intents.is_goodbye(text):
        return Reply(GOODBYE)
    if intents.asks_abilities(text):
        return Reply(ABILITIES.format(name=turn.chatbot.name))
    return None


def greeting_of(turn: Turn) -> str:
    return turn.chatbot.greeting.strip() or (
        f"Hello! I’m {turn.chatbot.name}. What are you looking for?"
    )


def talk_about_shop(turn: Turn, question: Question) -> Reply | None:
    """Shipping, returns, hours and the like, in the merchant's own sentences."""
    asked = question.asked
    topics = shop_facts.topics_in(asked)
    if topics:
        told = shop_facts.answer_topics(turn.chatbot.shop_facts, asked, topics)
        if told:
            return Reply(told)
        if intents.asks_person(asked):
            return talk_to_person(turn)
        return unknown(turn, NOT_TOLD)
    return talk_to_person(turn) if intents.asks_person(asked) else None


def talk_to_person(turn: Turn) -> Reply:
    """How to reach a human being."""
    if contact := turn.chatbot.contact.strip().rstrip("."):
        return Reply(f"You can reach the shop’s team here: {contact}.")
    told = shop_facts.answer_wording(turn.chatbot.shop_facts, "contact")
    if told:
        return Reply(told)
    return Reply(
        "I’m sorry, the shop hasn’t told me how to reach its team. You’ll find it on the "
        "shop’s contact page.",
        is_answered=False,
    )


def talk_about_range(turn: Turn, question: Question) -> Reply | None:
    """The kinds of things the shop sells, by its own categories."""
    if question.content or not intents.asks_range(question.asked):
        return None
    rows = (
        Product.objects.filter(store=turn.store, deleted_at__isnull=True)
        .exclude(categories=[])
        .values_list("categories__0")
        .annotate(n=Count("id"))
        .order_by("-n", "categories__0")[:MAX_CATEGORIES]
    )
    names = [str(name) for name, _ in rows if name]
    if not names:
        return None
    return Reply(f"We have {phrasing.join(names)}. What are you looking for?")


def talk_about_choice(turn: Turn, question: Question) -> Reply | None:
    """Two compared, or the cheapest of several."""
    if intents.asks_comparison(question.asked) and (reply := compare(turn, question)):
        return reply
    if intents.asks_cheapest(question.asked) or intents.asks_dearest(question.asked):
        return find_extreme(turn, question)
    return None


def talk_from_text(turn: Turn, question: Question) -> Reply | None:
    """A sentence of the merchant's that has the question's very words."""
    told = shop_facts.answer_wording(turn.chatbot.shop_facts, question.asked)
    return Reply(told) if told else None


def talk_from_wording(turn: Turn, question: Question) -> Reply | None:
    """The same, before products are looked for, when a question has several words."""
    if len(shop_facts.content_stems(question.asked)) < 2:
        return None
    return talk_from_text(turn, question)


def give_up(turn: Turn, question: Question) -> Reply:
    return unknown(turn, NOTHING_FOUND if question.content else NOT_TOLD)


def unknown(turn: Turn, sentence: str) -> Reply:
    """Say that we do not know, and who may."""
    ending = contact_sentence(turn) or "Could you say it in other words?"
    return Reply(f"{sentence} {ending}", is_answered=False)
