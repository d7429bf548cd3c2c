"""Bytes on the wire: chunked, lying, slow and too many, against a real server."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import requests

from tests.factories import make_store
from tests.webhooks.conftest import OK
from tests.webhooks.server import running_web

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BODY = json.dumps({"event": "order.created", "data": {"id": "1"}}).encode()
MIB = 2**20


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), running_web() as server:
        yield server


@pytest.fixture
def store(transactional_db):
    return make_store()


@pytest.fixture
def talk(web, store):
    """Send raw bytes after the request line; return the status and the body."""

    def send(headers: str, *parts: bytes, close: bool = False):
        address = urlsplit(web.address(store, "orders"))
        with socket.create_connection((address.hostname, address.port)) as line:
            line.settimeout(20)
            line.sendall(
                f"POST {address.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Content-Type: application/json\r\n{headers}\r\n\r\n".encode()
            )
            for part in parts:
                line.sendall(part)
            if close:
                line.shutdown(socket.SHUT_WR)
            answer = b""
            while not is_whole(answer) and (part := line.recv(65536)):
                answer += part
        head, _, body = answer.partition(b"\r\n\r\n")
        # What gunicorn cannot read as HTTP it answers itself, with a page.
        told = json.loads(body) if body.startswith(b"{") else {}
        return int(head.split()[1]), told

    return send


def is_whole(answer: bytes) -> bool:
    return answer.endswith(b"}") and b"\r\n\r\n" in answer


def chunked(*parts: bytes) -> bytes:
    return (
        b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    )


def test_a_chunked_body_is_read(store, talk):
    body = chunked(BODY[:10], BODY[10:])
    assert talk("Transfer-Encoding: chunked", body) == (200, OK)
    assert store.orders.exists()


def test_a_chunked_body_over_the_limit_is_413(web, store):
    def parts():
        for _ in range(40):
            yield b"x" * (MIB // 10)

    answer = requests.post(
        web.address(store, "orders"),
        data=parts(),
        headers={"Content-Type": "application/json"},
        timeout=20,
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("mib", [1.1, 30])
def test_a_body_over_the_limit_gets_its_answer(web, store, mib):
    answer = requests.post(
        web.address(store, "orders"),
        data=b"x" * int(mib * MIB),
        headers={"Content-Type": "application/json"},
        timeout=20,
    )
    assert answer.status_code == 413
    assert store.deliveries.get().body_bytes == int(mib * MIB)
    again = requests.post(web.address(store, "orders"), json={}, timeout=20)
    assert again.status_code == 400


def test_fewer_bytes_than_promised_are_incomplete(store, talk):
    status, told = talk("Content-Length: 1000", BODY, close=True)
    assert (status, told["code"]) == (400, "incomplete_body")
    assert not store.orders.exists()


def test_more_bytes_than_promised_are_not_read(store, talk):
    status, _ = talk(f"Content-Length: {len(BODY) - 3}", BODY)
    assert status == 400
    assert not store.orders.exists()


@pytest.mark.parametrize(
    "body", [b"zz\r\nx\r\n0\r\n\r\n", b"5\r\nab", b"-1\r\n\r\n", b"fffffffffffff\r\nx"]
)
def test_broken_chunks_are_refused(store, talk, body):
    status, told = talk("Transfer-Encoding: chunked", body, close=True)
    assert (status, told["code"]) == (400, "incomplete_body")


def test_a_sender_that_falls_silent_is_let_go(store, talk):
    started = time.monotonic()
    status, told = talk("Content-Length: 1000", BODY)
    assert (status, told["code"]) == (400, "incomplete_body")
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("told", ["-1", "x", "99999999999999999999", "1, 2"])
def test_a_length_that_is_none_breaks_nothing(talk, told):
    status, _ = talk(f"Content-Length: {told}", BODY, close=True)
    assert status in (400, 413)


def test_keep_alive_serves_one_after_the_other(web, store):
    with requests.Session() as session:
        for body in (b"nonsense", BODY, b"", BODY):
            session.post(
                web.address(store, "orders"),
                data=body,
                headers={"Content-Type": "application/json"},
                timeout=20,
            )
    statuses = store.deliveries.order_by("id").values_list("http_status", flat=True)
    assert list(statuses) == [400, 200, 400, 200]


def test_without_a_database_all_get_500_with_retry_after_before_they_give_up():
    nowhere = "postgres://nobody@/nothing?host=%2Fnowhere"
    body = {"event": "order.created", "data": {"id": "1"}}

    def send(number):
        # The published Python sender, httpx, gives up after 5 s.
        address = f"{away.url}/api/generic-api/webhooks/{UUID(int=7)}/orders"
        return requests.post(address, json=body, timeout=5)

    with running_web(DATABASE_URL=nowhere) as away, ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(send, range(24)))
    assert {answer.status_code for answer in answers} == {500}
    assert {answer.headers["Retry-After"] for answer in answers} == {"30"}
    assert answers[0].json()["code"] == "server_error"
