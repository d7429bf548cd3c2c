"""What a shopper's browser is told while an answer is made (DESIGN, Widget API)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Token:
    """The next piece of the answer's text."""

    name: ClassVar[str] = "token"
    text: str


@dataclass(frozen=True)
class Products:
    """The cards of the products the answer cites; see chatbot.cards."""

    name: ClassVar[str] = "products"
    products: list[dict[str, Any]]


@dataclass(frozen=True)
class Done:
    """The answer is whole and stored."""

    name: ClassVar[str] = "done"
    conversation: str
    message_id: str


@dataclass(frozen=True)
class Failed:
    """Nothing more will come; `detail` is a sentence for the shopper."""

    name: ClassVar[str] = "error"
    code: str
    detail: str


Event = Token | Products | Done | Failed


def payload_of(event: Event) -> dict[str, Any]:
    return asdict(event)
