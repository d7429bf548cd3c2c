"""A model behind an OpenAI-compatible API (OPENAI_API_KEY, OPENAI_BASE_URL)."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from functools import cached_property
from typing import TYPE_CHECKING, Any

from chatbot.embedders.base import (
    Calibration,
    EmbedderAway,
    EmbedderRefused,
    Vectors,
    unit,
)
from chatbot.models.search import DIMENSIONS

if TYPE_CHECKING:
    import openai

BATCH = 64
DOCUMENTS_SECONDS = 30.0
# A shopper waits: words alone answer after this long.
QUESTION_SECONDS = 1.5
# After a failure no question is tried for so long, so that not each one waits.
PAUSE_SECONDS = 30.0
# Waited when the API says "too many requests" without saying how long.
BUSY_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 60.0

# Models whose cosines were measured; others are taken to be like the first.
CALIBRATIONS = {
    "text-embedding-3-small": Calibration(lexical_weight=0.03, floor=0.2),
    "text-embedding-3-large": Calibration(lexical_weight=0.03, floor=0.2),
    "text-embedding-ada-002": Calibration(lexical_weight=0.008, floor=0.72),
}
USUAL = CALIBRATIONS["text-embedding-3-small"]
# Shortened on request; other models are asked for what they have.
SHORTENED = ("text-embedding-3",)


class ApiEmbedder:
    """Asks for vectors of DIMENSIONS numbers; safe to use from several threads."""

    batch_size = BATCH

    def __init__(self, *, key: str, base_url: str, model: str) -> None:
        self.key, self.base_url, self.model = key, base_url, model
        self.name = f"api:{model}"[:100]
        self.calibration = CALIBRATIONS.get(model, USUAL)
        self._away_until = 0.0
        self._lock = threading.Lock()
        self._questions = ThreadPoolExecutor(8, thread_name_prefix="embed")

    @cached_property
    def client(self) -> openai.OpenAI:
        import openai  # 48 MB: only where it is used

        return openai.OpenAI(
            api_key=self.key, base_url=self.base_url or None, max_retries=0
        )

    def knows(self, language: str) -> bool:
        return True

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self.ask(texts, seconds=DOCUMENTS_SECONDS)

    def embed_question(self, text: str) -> Vectors:
        """Raises EmbedderAway at once while the API is known to be away."""
        if time.monotonic() < self._away_until:
            raise EmbedderAway("The embedding API did not answer a moment ago.")
        # A read timeout ends silence, not a drip: the whole answer has a deadline.
        asked: Future[Vectors] = self._questions.submit(
            self.ask, [text], seconds=QUESTION_SECONDS
        )
        try:
            vector: Vectors = asked.result(QUESTION_SECONDS)[0]
        except (EmbedderAway, EmbedderRefused, FutureTimeout) as error:
            self._away_until = time.monotonic() + PAUSE_SECONDS
            asked.cancel()
            if isinstance(error, FutureTimeout):
                raise EmbedderAway("The embedding API is slow.") from None
            raise
        return vector

    def ask(self, texts: Sequence[str], *, seconds: float) -> Vectors:
        """Return unit vectors in the order of `texts`.

        Raises EmbedderAway with `retry_after_seconds` for timeouts, 429 and 5xx,
        EmbedderRefused for what waiting does not mend.
        """
        import openai

        options: dict[str, Any] = {"encoding_format": "float"}
        if self.model.startswith(SHORTENED):
            options["dimensions"] = DIMENSIONS
        try:
            answer = self.client.embeddings.create(
                # An empty text is an error to the API.
                input=[text or " " for text in texts],
                model=self.model,
                timeout=seconds,
                **options,
            )
        except openai.APIStatusError as error:
            raise failure(error, self.model) from None
        except (openai.APIError, ValueError) as error:  # too slow, broken, no JSON
            raise EmbedderAway(
                f"The embedding API cannot be used ({type(error).__name__})."
            ) from None
        return self.read(answer, len(texts))

    def read(self, answer: Any, count: int) -> Vectors:
        """Check what came: so many vectors, each of DIMENSIONS numbers."""
        try:
            rows = sorted(answer.data, key=lambda row: row.index)
            vectors = [[float(number) for number in row.embedding] for row in rows]
        except (TypeError, ValueError, AttributeError):
            raise EmbedderAway("The embedding API's answer cannot be read.") from None
        if len(vectors) != count:
            raise EmbedderAway(
                f"The embedding API answered {len(vectors)} vectors for {count} texts."
            )
        if any(len(vector) != DIMENSIONS for vector in vectors):
            raise EmbedderRefused(
                f"The embedding model {self.model} answers vectors of "
                f"{len(vectors[0])} numbers; the index holds {DIMENSIONS}. Set "
                "OPENAI_EMBEDDING_MODEL to one that can be shortened, such as "
                "text-embedding-3-small, or to local."
            )
        return unit(vectors)


def failure(error: openai.APIStatusError, model: str) -> Exception:
    """Return what an error status means for us; the key is never repeated."""
    status, code = error.status_code, str(error.code or "")
    if code in {"insufficient_quota", "billing_hard_limit_reached"}:
        return EmbedderRefused(
            "The embedding API says its quota is used up. Add credit to the account of "
            "OPENAI_API_KEY; indexing goes on by itself."
        )
    if status in (401, 403):
        return EmbedderRefused(
            f"The embedding API refused OPENAI_API_KEY (HTTP {status}). Check the key."
        )
    if status == 404:
        return EmbedderRefused(
            f"The embedding API knows no model {model} (HTTP 404). Check "
            "OPENAI_EMBEDDING_MODEL and OPENAI_BASE_URL."
        )
    if status == 429 or status >= 500:
        away = EmbedderAway(f"The embedding API is busy or down (HTTP {status}).")
        away.retry_after_seconds = wait_of(error.response.headers.get("retry-after"))
        return away
    return EmbedderRefused(f"The embedding API refused our request (HTTP {status}).")


def wait_of(told: str | None) -> float:
    """Read Retry-After in seconds, bounded; a date or nonsense is BUSY_SECONDS."""
    try:
        return min(max(float(told or ""), 0.0), LONGEST_WAIT_SECONDS)
    except ValueError:
        return BUSY_SECONDS
