"""The talk about an order: asks for what is missing, then looks it up."""

from __future__ import annotations

import re

from chatbot.answering import intents, phrasing
from chatbot.answering.turn import Reply, Turn
from chatbot.emails import PLACEHOLDER
from chatbot.orders import REFUSAL, OrderFacts, look_up

ASK_BOTH = (
    "I can look that up. Please give me your order number and the e-mail address you "
    "ordered with."
)
ASK_NUMBER = "Thank you. Which order is it? Please give me the order number."
ASK_EMAIL = (
    "Thank you. To be sure that it is yours, please also give me the e-mail address you "
    "ordered with."
)
MAX_ITEMS = 10

# What is read as the number of an order, the surest first. Each needs a digit.
_NUMBER = r"[A-Za-z]{0,12}(?:[-_./ ]?\d[\w./-]*(?: \d[\w./-]*)*)"
_AFTER_WORD = re.compile(
    r"\b(?:order|purchase|confirmation)\W{0,3}"
    r"(?:(?:number|no|nr|num|id|code|is|was|#)\W{0,3}){0,3}"
    rf"(#?{_NUMBER})",
    re.IGNORECASE,
)
_AFTER_HASH = re.compile(r"(?:#|\b(?:number|no\.|nr\.?)\s?(?:is\s)?)\s?([\w./-]*\d[\w./-]*)", re.IGNORECASE)  # fmt: skip
_WITH_LETTERS = re.compile(r"\b([A-Za-z]{1,12}[-_ ]?\d[\w./-]*)")
_BARE = re.compile(r"(?<![\w$€£.,])(\d[\w./-]*)")
# The written-out parts of dates and amounts are no numbers of orders.
_NOT_NUMBERS = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th)\b|[$€£]\s?[\d.,]+|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|"
    r"\b\d+ (?:days?|weeks?|months?|hours?)\b|\b(?:last|this|next) \w+\b|"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{1,2}\b|"
    r"\b\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b",
    re.IGNORECASE,
)

_STATUS = {
    "shipped": "has been shipped",
    "delivered": "has been delivered",
    "cancelled": "was cancelled",
    "canceled": "was cancelled",
    "refunded": "was refunded",
    "completed": "is completed",
    "complete": "is completed",
    "processing": "is being processed",
}


def talk_about_order(turn: Turn) -> Reply | None:
    """Answer when an order is the subject, or was and the shopper goes on with it."""
    context = turn.context
    question = intents.normal(turn.text)
    number = number_in(turn.text, is_expected=context.is_about_order)
    # Who writes a number together with an e-mail address need not say "order".
    is_asked = intents.asks_order(question) or bool(number and turn.has_new_email)
    if not is_asked and not context.is_about_order:
        return None
    if not is_asked and not number and not turn.has_new_email:
        context.is_about_order = False  # the shopper has moved on
        return None
    if number:
        context.order_number = number
    context.is_about_order = True
    if not context.order_number:
        return Reply(ASK_NUMBER if turn.email else ASK_BOTH)
    if not turn.email:
        return Reply(ASK_EMAIL)
    return look_up_for(turn, context.order_number)


def look_up_for(turn: Turn, number: str) -> Reply:
    """Return the status of the shopper's order, or the one refusal."""
    facts = look_up(
        turn.store,
        number=number,
        email=turn.email,
        conversation=turn.conversation,
        address=turn.address,
    )
    if facts is None:
        # The next number or address the shopper writes is another try.
        turn.context.is_about_order = True
        return Reply(REFUSAL)
    turn.context.order_number = number
    turn.context.is_about_order = False
    return Reply(describe(facts, turn))


def number_in(text: str, *, is_expected: bool) -> str:
    """Return what reads as an order's number, or "".

    is_expected: the shopper was asked for one, so a word with a digit will do.
    """
    text = _NOT_NUMBERS.sub(" ", text.replace(PLACEHOLDER, " "))
    patterns = [_AFTER_WORD, _AFTER_HASH, _WITH_LETTERS, _BARE]
    for pattern in patterns if is_expected else patterns[:3]:
        if match := pattern.search(text):
            return match[1].strip(" .,-/#")
    if is_expected:
        return ""
    match = _BARE.search(text)
    return match[1].strip(" .,-/#") if match and len(match[1]) >= 3 else ""


def describe(facts: OrderFacts, turn: Turn) -> str:
    """Status, date, items and total; nothing else of an order is ever told."""
    status = facts.status.strip()
    if not status:
        sentence = f"I found order {facts.number}, but the shop gives no status for it."
    elif known := _STATUS.get(status.lower()):
        sentence = f"Order {facts.number} {known}."
    else:
        sentence = f"Order {facts.number} is marked “{status}”."
    lines = [sentence]
    if facts.placed_at:
        lines.append(f"It was placed on {phrasing.day(facts.placed_at)}.")
    text = " ".join(lines)
    shown = facts.items[:MAX_ITEMS]
    for quantity, name in shown:
        text += f"\n• {f'{quantity} × ' if quantity else ''}{name}"
    if len(facts.items) > len(shown):
        text += f"\n• and {len(facts.items) - len(shown)} more"
    if facts.total is not None:
        total = phrasing.money(facts.total, facts.currency, turn.store)
        text += f"\nTotal: {total}"
    return text
