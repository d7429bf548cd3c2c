"""Hundreds of shoppers at once on a real web server, each reading an answer."""

import threading
import time

import pytest
import requests

from tests.chatbot.crowd import QUESTION, Line, Patience, Reader
from tests.chatbot.shop import make_chatbot, make_shop
from tests.model_server import Exchange, ModelServer, hangs
from tests.webhooks.server import running_web

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
STREAMS = 300


def serve(api: ModelServer):
    return running_web(
        OPENAI_API_KEY="sk-test",
        OPENAI_BASE_URL=api.url,
        OPENAI_EMBEDDING_MODEL="local",
        OPENAI_CHAT_SECONDS="60",
        WEB_THREADS="400",
    )


def test_300_streams_are_served_while_other_pages_answer():
    chatbot = make_chatbot(make_shop(products=20))
    path = f"/api/chatbot/{chatbot.public_id}/messages"
    reader, patience = Reader(), Patience()
    with ModelServer(patience) as api, serve(api) as web:
        for _ in range(STREAMS):
            reader.add(Line(web.url, path))
        deadline = time.monotonic() + 120
        while not all(line.first_token_at or line.is_over for line in reader.lines):
            reader.pump(0.5)
            assert time.monotonic() < deadline
        over = [line.body[-700:] for line in reader.lines if line.is_over]
        assert not over, (len(over), over[0], web.log.read_text()[-1500:])
        search = f"/api/chatbot/{chatbot.public_id}/search?q=boots"
        for page in ("/healthz", search, "/readyz") * 4:
            answer = requests.get(f"{web.url}{page}", timeout=30)
            assert answer.status_code in (200, 503)
            reader.pump(0.05)
        patience.has_seen_enough.set()
        reader.pump(90)
    for line in reader.lines:
        assert b"200 OK" in line.body[:40]
        assert b"event: done" in line.body
        assert b"Goodbye" in line.body


def test_each_token_is_passed_on_before_the_model_says_more():
    chatbot = make_chatbot(make_shop(products=20))
    path = f"/api/chatbot/{chatbot.public_id}/messages"
    was_read = threading.Event()
    passed_on: list[bool] = []

    def waits_until_read(exchange: Exchange) -> None:
        exchange.begin()
        exchange.text("Boots")
        passed_on.append(was_read.wait(30))
        exchange.text(" are here.")
        exchange.end()

    reader = Reader()
    with ModelServer(waits_until_read) as api, serve(api) as web:
        reader.add(line := Line(web.url, path))
        deadline = time.monotonic() + 60
        while not line.is_over and time.monotonic() < deadline:
            reader.pump(0.05)
            if line.first_token_at:
                was_read.set()
    assert b"event: done" in line.body
    assert passed_on == [True]


def test_a_model_that_hangs_is_replaced_within_ten_seconds():
    chatbot = make_chatbot(make_shop(products=20))
    path = f"/api/chatbot/{chatbot.public_id}/messages"
    with (
        ModelServer(hangs()) as api,
        running_web(
            OPENAI_API_KEY="sk-test",
            OPENAI_BASE_URL=api.url,
            OPENAI_EMBEDDING_MODEL="local",
        ) as web,
    ):
        began = time.monotonic()
        answer = requests.post(f"{web.url}{path}", QUESTION, timeout=30)
        assert time.monotonic() - began < 10
    assert answer.json()["message"]["products"]
