"""Talks to a chatbot as its widget does: over the public API."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client


class Widget:
    """One shopper's widget; `conversation` is kept from answer to answer."""

    def __init__(self, chatbot: Any, address: str = "203.0.113.7") -> None:
        self.chatbot = chatbot
        self.root = f"/api/chatbot/{chatbot.public_id}"
        self.client = Client(raise_request_exception=False, REMOTE_ADDR=address)
        self.conversation: str | None = None
        self.message_id = ""

    def post(self, path: str, body: Any, **headers: str) -> HttpResponse:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.generic(
            "POST", f"{self.root}/{path}", text, "application/json", headers=headers
        )

    def get(self, path: str) -> HttpResponse:
        return self.client.get(f"{self.root}/{path}")

    def ask(self, message: str) -> dict[str, Any]:
        """Ask, and return {"id", "text", "products"}."""
        body = {"message": message, "conversation": self.conversation}
        answer = self.post("messages", body)
        assert answer.status_code == 200, answer.content
        self.conversation = answer.json()["conversation"]
        message = answer.json()["message"]
        self.message_id = message["id"]
        return message

    def say(self, message: str) -> str:
        return self.ask(message)["text"]

    def stream(self, message: str) -> list[tuple[str, dict[str, Any]]]:
        """Ask for a stream, and return its events."""
        body = {"message": message, "conversation": self.conversation}
        answer = self.post("messages", body, Accept="text/event-stream")
        assert answer.status_code == 200, answer.content
        events = read_events(b"".join(answer.streaming_content))
        self.conversation = events[-1][1].get("conversation", self.conversation)
        return events


def read_events(body: bytes) -> list[tuple[str, dict[str, Any]]]:
    events = []
    for block in body.decode().strip().split("\n\n"):
        name, data = block.split("\n")
        events.append(
            (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        )
    return events


def text_of(events: list[tuple[str, dict[str, Any]]]) -> str:
    return "".join(data["text"] for name, data in events if name == "token")
