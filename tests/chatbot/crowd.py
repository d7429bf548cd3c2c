"""Many shoppers at once, each reading a stream, in one thread; and a model for them."""

import json
import selectors
import socket
import threading
import time
from urllib.parse import urlsplit

from tests.model_server import Exchange

QUESTION = json.dumps({"message": "Tell me about boots"}).encode()


class Line:
    """One open stream, read without waiting. Times are time.monotonic()."""

    def __init__(
        self,
        url: str,
        path: str,
        body: bytes = QUESTION,
        sign: bytes = b"event: token",
    ) -> None:
        self.sign = sign  # what the first token looks like
        address = urlsplit(url)
        self.asked_at = time.monotonic()
        self.socket = socket.create_connection((address.hostname, address.port))
        self.socket.sendall(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + body
        )
        self.body = b""
        self.first_token_at: float | None = None
        self.is_over = False

    def read(self) -> None:
        part = self.socket.recv(65536)
        self.body += part
        if self.first_token_at is None and self.sign in self.body:
            self.first_token_at = time.monotonic()
        self.is_over = not part
        if self.is_over:
            self.socket.close()


class Reader:
    """Reads many lines in one thread."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.lines: list[Line] = []

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.selector.register(line.socket, selectors.EVENT_READ, line)

    def pump(self, seconds: float) -> None:
        """Read whatever comes within `seconds`, or until all is over."""
        ends_at = time.monotonic() + seconds
        while (left := ends_at - time.monotonic()) > 0 and self.selector.get_map():
            for key, _ in self.selector.select(min(left, 0.2)):
                key.data.read()
                if key.data.is_over:
                    self.selector.unregister(key.fileobj)


class Patience:
    """A model at a reader's pace that goes on until the test has seen enough."""

    def __init__(self) -> None:
        self.has_seen_enough = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        exchange.begin()
        while not self.has_seen_enough.is_set():
            exchange.text("waterproof leather boots ")
            self.has_seen_enough.wait(1)
        exchange.text("Goodbye")
        exchange.end()
