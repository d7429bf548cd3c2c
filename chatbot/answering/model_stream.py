"""One streamed completion of an OpenAI-compatible API, under deadlines that hold.

The library's timeouts count from byte to byte, so a drip would never end: the stream is
read in a thread of its own, and whoever waits for it decides how long.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    import openai

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0


class ModelFailed(Exception):
    """The model gave no usable answer; `code` says why, for the merchant and the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


DONE = object()  # the API says that the answer is whole


@dataclass
class ToolCall:
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass
class Round:
    """What one completion said beside its text."""

    calls: list[ToolCall] = field(default_factory=list)
    finish: str = ""


@cache
def client_for(key: str, base_url: str) -> openai.OpenAI:
    import openai  # 48 MB and a second: only where it is used

    return openai.OpenAI(api_key=key, base_url=base_url or None, max_retries=0)


def complete(
    messages: list[dict[str, Any]],
    tools: list[dict[str, Any]],
    wait: Wait,
    *,
    must_answer: bool,
) -> Iterator[str | Round]:
    """Yield the text as it comes, and at last a Round. Raises ModelFailed.

    must_answer: no more tools may be called.
    """
    reader = Reader(
        {
            "model": settings.OPENAI_CHAT_MODEL,
            "messages": messages,
            "tools": tools,
            "tool_choice": "none" if must_answer else "auto",
        }
    )
    outcome = Round()
    calls: dict[int, ToolCall] = {}
    try:
        for chunk in reader.chunks(wait):
            text = take(chunk, calls, outcome)
            if text:
                yield text
    finally:
        reader.close()
    if not outcome.finish:
        raise ModelFailed("cut_off", "The stream ended before the answer did.")
    outcome.calls = [calls[index] for index in sorted(calls)]
    yield outcome


def take(chunk: Any, calls: dict[int, ToolCall], outcome: Round) -> str:
    """Read one chunk; return its text. Raises ModelFailed for what is none."""
    if chunk is DONE:
        outcome.finish = outcome.finish or "stop"
        return ""
    try:
        if not chunk.get("choices"):
            if "error" in chunk:
                raise ModelFailed("refused", "The API reported an error midway.")
            return ""
        choice = chunk["choices"][0]
        outcome.finish = choice.get("finish_reason") or outcome.finish
        # A server that does not stream sends the whole message.
        delta = choice.get("delta") or choice.get("message") or {}
        for place, part in enumerate(delta.get("tool_calls") or ()):
            index = part.get("index")
            call = calls.setdefault(place if index is None else index, ToolCall())
            call.id = part.get("id") or call.id
            told = part.get("function") or {}
            call.name += told.get("name") or ""
            call.arguments += told.get("arguments") or ""
        text = delta.get("content") or ""
    except (AttributeError, TypeError, LookupError) as error:
        raise ModelFailed("nonsense", f"A chunk cannot be read: {error}") from None
    if not isinstance(text, str):
        raise ModelFailed("nonsense", "The text is none.")
    return text


@dataclass
class Wait:
    """How long the shopper waits. Times are time.monotonic().

    first_words_at: when the text must have begun. silence: the longest gap after that,
    in seconds. ends_at: when it must be whole, unless it flows.
    """

    first_words_at: float
    silence: float
    ends_at: float
    began_at: float = field(default_factory=time.monotonic)
    words_at: float | None = None
    characters: int = 0
    FLOWING = 15  # characters a second: slower than anybody reads

    def left(self) -> float:
        """Seconds until patience ends for the next chunk."""
        now = time.monotonic()
        if self.words_at is None:
            return self.first_words_at - now
        if now > self.ends_at and self.characters < self.FLOWING * (
            now - self.words_at
        ):
            return 0.0
        return self.silence

    def saw(self, text: str) -> None:
        """Count what the shopper got."""
        if text and self.words_at is None:
            self.words_at = time.monotonic()
        self.characters += len(text)


class Reader:
    """Reads a stream in a thread; `close` lets go of it at once."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request
        self.queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.response: Any = None
        self.is_closed = False
        threading.Thread(target=self._read, daemon=True, name="model").start()

    def _read(self) -> None:
        import httpx2
        import openai

        try:
            try:
                self.response = self._open()
            except openai.APIConnectionError:
                self.response = self._open()  # lost once, it may be had again
            for chunk in chunks_of(self.response):
                if self.is_closed:
                    break
                self.queue.put(chunk)
        except openai.APIStatusError as error:
            code = "quota" if error.status_code == 429 else "refused"
            code = "down" if error.status_code >= 500 else code
            self.queue.put(ModelFailed(code, f"HTTP {error.status_code}"))
        except (openai.APIConnectionError, httpx2.TransportError) as error:
            code = "cut_off" if self.response is not None else "down"
            self.queue.put(ModelFailed(code, type(error).__name__))
        except Exception as error:  # noqa: BLE001  # no JSON, no text, anything
            self.queue.put(ModelFailed("nonsense", type(error).__name__))
        else:
            self.queue.put(None)
        finally:
            self.close()

    def _open(self) -> Any:
        import httpx2

        client = client_for(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL)
        timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        # The bytes, not the library's chunks: those do not tell a stream that ended
        # from one that broke off.
        asking = client.chat.completions.with_streaming_response.create(
            **self.request, stream=True, timeout=timeout
        )
        return asking.__enter__()

    def chunks(self, wait: Wait) -> Iterator[Any]:
        """Yield chunks until the stream ends. Raises ModelFailed."""
        while True:
            try:
                item = self.queue.get(timeout=max(wait.left(), 0.001))
            except queue.Empty:
                raise ModelFailed("slow", "No answer in time.") from None
            if item is None:
                return
            if isinstance(item, ModelFailed):
                raise item
            yield item

    def close(self) -> None:
        """Let go of the connection; the thread ends with its next read."""
        self.is_closed = True
        if self.response is not None:
            # Refused while the thread is reading: its next read ends it.
            with suppress(Exception):
                self.response.close()


def chunks_of(response: Any) -> Iterator[Any]:
    """Yield what the API sent, as JSON, and DONE at its end.

    Server-sent events, or one JSON body from a server that does not stream.
    """
    if response.headers.get("content-type", "").startswith("application/json"):
        yield json.loads(response.read())
        yield DONE
        return
    held = b""
    for part in response.iter_bytes():
        *lines, held = (held + part).split(b"\n")
        for line in lines:
            name, _, data = line.partition(b":")
            if name != b"data":
                continue
            if data.strip() == b"[DONE]":
                yield DONE
                return
            yield json.loads(data)
