"""What turns text into vectors, whoever provides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]  # one row a text, each of unit length


class EmbedderAway(Exception):
    """No vectors now: the model is down, slow or busy. Trying again helps."""

    retry_after_seconds = 5.0


class EmbedderRefused(Exception):
    """No vectors until somebody acts; the message is a sentence that says how."""


@dataclass(frozen=True)
class Calibration:
    """How this model's cosines go together with words.

    lexical_weight: what one point of BM25F is worth in cosine.
    floor: a product whose cosine is below it and that shares no word is no answer.
    Both come from `manage.py evaluate_retrieval`.
    """

    lexical_weight: float
    floor: float


# For a language the model does not know: words decide, and meaning only breaks ties.
UNKNOWN_LANGUAGE = Calibration(lexical_weight=0.1, floor=0.6)


class Embedder(Protocol):
    """A model. `name` is kept with every vector: vectors of two models never mix."""

    @property
    def name(self) -> str: ...

    @property
    def calibration(self) -> Calibration: ...

    @property
    def batch_size(self) -> int:
        """How many texts one call should bring."""

    def knows(self, language: str) -> bool:
        """Whether its vectors of texts in that language can be relied on."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors. Raises EmbedderAway or EmbedderRefused."""

    def embed_question(self, text: str) -> Vectors:
        """Return one unit vector, soon or not at all. Raises as embed_documents."""


def unit(vectors: Any) -> Vectors:
    """Scale each row to unit length; a row of zeros stays."""
    rows = np.asarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = rows / np.maximum(lengths, 1e-12)
    return scaled
