"""Webhooks accepted a second, beside a bare DRF view on the same web server."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from benchmarks.results import Row
from tests.examples.servers import free_port
from tests.faults.installation import Installation
from tests.hiwelink.embedded_postgres.users import PROJECT, wait_until

TITLE = "Webhooks"
INTRODUCTION = """
`product.updated` with the published four fields, each changing one of 500 products of one
store, from 16 senders at once that keep their connections; the median of nine rounds, in
each of which both took their turn. Beside it a bare DRF view (no authentication, no
serializer) that inserts the body as one row, served by the same gunicorn with the same
middleware and the same durable PostgreSQL. The burst comes at its own pace, whether or not
what was sent before is answered: ten times the 50 events a second of a busy store.
"""
SENDERS = 16
EVENTS = 2_000
PRODUCTS = 500
ROUNDS = 9
BURST_RATE = 500  # events a second
BURST_SECONDS = 60
IDLE_SECONDS = 2.0  # the server hangs up on lines idle for longer than 5

TABLE = """
CREATE TABLE bare_event (
    id bigserial PRIMARY KEY, payload jsonb NOT NULL, received_at timestamptz NOT NULL
)
"""
MAKE_STORE = """
import django
django.setup()
from tests.factories import make_store
print(make_store().token)
"""


class Round(NamedTuple):
    rate: float  # events a second
    p95: float  # seconds


def measure() -> list[Row]:
    with Installation(WEB_THREADS=64) as here:
        here.sql(TABLE)
        token = here.python("-c", MAKE_STORE).strip()
        with web_server(here) as url:
            hook = f"{url}/api/generic-api/webhooks/{token}/products"
            ours, bare = take_turns(hook, f"{url}/bare/")
            burst = asyncio.run(send_burst(hook))
        stored = here.sql("SELECT count(*) FROM webhooks_delivery")[0].count
        assert stored == (ROUNDS + 1) * EVENTS + BURST_RATE * BURST_SECONDS
    return [compared(ours, bare), slowest(ours, bare), weathered(burst)]


def take_turns(*addresses: str) -> list[list[Round]]:
    rounds: list[list[Round]] = [[] for _ in addresses]
    for number in range(ROUNDS + 1):
        for address, done in zip(addresses, rounds, strict=True):
            result = asyncio.run(send_all(address))
            if number:  # the first opens connections and makes the products
                done.append(result)
    return rounds


def compared(ours: list[Round], bare: list[Round]) -> Row:
    mine, theirs = (
        statistics.median(r.rate for r in rounds) for rounds in (ours, bare)
    )
    return Row(
        "Accepted a second",
        f"{mine:,.0f}/s",
        f"{theirs:,.0f}/s",
        f"{mine / theirs:.2f}x",
        ">= 0.6x",
        mine >= 0.6 * theirs,
    )


def slowest(ours: list[Round], bare: list[Round]) -> Row:
    mine, theirs = (statistics.median(r.p95 for r in rounds) for rounds in (ours, bare))
    return Row(
        f"Answered, 95 % of them, with {SENDERS} senders at once",
        f"{mine * 1000:.0f} ms",
        f"{theirs * 1000:.0f} ms",
        f"{mine / theirs:.2f}x",
        "< 100 ms",
        mine < 0.1,
    )


def weathered(times: list[float]) -> Row:
    """Every answer was 200, or `send_burst` would have failed."""
    p95 = statistics.quantiles(times, n=20)[-1]
    what = f"Burst of {BURST_RATE}/s for {BURST_SECONDS} s: answered, 95 %; errors: 0"
    return Row(what, f"{p95 * 1000:.0f} ms", target="< 100 ms", is_met=p95 < 0.1)


@contextmanager
def web_server(here: Installation) -> Iterator[str]:
    port = free_port()
    settings = {
        "PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "benchmarks.peers.bare_settings",
    }
    config = ("--config", "python:hiwelink.gunicorn_config")
    with (here.folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "hiwelink.wsgi", *config],
            cwd=PROJECT,
            env=here.environment | settings,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: is_up(url), 60)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def is_up(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


async def send_all(address: str) -> Round:
    """Send EVENTS from SENDERS at once, each after the answer to the one before."""
    numbers = iter(range(EVENTS))
    times: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(send(address, numbers, times) for _ in range(SENDERS)))
    rate = EVENTS / (time.perf_counter() - began)
    return Round(rate, statistics.quantiles(times, n=20)[-1])


async def send(address: str, numbers: Iterator[int], times: list[float]) -> None:
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    for number in numbers:
        began = time.perf_counter()
        await post(reader, writer, parts.path, event(number))
        times.append(time.perf_counter() - began)
    writer.close()


async def post(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    path: str,
    payload: dict[str, object],
) -> None:
    body = json.dumps(payload).encode()
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        "".encode()
        + body
    )
    head = await reader.readuntil(b"\r\n\r\n")
    headers = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:-2])
    await reader.readexactly(int(headers[b"content-length"]))
    assert head.split(b" ", 2)[1] == b"200", head


async def send_burst(address: str) -> list[float]:
    """Send at the pace of the burst; return what each took from when it was due."""
    parts = urlsplit(address)
    began = time.perf_counter()
    idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send_when_due(number: int) -> float:
        due = began + number / BURST_RATE
        await asyncio.sleep(due - time.perf_counter())
        while idle and idle[0][0] < due - IDLE_SECONDS:
            idle.pop(0)[2].close()
        _, *line = (
            idle.pop()
            if idle
            else (0.0, *await asyncio.open_connection(parts.hostname, parts.port))
        )
        await post(*line, parts.path, event(number))
        done = time.perf_counter()
        idle.append((done, *line))
        return done - due

    events = range(BURST_RATE * BURST_SECONDS)
    return await asyncio.gather(*map(send_when_due, events))


def event(number: int) -> dict[str, object]:
    data = {
        "id": str(number % PRODUCTS),
        "name": "Wireless Headphones",
        "price": round(time.time() % 1_000, 2),  # never what it was
        "stock_status": "in_stock",
    }
    return {"event": "product.updated", "data": data}
