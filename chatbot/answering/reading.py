"""A question about products, cut into the words that matter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from chatbot import words
from chatbot.answering import intents
from chatbot.answering.phrasing import head_of
from chatbot.answering.word_lists import ASIDE, ASKING, HOLLOW
from chatbot.questions import Limits, read_limits
from commerce.models import Product

# Behind these, a question says more about the thing it has named.
_RELATIVE = re.compile(
    r"\b(?:that|which|who|with|without|for|from|under|below|over|above|between|in|on|"
    r"made|to|at|by|of|around|less|more|up|is|are|does|do|can)\b|[,;:?!]"
)


def stems(texts: Iterable[str], language: str) -> set[str]:
    """The stems of the words of some texts, stop words left out."""
    cut = [word for text in texts for word in words.cut(text)]
    stemmed = words.stems_of(cut, words.stemmer_of(language))
    return {stemmed[word] for word in cut if stemmed[word]}


@dataclass(frozen=True)
class Question:
    """asked: the question as the rules of `intents` read it. language: the store's."""

    asked: str
    language: str

    @classmethod
    def read(cls, text: str, language: str) -> Question:
        asked = intents.without_greeting(intents.normal(text))
        return cls(asked or intents.normal(text), language)

    @cached_property
    def words(self) -> list[str]:
        return words.cut(self.asked)

    @cached_property
    def _read(self) -> tuple[str, Limits]:
        return read_limits(self.asked)

    @property
    def rest(self) -> str:
        """The question without its limits."""
        return self._read[0]

    @property
    def limits(self) -> Limits:
        """The price, the stock and the like it asks for."""
        return self._read[1]

    @cached_property
    def content(self) -> list[str]:
        """The words that name something: no filling, no limits, in order."""
        cut = words.cut(self.rest)
        return [word for word in cut if word not in HOLLOW and word not in ASKING]

    @cached_property
    def stems(self) -> set[str]:
        return stems(self.content, self.language)

    @cached_property
    def head(self) -> set[str]:
        """The stem of the thing itself: "kettle" of "a kettle that works on gas"."""
        return stems([self.thing], self.language) if self.thing else self.stems

    @cached_property
    def thing(self) -> str:
        """The word for it: "kettle"; "" when the question names none."""
        content = set(self.content)
        for part in _RELATIVE.split(self.rest):
            nouns = [word for word in words.cut(part) if word in content]
            if nouns:
                return nouns[-1]
        return ""

    @cached_property
    def search(self) -> str:
        """What to search for: the question without its asking words, amounts kept."""
        kept = [word for word in self.asked.split() if word.strip("?!.,") not in ASIDE]
        return " ".join(kept)


def name_stems(product: Product) -> set[str]:
    return stems([product.name], product.store.language)


def kind_stems(product: Product) -> set[str]:
    """What says which kind of thing it is, not which one: categories and tags."""
    return stems([*product.categories, *product.tags], product.store.language)


def is_called(product: Product, wanted: set[str]) -> bool:
    """Whether the head of its name ends in what is wanted."""
    return bool(stems(head_of(product).split()[-1:], product.store.language) & wanted)


def is_of_kind(product: Product, wanted: set[str]) -> bool:
    """Whether the thing itself is what is wanted: tents, not tent stakes.

    It is when the last word of one of its categories, or of its name's head, is among
    the wanted.
    """
    heads = [text.split()[-1] for text in product.categories if text.split()]
    return is_called(product, wanted) or bool(
        stems(heads, product.store.language) & wanted
    )
