"""Hundreds of shoppers at once on a real web server, each reading an answer."""

import statistics
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


def test_300_streams_are_served_while_other_pages_answer_within_a_second():
    chatbot = make_chatbot(make_shop(products=20))
    path = f"/api/chatbot/{chatbot.public_id}/messages"
    reader, waits, patience = Reader(), [], Patience()
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
            began = time.monotonic()
            answer = requests.get(f"{web.url}{page}", timeout=10)
            waits.append(time.monotonic() - began)
            assert answer.status_code in (200, 503)
            reader.pump(0.05)
        patience.has_seen_enough.set()
        reader.pump(90)
    for line in reader.lines:
        assert b"200 OK" in line.body[:40]
        assert b"event: done" in line.body
        assert b"Goodbye" in line.body
    assert max(waits) < 1, waits


def test_the_first_token_comes_within_50_ms_of_the_models_own():
    chatbot = make_chatbot(make_shop(products=20))
    path = f"/api/chatbot/{chatbot.public_id}/messages"
    sent: list[float] = []

    def stamped(exchange: Exchange) -> None:
        exchange.begin()
        exchange.wait(0.2)
        sent.append(time.monotonic())
        exchange.text("Boots")
        exchange.wait(0.2)
        exchange.text(" are here.")
        exchange.end()

    lags = []
    with ModelServer(stamped) as api, serve(api) as web:
        for _ in range(11):
            reader = Reader()
            reader.add(Line(web.url, path))
            reader.pump(30)
            assert b"event: done" in reader.lines[0].body
            lags.append(reader.lines[0].first_token_at - sent[-1])
    assert statistics.median(lags[1:]) < 0.05


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
