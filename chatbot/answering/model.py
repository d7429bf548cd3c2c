"""Answers with a model: it may look things up and choose words, never make up facts."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Generator, Iterator
from decimal import Decimal

from django.conf import settings

from chatbot.answering import guard, phrasing
from chatbot.answering.connections import release_connection
from chatbot.answering.guard import Guard
from chatbot.answering.model_stream import ModelFailed, Round, Wait, complete
from chatbot.answering.prompt import UNKNOWN_MARK, Message, messages_for
from chatbot.answering.subjects import load
from chatbot.answering.tools import TOOLS, OrderRefused, Toolbox
from chatbot.answering.turn import Reply, Turn
from chatbot.models import AnsweredBy
from chatbot.orders import REFUSAL
from chatbot.services.counters import DAY, HOUR, Limit, count_up
from commerce.models import Product

logger = logging.getLogger(__name__)

MAX_ROUNDS = 4  # completions for one answer: three with tools, and the last words
MAX_TEXT = 3_000  # characters
MAX_CARDS = 4
# The longest gap between two pieces, and when a crawling answer is given up.
SILENCE_SECONDS, CRAWL_SECONDS = 4.0, 9.0
# One visitor may not use up a chatbot's day.
ADDRESS_AN_HOUR = 600
# After so many failures in a row nobody else is made to wait for a while.
FAILURES, PAUSE_SECONDS = 3, 15.0

_UNSURE = re.compile(
    r"\b(?:i (?:do not|don['’]t) (?:know|have)|i(?:['’]m| am) not sure|i (?:couldn['’]t|"
    r"could not|can['’]t|cannot) find|no information)\b",
    re.IGNORECASE,
)


class Health:
    """Whether the API has been answering lately, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}
        self._away_until: dict[str, float] = {}

    def is_away(self, api: str) -> bool:
        return time.monotonic() < self._away_until.get(api, 0.0)

    def reset(self) -> None:
        """Forget every failure."""
        self._failures.clear()
        self._away_until.clear()

    def note(self, api: str, *, has_failed: bool) -> None:
        with self._lock:
            count = self._failures.get(api, 0) + 1 if has_failed else 0
            self._failures[api] = count
            if count >= FAILURES:
                self._away_until[api] = time.monotonic() + PAUSE_SECONDS


health = Health()


def reason_not_to_ask(turn: Turn) -> str | None:
    """Why the model is left alone: "" without a key, a code otherwise; None: ask it."""
    if not settings.OPENAI_API_KEY:
        return ""
    if health.is_away(settings.OPENAI_BASE_URL):
        return "paused"
    budget = [
        Limit(
            "model chatbot",
            str(turn.chatbot.pk),
            settings.CHAT_MODEL_ANSWERS_PER_DAY,
            DAY,
        ),
        Limit(
            "model address",
            f"{turn.chatbot.pk} {turn.address}",
            ADDRESS_AN_HOUR,
            HOUR,
        ),
    ]
    return "budget_used" if count_up(budget) else None


class ModelTalk:
    """One answer in the making. `said` is what the shopper has read of it so far."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.tools = Toolbox(turn)
        self.said = ""
        self.blanks = ""
        self.is_unknown = False
        self.guard = Guard(limits=guard.numbers_in(turn.text))
        self.guard.links |= {
            guard.plain_link(link)
            for link in guard.links_in(
                f"{turn.chatbot.shop_facts}\n{turn.chatbot.contact}"
            )
        }
        self.guard.links.add(guard.plain_link(turn.store.home_url))
        self.guard.amounts |= guard.amounts_in(turn.chatbot.shop_facts)

    def run(self) -> Generator[str, None, Reply]:
        """Yield what may be shown; return the answer. Raises ModelFailed."""
        now = time.monotonic()
        wait = Wait(
            first_words_at=now + settings.OPENAI_CHAT_SECONDS,
            silence=SILENCE_SECONDS,
            ends_at=now + CRAWL_SECONDS,
        )
        messages = self.begin()
        try:
            for number in range(1, MAX_ROUNDS + 1):
                release_connection()
                answer = yield from self.listen(
                    messages, wait, must_answer=number == MAX_ROUNDS
                )
                if not answer.calls:
                    break
                messages += self.call_tools(answer)
                yield from self.say(self.guard.feed("\n"))
        except OrderRefused:
            return (yield from self.refuse_order())
        yield from self.say(self.guard.flush())
        if not any(character.isalnum() for character in self.said):
            raise ModelFailed("nonsense", "The answer is empty.")
        return self.reply()

    def begin(self) -> list[Message]:
        """What the model is told, with the products under discussion."""
        context = self.turn.context
        keys = [context.subject] if context.subject else context.shown[:MAX_CARDS]
        subjects = load(self.turn.store, keys)
        self.tools.add(subjects)
        self.know()
        return messages_for(self.turn, subjects)

    def know(self) -> None:
        """Let the guard pass what the tools have told."""
        self.guard.amounts |= self.tools.amounts
        self.guard.links |= {guard.plain_link(link) for link in self.tools.links}
        self.guard.has_cards = bool(self.tools.products)
        for product in self.tools.products.values():
            self.guard.shares |= shares_off(product)

    def listen(
        self, messages: list[Message], wait: Wait, *, must_answer: bool
    ) -> Generator[str, None, Round]:
        """Pass one completion on, guarded; return what it asks for."""
        pieces = complete(messages, TOOLS, wait, must_answer=must_answer)
        for piece in pieces:
            if isinstance(piece, Round):
                if piece.finish == "content_filter":
                    raise ModelFailed("refused", "The API filtered the answer.")
                return piece
            shown = self.guard.feed(piece)
            wait.saw(shown or piece)
            yield from self.say(shown)
            if len(self.said) > MAX_TEXT:
                pieces.close()  # type: ignore[attr-defined]
                return Round(finish="length")
        raise ModelFailed("nonsense", "The completion has no end.")

    def say(self, text: str) -> Iterator[str]:
        if UNKNOWN_MARK in text:
            self.is_unknown = True
            text = text.replace(UNKNOWN_MARK, "")
        # Blanks wait for what they lead to: an answer neither begins nor ends in them.
        text = self.blanks + text
        self.blanks = text[len(text.rstrip()) :]
        text = text.rstrip() if self.said else text.strip()
        if text:
            self.said += text
            yield text

    def call_tools(self, answer: Round) -> list[Message]:
        """Run what was asked for; return the messages that tell of it."""
        calls = [
            {
                "id": call.id or f"call_{place}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for place, call in enumerate(answer.calls)
        ]
        messages: list[Message] = [
            {"role": "assistant", "content": None, "tool_calls": calls}
        ]
        for made, call in zip(calls, answer.calls, strict=True):
            told = self.tools.run(call.name, call.arguments)
            messages.append(
                {"role": "tool", "tool_call_id": made["id"], "content": told}
            )
        self.know()
        return messages

    def refuse_order(self) -> Generator[str, None, Reply]:
        """The one refusal, in its own words, whatever the model would have said."""
        yield from self.say(self.guard.flush())
        yield from self.say(f"\n\n{REFUSAL}" if self.said else REFUSAL)
        self.turn.context.is_about_order = True
        return Reply(self.said, answered_by=AnsweredBy.MODEL)

    def reply(self) -> Reply:
        """The answer with its cards, and what it leaves to talk about."""
        cited = cited_in(self.said, list(self.tools.products.values()))
        if not cited and self.guard.removed:
            cited = list(self.tools.products.values())
        cards = cited[:MAX_CARDS]
        context = self.turn.context
        if cards:
            context.shown = [product.external_id for product in cards]
            context.subject = cards[0].external_id if len(cards) == 1 else ""
        if self.guard.removed:
            logger.warning(
                "Chatbot %s: %s of the model's answer not shown",
                self.turn.chatbot.public_id,
                " and ".join(self.guard.removed),
            )
        is_unknown = self.is_unknown or (not cards and bool(_UNSURE.search(self.said)))
        return Reply(
            self.said,
            products=cards,
            grounds=cited,
            is_answered=not is_unknown,
            answered_by=AnsweredBy.MODEL,
            error_code=self.guard.removed[0] if self.guard.removed else "",
        )


def cited_in(text: str, products: list[Product]) -> list[Product]:
    """The products a text names, in the order it names them."""
    folded = text.casefold()
    places = []
    for product in products:
        name = product.name.casefold()
        place = folded.find(name)
        if place < 0:
            head = phrasing.head_of(product).casefold()
            place = folded.find(head) if len(head.split()) > 1 else -1
            if place >= 0 and any(
                other.name.casefold() in folded and head in other.name.casefold()
                for other in products
                if other is not product
            ):
                place = -1  # it is the other one that is named
        if place >= 0:
            places.append((place, product))
    places.sort(key=lambda pair: pair[0])
    return [product for _, product in places]


def shares_off(product: Product) -> set[Decimal]:
    """By how many per cent a product is reduced, rounded and not."""
    now, before = product.current_price, product.regular_price or product.price
    if not now or not before or before <= now:
        return set()
    share = 100 * (before - now) / before
    return {share.quantize(Decimal(1)), Decimal(int(share))}
