"""A question about products, cut into the words that matter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from chatbot import words
from chatbot.answering import intents
from chatbot.answering.phrasing import head_of
from commerce.models import Product

# Words that shape a question and name nothing in a shop.
HOLLOW = frozenset(
    [
        "a",
        "about",
        "actually",
        "after",
        "all",
        "also",
        "am",
        "an",
        "and",
        "another",
        "any",
        "anything",
        "are",
        "around",
        "as",
        "at",
        "be",
        "because",
        "been",
        "before",
        "being",
        "best",
        "better",
        "between",
        "big",
        "but",
        "buy",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "doing",
        "else",
        "ever",
        "every",
        "find",
        "for",
        "from",
        "get",
        "give",
        "go",
        "going",
        "good",
        "got",
        "great",
        "had",
        "has",
        "have",
        "having",
        "hello",
        "help",
        "here",
        "hi",
        "how",
        "i",
        "if",
        "im",
        "in",
        "interested",
        "into",
        "is",
        "it",
        "its",
        "just",
        "kind",
        "know",
        "like",
        "looking",
        "made",
        "make",
        "many",
        "may",
        "maybe",
        "me",
        "might",
        "more",
        "most",
        "much",
        "my",
        "need",
        "new",
        "nice",
        "no",
        "not",
        "now",
        "of",
        "off",
        "offer",
        "ok",
        "okay",
        "on",
        "one",
        "ones",
        "or",
        "order",
        "other",
        "our",
        "out",
        "over",
        "please",
        "possible",
        "product",
        "products",
        "really",
        "recommend",
        "recommendation",
        "recommendations",
        "right",
        "search",
        "see",
        "sell",
        "shop",
        "should",
        "show",
        "so",
        "some",
        "something",
        "somebody",
        "someone",
        "sort",
        "still",
        "store",
        "stuff",
        "such",
        "suggest",
        "suggestion",
        "suggestions",
        "sure",
        "take",
        "tell",
        "than",
        "thank",
        "thanks",
        "that",
        "thats",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "things",
        "think",
        "this",
        "those",
        "to",
        "too",
        "two",
        "type",
        "up",
        "us",
        "use",
        "using",
        "very",
        "want",
        "wanted",
        "wants",
        "was",
        "way",
        "we",
        "well",
        "were",
        "what",
        "whats",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "within",
        "without",
        "would",
        "yes",
        "yet",
        "you",
        "your",
        "yours",
        "item",
        "items",
        "carry",
        "stock",
        "looks",
        "look",
    ]
)
# Words of questions about price, stock and the like: asked for, not searched for.
ASKING = frozenset(
    [
        "price",
        "prices",
        "priced",
        "pricing",
        "cost",
        "costs",
        "costing",
        "much",
        "expensive",
        "cheap",
        "cheaper",
        "cheapest",
        "least",
        "lowest",
        "highest",
        "affordable",
        "dollars",
        "dollar",
        "euros",
        "euro",
        "bucks",
        "sale",
        "discount",
        "discounted",
        "reduced",
        "available",
        "availability",
        "sold",
        "in-stock",
        "stocked",
        "left",
        "compare",
        "compared",
        "comparing",
        "comparison",
        "difference",
        "differences",
        "different",
        "differ",
        "versus",
        "vs",
        "details",
        "detail",
        "info",
        "information",
        "describe",
        "description",
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "last",
        "under",
        "below",
        "above",
        "less",
        "up",
        "maximum",
        "max",
        "minimum",
        "min",
        "budget",
        "dearest",
        "pricey",
        "priciest",
        "pricier",
        "currently",
        "moment",
        "today",
    ]
)
# Behind these, a question says more about the thing it has named.
_RELATIVE = re.compile(
    r"\b(?:that|which|who|with|without|for|from|under|below|over|above|between|in|on|"
    r"made|to|at|by|of|around|less|more|up|is|are|does|do|can)\b|[,;:?!]"
)
_AMOUNT = re.compile(r"[$€£¥]\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:[$€£¥]|dollars?|euros?|usd|eur|gbp|bucks)")  # fmt: skip


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
    def content(self) -> list[str]:
        """The words that name something: no filling, no amounts of money, in order."""
        cut = words.cut(_AMOUNT.sub(" ", self.asked))
        return [word for word in cut if word not in HOLLOW and word not in ASKING]

    @cached_property
    def stems(self) -> set[str]:
        return stems(self.content, self.language)

    @cached_property
    def head(self) -> set[str]:
        """The stem of the thing itself: "kettle" of "a kettle that works on gas"."""
        parts = _RELATIVE.split(_AMOUNT.sub(" ", self.asked))
        content = set(self.content)
        for part in parts:
            nouns = [word for word in words.cut(part) if word in content]
            if nouns:
                return stems(nouns[-1:], self.language)
        return self.stems

    @cached_property
    def search(self) -> str:
        """What to search for: the question without its asking words, amounts kept."""
        kept = [word for word in self.asked.split() if word.strip("?!.,") not in _ASIDE]
        return " ".join(kept)


_ASIDE = frozenset(
    [
        "price",
        "prices",
        "cost",
        "costs",
        "cheapest",
        "cheaper",
        "dearest",
        "compare",
        "compared",
        "difference",
        "available",
        "availability",
        "expensive",
        "discount",
        "discounted",
        "details",
        "info",
    ]
)


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
