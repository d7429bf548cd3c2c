"""Load: stores that send webhooks without a pause."""

from __future__ import annotations

import threading
import uuid
from typing import Self

import requests

from tests.faults.merchant import send_event
from tests.hiwelink.embedded_postgres.users import wait_until


class Senders:
    """Stores that send events and, when nobody is there, ask the next machine, as a
    proxy in front of them does. Every event is sent until it is answered.
    """

    def __init__(self, urls: list[str], token: str, threads: int = 3) -> None:
        self.urls, self.token = urls, token
        self.acknowledged: set[str] = set()
        self.refused: list[tuple[int, str]] = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.send) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(60)

    def send(self) -> None:
        turn = 0
        while not self.stop.is_set():
            name, is_answered = uuid.uuid4().hex, False
            while not is_answered and not self.stop.is_set():
                url = self.urls[turn % len(self.urls)]
                turn += 1
                is_answered = self.deliver(url, name)

    def deliver(self, url: str, name: str) -> bool:
        data = {"id": name, "name": f"Cup {name[:6]}"}
        try:
            answer = send_event(url, self.token, data, "product.created")
        except requests.RequestException:
            self.stop.wait(0.02)
            return False
        if answer.status_code == 200:
            self.acknowledged.add(name)
        else:
            self.refused.append((answer.status_code, answer.text))
        return answer.status_code == 200


def wait_for_more(senders: Senders, count: int) -> None:
    before = len(senders.acknowledged)
    wait_until(lambda: len(senders.acknowledged) >= before + count, 60, every=0.02)
