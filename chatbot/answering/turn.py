"""One question with all that may be known when answering it, and the answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from chatbot.models import AnsweredBy, Chatbot, MerchantAnswer
from commerce.models import Product, Store


@dataclass
class Context:
    """What is being talked about; kept with the conversation as JSON."""

    subject: str = ""  # external id of the product under discussion
    shown: list[str] = field(default_factory=list)  # of the cards last shown, in order
    topic: str = ""  # what was last asked of products: "price", "stock" ...
    thing: str = ""  # the word for what was last looked for: "jackets"
    order_number: str = ""
    # The shopper was asked for the number or the e-mail address of an order.
    is_about_order: bool = False

    @classmethod
    def load(cls, stored: dict[str, Any]) -> Self:
        """Read what an older or newer version may have stored."""
        known = cls()
        for spec in fields(cls):
            value = stored.get(spec.name)
            if type(value) is type(getattr(known, spec.name)):
                setattr(known, spec.name, value)
        return known

    def dump(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Turn:
    """A shopper's question.

    text: as written, one line, e-mail addresses taken out. email: the address last
    written in this conversation, or "". conversation, address: who asks, for the lock
    of the order look-up. history: (role, text) of earlier messages, oldest first,
    without e-mail addresses.
    """

    chatbot: Chatbot
    text: str
    context: Context
    conversation: str = ""
    email: str = ""
    has_new_email: bool = False
    address: str = ""
    history: list[tuple[str, str]] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.chatbot.store


@dataclass
class Reply:
    """An answer.

    products: whose cards are shown, in order. grounds: every product the text speaks
    of. is_answered: False when the shopper was told that we do not know.
    """

    text: str
    products: list[Product] = field(default_factory=list)
    grounds: list[Product] = field(default_factory=list)
    is_answered: bool = True
    answered_by: str = AnsweredBy.COMPOSER
    merchant_answer: MerchantAnswer | None = None
    error_code: str = ""

    def __post_init__(self) -> None:
        known = {product.pk for product in self.grounds}
        self.grounds = [
            *(product for product in self.products if product.pk not in known),
            *self.grounds,
        ]
