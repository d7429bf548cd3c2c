"""An OpenAI-compatible embeddings endpoint on this machine that can misbehave.

with EmbeddingServer() as server:
    settings.OPENAI_BASE_URL = server.url
    server.answer_next(429, {"Retry-After": "7"})
    ...
    assert server.requests[0]["input"] == ["a text"]
"""

import hashlib
import json
import math
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

KEY = "sk-test-embedding-key"


def vector_of(text: str, dimensions: int) -> list[float]:
    """The same text gives the same vector; shared words bring two texts near."""
    vector = [0.0] * dimensions
    for word in text.lower().split():
        digest = hashlib.sha256(word.encode()).digest()
        vector[int.from_bytes(digest[:4]) % dimensions] += 1.0
    length = math.hypot(*vector) or 1.0
    return [2 * number / length for number in vector]  # not of unit length


class EmbeddingServer:
    """`requests` holds the bodies of all requests; the next answers can be set."""

    def __init__(self, *, dimensions: int = 1_536) -> None:
        self.dimensions = dimensions  # where the request asks for none
        self.requests: list[dict[str, Any]] = []
        self.failures: list[tuple[int, dict[str, str], Any]] = []
        self.is_down = False
        self.is_silent = threading.Event()  # takes the request, never answers
        self.is_dripping = False
        self.is_open = threading.Event()  # lets silent requests go at the end
        handler = type("Handler", (Handler,), {"embeddings": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open.set()
        self.server.shutdown()
        self.server.server_close()

    def answer_next(
        self, status: int, headers: dict[str, str] | None = None, body: Any = None
    ) -> None:
        self.failures.append((status, headers or {}, body))


class Handler(BaseHTTPRequestHandler):
    embeddings: EmbeddingServer

    def do_POST(self) -> None:
        server = self.embeddings
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.requests.append(body)
        if server.is_silent.is_set():
            server.is_open.wait(30)
            return
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self.answer(401, error("Incorrect API key.", "invalid_api_key"))
        elif server.failures:
            status, headers, told = server.failures.pop(0)
            self.answer(status, told, headers)
        elif server.is_down:
            self.answer(503, error("Overloaded."))
        elif "" in body["input"]:
            self.answer(400, error("Input must not be empty."))
        else:
            self.answer(200, self.answer_of(body))

    def answer_of(self, body: dict[str, Any]) -> dict[str, Any]:
        dimensions = body.get("dimensions") or self.embeddings.dimensions
        data = [
            {
                "object": "embedding",
                "index": index,
                "embedding": vector_of(text, dimensions),
            }
            for index, text in enumerate(body["input"])
        ]
        data.reverse()  # the order is told by the index alone
        return {
            "object": "list",
            "model": body["model"],
            "data": data,
            "usage": {"prompt_tokens": 1, "total_tokens": 1},
        }

    def answer(
        self, status: int, body: Any, headers: dict[str, str] | None = None
    ) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if not self.embeddings.is_dripping:
            self.wfile.write(text)
            return
        for i in range(len(text)):  # a byte at a time, never silent for long
            if self.embeddings.is_open.wait(0.1):
                return
            self.wfile.write(text[i : i + 1])
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing to stderr."""


def error(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "code": code, "type": "test", "param": None}}
