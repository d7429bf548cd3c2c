"""The chatbot: how soon it begins to answer, alone and in a crowd of 300."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.results import Row
from tests.chatbot.crowd import Line, Patience, Reader
from tests.examples.servers import free_port
from tests.faults.installation import Installation
from tests.model_server import Exchange, ModelServer

TITLE = "Chat"
INTRODUCTION = """
The demo catalogue behind HiWelink's own gunicorn (2 workers) and its embedded PostgreSQL.
The model is a local OpenAI-compatible server, so what it takes itself is known and left
out; asked directly, it is the peer. The crowd shares the cores with that model.
"""
ROOT = Path(__file__).resolve().parents[1]
STREAMS = 300
ROUNDS = 30
THINKING_SECONDS = 0.1  # what the model takes before its first token
QUESTIONS = (
    "How much is the Skarn 2?",
    "Do you have a kettle that works on induction?",
    "waterproof jacket under $150",
    "compare Skarn 2 and Skarn 3",
    "How long does shipping take?",
)
MAKE_CHATBOT = """
import django; django.setup()
from tests.chatbot.shop import make_chatbot, make_shop
print(make_chatbot(make_shop(has_vectors=True)).public_id)
"""


def measure() -> list[Row]:
    with Installation() as here:
        path = f"/api/chatbot/{here.python('-c', MAKE_CHATBOT).strip()}/messages"
        return [*alone(here, path), *with_a_model(here, path), *crowd(here, path)]


def alone(here: Installation, path: str) -> list[Row]:
    """Without a key: the composer answers."""
    with web(here) as url:
        begun, whole = [], []
        for number in range(len(QUESTIONS) + ROUNDS):
            question = QUESTIONS[number % len(QUESTIONS)]
            line = asked(url, path, question)
            if number >= len(QUESTIONS):  # the first of each warms caches and models
                begun.append(line.first_token_at - line.asked_at)
                whole.append(time.monotonic() - line.asked_at)
    return [
        Row(
            "First words with no key, p50 / p95",
            f"{ms(median(begun))} / {ms(p95(begun))}",
            target="< 1 s",
            is_met=p95(begun) < 1,
        ),
        Row("Whole answer with no key, p50", ms(median(whole))),
    ]


def with_a_model(here: Installation, path: str) -> list[Row]:
    """How much later than the model begins the shopper reads its first token."""

    def steady(exchange: Exchange) -> None:
        exchange.begin()
        exchange.wait(THINKING_SECONDS)
        exchange.text("Boots")
        exchange.end()

    ours, direct = [], []
    with ModelServer(steady) as api, web(here, api) as url:
        for number in range(ROUNDS + 2):
            line = asked(url, path, "Tell me about boots")
            peer = Line(api.url, "/v1/chat/completions", b"{}", sign=b"Boots")
            read(peer)
            if number > 1:
                for times, one in ((ours, line), (direct, peer)):
                    times.append(one.first_token_at - one.asked_at - THINKING_SECONDS)
    return [
        Row(
            "First token beyond the model's own, p50 / p95; beside: asked directly",
            f"{ms(median(ours))} / {ms(p95(ours))}",
            f"{ms(median(direct))} / {ms(p95(direct))}",
            target="< 50 ms",
            is_met=median(ours) - median(direct) < 0.05,
        )
    ]


def crowd(here: Installation, path: str) -> list[Row]:
    """300 open streams, and what other pages take meanwhile."""
    reader, patience, waits = Reader(), Patience(), []
    search = path.replace("/messages", "/search?q=boots")
    with ModelServer(patience) as api, web(here, api) as url:
        for _ in range(STREAMS):
            reader.add(Line(url, path))
        deadline = time.monotonic() + 120
        while not all(line.first_token_at or line.is_over for line in reader.lines):
            reader.pump(0.2)
            if time.monotonic() > deadline:
                break
        for page in ("/healthz", search, "/readyz") * 10:
            began = time.monotonic()
            requests.get(f"{url}{page}", timeout=30)
            waits.append(time.monotonic() - began)
            reader.pump(0.05)
        patience.has_seen_enough.set()
        reader.pump(60)
    served = sum(b"event: done" in line.body for line in reader.lines)
    begun = [
        line.first_token_at - line.asked_at
        for line in reader.lines
        if line.first_token_at
    ]
    return [
        Row(
            f"{STREAMS} streams opened at once: served",
            str(served),
            target=str(STREAMS),
            is_met=served == STREAMS,
        ),
        Row("... first token, p50 / p95", f"{ms(median(begun))} / {ms(p95(begun))}"),
        Row(
            "... other pages meanwhile, p50 / longest",
            f"{ms(median(waits))} / {ms(max(waits))}",
            target="< 1 s",
            is_met=max(waits) < 1,
        ),
    ]


def asked(url: str, path: str, question: str) -> Line:
    """Ask one question and read the whole answer."""
    line = Line(url, path, json.dumps({"message": question}).encode())
    read(line)
    return line


def read(line: Line) -> None:
    reader = Reader()
    reader.add(line)
    reader.pump(30)
    assert line.first_token_at, line.body


@contextmanager
def web(here: Installation, api: ModelServer | None = None) -> Iterator[str]:
    """HiWelink's web server; with a key when there is a model."""
    port = free_port()
    keys = {
        "OPENAI_API_KEY": "sk-bench" if api else "",
        "OPENAI_BASE_URL": api.url if api else "",
        "OPENAI_EMBEDDING_MODEL": "local",
        "OPENAI_CHAT_SECONDS": "30",
        "PORT": str(port),
    }
    command = ["-m", "gunicorn", "hiwelink.wsgi"]
    process = subprocess.Popen(
        [sys.executable, *command, "--config", "python:hiwelink.gunicorn_config"],
        cwd=ROOT,
        env=here.environment | keys,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not is_up(url):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def is_up(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def median(values: list[float]) -> float:
    return statistics.median(values)


def p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"
