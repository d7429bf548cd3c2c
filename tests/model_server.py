"""A real OpenAI-compatible chat server on this machine that does what it is told.

    with ModelServer(calls("search_products", query="boots"), says("Here it is.")) as api:
        ...point OPENAI_BASE_URL to api.url, ask, look at api.requests...

Each request takes the next step of the script; the last step serves all further ones.
Nothing here leaves 127.0.0.1.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Step = Callable[["Exchange"], None]


class Exchange:
    """One request, and the wire to answer on."""

    def __init__(self, handler: BaseHTTPRequestHandler, server: ModelServer) -> None:
        self.handler, self.server = handler, server

    def begin(self, content_type: str = "text/event-stream", status: int = 200) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", content_type)
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()

    def write(self, text: str) -> None:
        self.handler.wfile.write(text.encode())
        self.handler.wfile.flush()

    def chunk(self, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        body = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "test",
            "choices": [choice],
        }
        self.write(f"data: {json.dumps(body)}\n\n")

    def end(self, finish: str = "stop") -> None:
        self.chunk({}, finish)
        self.write("data: [DONE]\n\n")

    def wait(self, seconds: float) -> None:
        """Keep still, but not longer than the server lives."""
        self.server.closing.wait(seconds)

    def text(self, text: str, size: int = 0, gap: float = 0.0) -> None:
        """Send text in pieces of `size` characters, `gap` seconds apart."""
        size = size or len(text) or 1
        for start in range(0, len(text), size):
            self.chunk({"content": text[start : start + size]})
            if gap:
                self.wait(gap)


def says(text: str, *, size: int = 4, gap: float = 0.0) -> Step:
    """Answers `text`, in pieces."""

    def step(exchange: Exchange) -> None:
        exchange.begin()
        exchange.chunk({"role": "assistant", "content": ""})
        exchange.text(text, size, gap)
        exchange.end()

    return step


def calls(name: str, **arguments: Any) -> Step:
    """Asks for a tool; its arguments come in two pieces, as they do."""
    return calls_raw(name, json.dumps(arguments))


def calls_raw(name: str, arguments: str) -> Step:
    def step(exchange: Exchange) -> None:
        half = len(arguments) // 2
        exchange.begin()
        first = {"name": name, "arguments": arguments[:half]}
        part = {"index": 0, "id": "call_1", "type": "function", "function": first}
        exchange.chunk({"role": "assistant", "content": None, "tool_calls": [part]})
        rest = {"index": 0, "function": {"arguments": arguments[half:]}}
        exchange.chunk({"tool_calls": [rest]})
        exchange.end("tool_calls")

    return step


def hangs(said: str = "", seconds: float = 60.0) -> Step:
    """Says a little, or nothing, and then keeps the line open in silence."""

    def step(exchange: Exchange) -> None:
        exchange.begin()
        exchange.text(said)
        exchange.wait(seconds)

    return step


def drips(seconds: float = 60.0) -> Step:
    """Sends comments that keep the line alive, and never a word."""

    def step(exchange: Exchange) -> None:
        exchange.begin()
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at and not exchange.server.closing.is_set():
            exchange.write(": still here\n\n")
            exchange.wait(0.2)

    return step


def dies(said: str = "") -> Step:
    """Breaks the connection in the middle of an answer."""

    def step(exchange: Exchange) -> None:
        exchange.begin()
        exchange.text(said, 4)

    return step


def answers(body: str, *, status: int = 200, content_type: str = "text/html") -> Step:
    """Answers whatever it likes."""

    def step(exchange: Exchange) -> None:
        exchange.begin(content_type, status)
        exchange.write(body)

    return step


def out_of_quota() -> Step:
    error = {
        "error": {"message": "You exceeded your quota", "code": "insufficient_quota"}
    }
    return answers(json.dumps(error), status=429, content_type="application/json")


class ModelServer:
    """Serves POST /v1/chat/completions; `requests` holds the bodies it was sent."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[dict[str, Any]] = []
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._http.request_queue_size = 512

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._http.serve_forever, args=(0.05,), daemon=True
        ).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def sent(self) -> str:
        """Everything the model was ever told, as one text."""
        return json.dumps(self.requests, ensure_ascii=False)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length))
                with server._lock:
                    place = min(len(server.requests), len(server.steps) - 1)
                    server.requests.append(body)
                with suppress(BrokenPipeError, ConnectionResetError):  # it has left
                    server.steps[place](Exchange(self, server))

            def log_message(self, *args: object) -> None:
                pass

        return Handler
