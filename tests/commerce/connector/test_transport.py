import socket
import threading
import time
import tracemalloc

import pytest

from commerce.connector.client import StoreClient
from commerce.connector.errors import (
    ConfigError,
    ConnectorError,
    ResponseError,
    RetryableError,
)
from commerce.connector.guard import AddressPolicy
from tests.commerce.connector.asking import error_of, fetch
from tests.stores import MisbehavingStore


def resolving_to(*answers, port=None):
    """Return a resolver that gives one of `answers` (lists of addresses) a time."""
    remaining = list(answers)

    def resolve(host, asked_port, **options):
        addresses = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, asked_port))
            for address in addresses
        ]

    return resolve


# Time and size


@pytest.mark.parametrize(
    "mode",
    ["timeout", "drip_headers", "drip_body", "drip_chunks", "endless_continue"],
)
def test_one_deadline_bounds_the_whole_response(mode):
    began = time.monotonic()
    error, _, _ = error_of(mode, request_seconds=0.3, attempts=1)
    assert (type(error), error.code) == (RetryableError, "timeout")
    assert "0.3 seconds" in error.detail
    assert 0.25 < time.monotonic() - began < 4


@pytest.mark.parametrize("mode", ["drip_headers", "drip_body"])
def test_the_deadline_holds_over_tls(mode):
    began = time.monotonic()
    with (
        MisbehavingStore(mode, tls="trusted") as store,
        pytest.raises(RetryableError) as caught,
    ):
        fetch(store, request_seconds=0.3, attempts=1)
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 4


def test_the_deadline_holds_for_a_handshake_that_never_comes():
    with socket.create_server(("127.0.0.1", 0)) as silent, MisbehavingStore() as store:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(RetryableError) as caught:
            fetch(store, base_url=url, request_seconds=0.3, attempts=1)
    assert caught.value.code == "timeout"


def test_the_deadline_holds_for_a_host_that_drops_packets():
    """A listener with a full queue answers no further connection, like a firewall."""
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        with MisbehavingStore() as store, pytest.raises(RetryableError) as caught:
            fetch(store, base_url=url, request_seconds=0.3, attempts=1)
    assert caught.value.code == "timeout"
    assert "firewall" in caught.value.detail


def test_the_deadline_holds_for_a_name_server_that_never_answers():
    never = threading.Event()

    def resolve(host, port, **options):
        never.wait(5)
        return []

    began = time.monotonic()
    with MisbehavingStore() as store, pytest.raises(RetryableError) as caught:
        fetch(
            store,
            base_url="http://store.test",
            resolver=resolve,
            request_seconds=0.2,
            attempts=1,
        )
    never.set()
    assert caught.value.code == "timeout"
    assert time.monotonic() - began < 4


def test_a_slow_answer_within_the_limit_is_taken():
    with MisbehavingStore("slow_first_byte", delay_seconds=0.15) as store:
        answer = fetch(store)
        assert answer.status == 200
        assert answer.elapsed_seconds >= 0.15


@pytest.mark.parametrize("mode", ["endless_body", "gzip_bomb"])
def test_a_body_is_read_up_to_its_cap(mode):
    tracemalloc.start()
    try:
        with MisbehavingStore("honest") as store:
            fetch(store)  # imports, TLS tables and the like
        with MisbehavingStore(mode) as store:
            store.bomb = None
            tracemalloc.reset_peak()
            with pytest.raises(ResponseError) as caught:
                fetch(store, max_bytes=1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.code == "too_large"
    assert caught.value.curl
    assert peak < 16 << 20


@pytest.mark.parametrize(
    ("mode", "code"), [("gzip_broken", "bad_encoding"), ("not_http", "not_http")]
)
def test_what_cannot_be_read_is_the_stores_answer(mode, code):
    error, waits, _ = error_of(mode)
    assert (type(error), error.code) == (ResponseError, code)
    assert waits == []


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (OK + b"X-A: 1\r\n" * 200 + b"\r\n[]", "not_http"),
        (OK + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n[]", "not_http"),
        (OK + b"Content-Length: 5\r\nContent-Length: 2\r\n\r\n[]", "not_http"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n[]", "connection_failed"),
        (OK + b"Content-Length: 9\r\n\r\n[]", "connection_failed"),
        (b"HTTP/1.1 99 Odd\r\n\r\n", "not_http"),
        (b"HTTP/2 200\r\n\r\n[]", "not_http"),
        (b"\r\n\r\n", "not_http"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "unexpected_status"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[::\r\n\r\n", "redirected"),
        (b"HTTP/1.1 302 Found\r\nLocation: \xff\x01\r\n\r\n", "redirected"),
        (b"HTTP/1.1 302 Found\r\n\r\n", "redirected"),
        (OK + b"Content-Length: -5\r\n\r\n[]", None),
        (b"HTTP/1.0 200 OK\r\n\r\n[]", None),
        (OK + b"Connection: close\r\n\r\n[]", None),
    ],
)
def test_whatever_comes_over_the_wire_has_its_name(raw, code):
    with MisbehavingStore("raw", raw=raw) as store:
        if code is None:
            assert fetch(store).body == b"[]"
            return
        with pytest.raises(ConnectorError) as caught:
            fetch(store, attempts=1)
    assert caught.value.code == code
    assert caught.value.detail.isprintable()


def test_compressed_answers_are_read():
    with MisbehavingStore("gzipped") as store:
        assert fetch(store).body.startswith(b'{"data"')


# Addresses


def production(store, **changes):
    return store.config(policy=AddressPolicy(production=True), attempts=1, **changes)


def test_production_dials_no_private_address_however_it_is_spelled():
    with MisbehavingStore() as store:
        hosts = ["127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "0", "[::1]",
                 "[::ffff:127.0.0.1]", "①②⑦.0.0.1", "127.0.0.1."]  # fmt: skip
        for host in hosts:
            config = production(store, base_url=f"https://{host}:{store.port}")
            with StoreClient(config) as client, pytest.raises(ConfigError) as caught:
                client.check_health()
            assert caught.value.code in ("blocked_address", "name_not_resolved"), host
        assert store.requests == []


def test_production_refuses_http_before_anything_is_sent():
    with MisbehavingStore() as store, pytest.raises(ConfigError) as caught:
        StoreClient(production(store))
    assert caught.value.code == "https_required"


def test_the_address_judged_is_the_one_dialled():
    """A name that is public when judged and private a moment later (DNS rebinding)."""
    asked = []

    def resolve(host, port, **options):
        asked.append(host)
        return resolving_to(["127.0.0.1"] if len(asked) == 1 else ["127.0.0.9"])(
            host, port
        )

    with MisbehavingStore() as store:
        policy = AddressPolicy(False, frozenset({"127.0.0.1"}))
        config = store.config(
            base_url=f"http://store.test:{store.port}", policy=policy, resolver=resolve
        )
        with StoreClient(config) as client:
            client.fetch_page("products", 1)
            assert asked == ["store.test"]  # resolved once: nothing else to dial
            with pytest.raises(ConfigError) as caught:
                client.fetch_page("products", 2)
        assert caught.value.code == "blocked_address"
        assert len(store.requests) == 1
        assert store.requests[0].headers["host"] == f"store.test:{store.port}"


def test_a_connection_to_an_address_the_name_left_is_not_used_again():
    with MisbehavingStore() as store:
        config = store.config(
            base_url=f"http://store.test:{store.port}",
            policy=AddressPolicy(False, frozenset({"127.0.0.0/8"})),
            resolver=resolving_to(["127.0.0.1"], ["127.0.0.2"], ["127.0.0.1"]),
            attempts=1,
        )
        with StoreClient(config) as client:
            client.fetch_page("products", 1)
            with pytest.raises(RetryableError):  # nobody listens on 127.0.0.2
                client.fetch_page("products", 2)
            client.fetch_page("products", 3)
        assert len({request.connection for request in store.requests}) == 2


def test_this_machine_by_name_is_dialled_when_a_sandbox_allows_it():
    with MisbehavingStore() as store:
        assert fetch(store, base_url=f"http://localhost:{store.port}").status == 200


def test_a_second_address_is_dialled_when_the_first_is_dead():
    with MisbehavingStore() as store:
        config = store.config(
            base_url=f"http://store.test:{store.port}",
            policy=AddressPolicy(False, frozenset({"127.0.0.0/8"})),
            resolver=resolving_to(["127.0.0.2", "127.0.0.1"]),
        )
        with StoreClient(config) as client:
            assert client.fetch_page("products", 1).attempts == 1


@pytest.mark.parametrize(
    ("errno", "kind", "code"),
    [
        (socket.EAI_NONAME, ConfigError, "name_not_resolved"),
        (socket.EAI_AGAIN, RetryableError, "connection_failed"),
    ],
)
def test_a_name_that_is_not_resolved_says_so(errno, kind, code):
    def resolve(host, port, **options):
        raise socket.gaierror(errno, "no")

    with MisbehavingStore() as store, pytest.raises(kind) as caught:
        fetch(store, base_url="http://store.test", resolver=resolve, attempts=1)
    assert caught.value.code == code
    assert "store.test" in caught.value.detail


# TLS


def test_a_valid_certificate_is_needed_and_enough():
    with MisbehavingStore(tls="trusted") as store:
        assert fetch(store).status == 200
        with pytest.raises(ConfigError) as caught:
            fetch(store, ca_bundle=None)
    assert caught.value.code == "tls_invalid"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("self_signed", "self-signed"),
        ("expired", "expired"),
        ("wrong_host", "127.0.0.1"),
    ],
)
def test_a_bad_certificate_is_named_and_not_tried_again(kind, said):
    waits = []
    with MisbehavingStore(tls=kind) as store:
        with pytest.raises(ConfigError) as caught:
            fetch(store, sleep=waits.append)
        assert store.requests == []
    assert caught.value.code == "tls_invalid"
    assert said in caught.value.detail.replace("self signed", "self-signed")
    assert waits == []


def test_the_certificate_is_checked_against_the_name_not_the_address():
    with MisbehavingStore(tls="trusted") as store:
        changes = {"resolver": resolving_to(["127.0.0.1"])}
        good = f"https://store.test:{store.port}"
        assert fetch(store, base_url=good, **changes).status == 200
        with pytest.raises(ConfigError) as caught:
            fetch(store, base_url=f"https://other.test:{store.port}", **changes)
    assert caught.value.code == "tls_invalid"


def test_https_to_a_plain_port_says_what_is_wrong():
    with MisbehavingStore() as store, pytest.raises(ConfigError) as caught:
        fetch(store, base_url=store.url.replace("http:", "https:"))
    assert caught.value.code == "tls_invalid"
    assert "TLS" in caught.value.detail
