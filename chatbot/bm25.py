"""BM25F: how much one product's words, and the rarity of a word, weigh.

score = sum over the question's words of idf x (k1 + 1) x wtf / (k1 + wtf), where
wtf = sum over fields of weight x tf / (1 - b + b x length / typical length).
Source: notes/embeddings.md, "Recipe".

The lengths are typical ones, not the averages of a store: a document's weights then
depend on itself alone, and need no rewriting when other products come and go.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

K1 = 1.2


@dataclass(frozen=True)
class FieldWeight:
    weight: float
    b: float  # how much of the field's length counts against a word, 0 to 1
    typical_length: float  # words


FIELDS = {
    "title": FieldWeight(5.0, 0.75, 12.0),
    "sku": FieldWeight(5.0, 0.0, 1.0),
    "brand": FieldWeight(1.5, 0.75, 3.0),
    "description": FieldWeight(1.0, 0.75, 60.0),
    "features": FieldWeight(0.5, 0.75, 60.0),
}


def word_weights(fields: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return {word: wtf / (k1 + wtf)} of one document; `fields` holds its words."""
    totals: defaultdict[str, float] = defaultdict(float)
    for name, words in fields.items():
        field = FIELDS[name]
        norm = 1 - field.b + field.b * len(words) / field.typical_length
        for word, count in Counter(words).items():
            totals[word] += field.weight * count / norm
    return {word: wtf / (K1 + wtf) for word, wtf in totals.items()}


def question_weight(documents_with: int, documents: int) -> float:
    """Return idf x (k1 + 1) of a word that `documents_with` of `documents` have."""
    rest = max(documents - documents_with, 0)
    return math.log(1 + (rest + 0.5) / (documents_with + 0.5)) * (K1 + 1)
