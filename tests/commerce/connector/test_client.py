import base64
import shlex
import shutil
import subprocess
import sys
import time
import tracemalloc

import pytest

from commerce.connector.auth import auth_from
from commerce.connector.client import StoreClient, StoreConfig, _retry_after
from commerce.connector.errors import (
    ConfigError,
    ResponseError,
    RetryableError,
)
from commerce.connector.guard import AddressPolicy
from tests.commerce.connector.asking import error_of, fetch
from tests.stores import API_KEY, CREDENTIALS, MisbehavingStore, make_products

# What is sent


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("api_key", "x-api-key", API_KEY),
        ("bearer_token", "authorization", f"Bearer {API_KEY}"),
        (
            "basic_auth",
            "authorization",
            "Basic " + base64.b64encode(b"hiwelink:super:secret").decode(),
        ),
    ],
)
def test_each_method_sends_its_header_on_every_request(method, name, value):
    with MisbehavingStore(auth_method=method) as store:
        with StoreClient(store.config()) as client:
            client.check_health()
            client.fetch_page("products", 1)
            client.fetch_page("orders", 1)
        assert [r.headers[name] for r in store.requests] == [value] * 3
        for request in store.requests:
            sent = {"x-api-key", "authorization"} & set(request.headers)
            assert sent == {name}
            assert request.headers["accept"] == "application/json"
            assert request.headers["user-agent"] == (
                "HiWelink/1.0 (+https://www.hiwelink.com)"
            )
            assert request.method == "GET"


def test_a_page_is_asked_for_as_specified():
    with MisbehavingStore() as store:
        answer = fetch(store, 3, per_page=20)
        request = store.requests[0]
        assert (request.path, request.query) == (
            "/api/products",
            {"page": "3", "per_page": "20"},
        )
        assert answer.url == f"{store.url}/api/products?page=3&per_page=20"
        assert request.headers["host"] == store.url.removeprefix("http://")


def test_the_health_check_sends_no_parameters():
    with MisbehavingStore() as store, StoreClient(store.config()) as client:
        assert client.check_health().remarks == ()
        assert store.requests[0].query == {}


def test_paths_and_base_path_can_be_changed():
    with MisbehavingStore() as store:
        config = store.config(
            base_url=store.url + "/api/", products_path="products?lang=de"
        )
        with StoreClient(config) as client:
            client.fetch_page("products", 2)
        assert store.requests[0].path == "/api/products"
        assert store.requests[0].query == {"lang": "de", "page": "2", "per_page": "50"}


def test_the_curl_line_repeats_the_request_without_the_credential():
    with MisbehavingStore() as store:
        answer = fetch(store)
        assert answer.curl == (
            "curl -i -H 'X-API-Key: YOUR_KEY' -H 'Accept: application/json'"
            f" '{store.url}/api/products?page=1&per_page=50'"
        )
        if shutil.which("curl"):
            command = shlex.split(answer.curl.replace("YOUR_KEY", API_KEY))
            sent = subprocess.run(command, capture_output=True, timeout=10, check=True)
            assert b"200 OK" in sent.stdout
            assert store.requests[1].query == store.requests[0].query


def test_the_doctor_may_ask_without_the_credential():
    with MisbehavingStore() as store, StoreClient(store.config()) as client:
        answer = client.get("/api/products", {"per_page": 1}, authenticated=False)
        assert answer.status == 401
        assert answer.error.code == "unauthorized"
        assert "x-api-key" not in store.requests[0].headers
        assert "YOUR_KEY" not in answer.curl


def test_one_connection_carries_a_whole_run():
    with MisbehavingStore() as store, StoreClient(store.config()) as client:
        for page in (1, 2, 3):
            client.fetch_page("products", page)
        assert len({request.connection for request in store.requests}) == 1
        assert client.requests == 3
        assert client.retries == 0


def test_cookies_are_not_sent_back():
    with MisbehavingStore("cookies") as store, StoreClient(store.config()) as client:
        client.fetch_page("products", 1)
        client.fetch_page("products", 2)
        assert all("cookie" not in request.headers for request in store.requests)


def test_proxies_and_netrc_of_the_machine_are_not_obeyed(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login intruder password intruder\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with MisbehavingStore() as store:
        assert fetch(store).status == 200
        assert "authorization" not in store.requests[0].headers


def test_nothing_shown_holds_the_credential():
    for method in CREDENTIALS:
        with MisbehavingStore("unauthorized", auth_method=method) as store:
            with pytest.raises(ConfigError) as caught:
                fetch(store)
            error, config = caught.value, store.config()
            shown = f"{error} {error!r} {error.curl} {error.evidence} {config!r}"
            for secret in config.auth.secrets():
                assert secret not in shown
            assert "***" in error.evidence


# Pacing and retries


def test_requests_are_200_ms_apart_from_end_to_start():
    with MisbehavingStore() as store:
        config = StoreConfig(
            store.url,
            auth_from(store.auth_method, store.credentials),
            AddressPolicy(False, frozenset({"127.0.0.1"})),
        )
        with StoreClient(config) as client:
            for page in (1, 2, 3):
                client.fetch_page("products", page)
        pairs = zip(store.requests, store.requests[1:], strict=False)
        gaps = [later.began_at - earlier.ended_at for earlier, later in pairs]
        assert min(gaps) >= 0.2
        assert max(gaps) < 0.4


def test_a_client_that_follows_another_pauses_first():
    waits = []
    with MisbehavingStore() as store:
        fetch(store, pause_first=True, pause_seconds=0.2, sleep=waits.append)
        fetch(store, pause_first=False, pause_seconds=0.2, sleep=waits.append)
    assert waits == [pytest.approx(0.2, abs=0.05)]


def test_after_a_429_the_pause_doubles_up_to_two_seconds():
    waits = []
    with MisbehavingStore("rate_limited_often") as store:
        config = store.config(pause_seconds=0.2, sleep=waits.append)
        with StoreClient(config) as client:
            pauses = []
            for page in range(1, 6):
                client.fetch_page("products", page)
                pauses.append(client.pause_seconds)
    assert pauses == [0.4, 0.8, 1.6, 2.0, 2.0]
    between_pages = waits[1::2]
    assert between_pages == [pytest.approx(s, abs=0.1) for s in (0.4, 0.8, 1.6, 2.0)]


def test_a_429_never_shortens_a_longer_pause():
    with (
        MisbehavingStore("rate_limited_once") as store,
        StoreClient(store.config(pause_seconds=5)) as client,
    ):
        client.fetch_page("products", 1)
        assert client.pause_seconds == 5


@pytest.mark.parametrize(
    ("mode", "waits"),
    [
        ("rate_limited_once", [3]),
        ("rate_limited_nonsense", [1]),
        ("server_error_once", [1]),
        ("unavailable_once", [2]),
        ("broken_once", [1]),
    ],
)
def test_what_time_mends_is_tried_again(mode, waits):
    recorded = []
    with MisbehavingStore(mode) as store:
        with StoreClient(store.config(sleep=recorded.append)) as client:
            answer = client.fetch_page("products", 1)
            assert (answer.status, answer.attempts) == (200, 2)
            assert (client.requests, client.retries) == (2, 1)
        assert len(store.requests) == 2
    assert recorded == waits


def test_retry_after_may_be_a_date():
    recorded = []
    with MisbehavingStore("rate_limited_date") as store:
        fetch(store, sleep=recorded.append)
    assert recorded == [pytest.approx(30, abs=2)]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0),
        ("9" * 30, 10**9),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("-5", None),
        ("7.5", None),
        ("1e3", None),
        ("Infinity", None),
        ("120, 30", None),
        ("", None),
        (None, None),
    ],
)
def test_a_retry_after_is_a_number_or_a_date_and_nothing_else(value, seconds):
    assert _retry_after(value) == seconds


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("rate_limited_always", "rate_limited"),
        ("server_error", "server_error"),
        ("broken", "connection_failed"),
        ("truncated_body", "connection_failed"),
        ("truncated_chunks", "connection_failed"),
        ("refused", "connection_failed"),
    ],
)
def test_four_attempts_wait_one_two_and_four_seconds(mode, code):
    error, waits, store = error_of(mode)
    assert isinstance(error, RetryableError)
    assert error.code == code
    assert waits == [1, 2, 4]
    assert len(store.requests) == (0 if mode == "refused" else 4)
    assert "4 times" in error.detail
    assert error.retry_after_seconds is None
    assert error.curl.startswith("curl ")


def test_a_longer_retry_after_is_handed_on_at_once():
    error, waits, store = error_of("rate_limited_long")
    assert error.retry_after_seconds == 3600
    assert waits == []
    assert len(store.requests) == 1


@pytest.mark.parametrize(
    ("mode", "code", "status"),
    [
        ("unauthorized", "unauthorized", 401),
        ("forbidden", "forbidden", 403),
        ("not_found", "not_found", 404),
        ("teapot", "client_error", 418),
        ("redirect_same_origin", "redirected", 301),
        ("redirect_other_origin", "redirected", 302),
    ],
)
def test_what_the_merchant_must_mend_is_not_tried_again(mode, code, status):
    error, waits, store = error_of(mode)
    assert isinstance(error, ConfigError)
    assert (error.code, error.http_status) == (code, status)
    assert waits == []
    assert len(store.requests) == 1


@pytest.mark.parametrize("mode", ["no_content", "accepted"])
def test_a_page_must_be_a_200(mode):
    error, waits, _ = error_of(mode)
    assert (type(error), error.code) == (ResponseError, "unexpected_status")
    assert waits == []


def test_a_wait_can_be_ended_from_outside():
    class Cancelled(Exception):
        pass

    def cancel(seconds):
        raise Cancelled

    with MisbehavingStore("server_error") as store, pytest.raises(Cancelled):
        fetch(store, sleep=cancel)


# Redirects


def test_a_credential_never_follows_a_redirect():
    with (
        MisbehavingStore() as other,
        MisbehavingStore("redirect_other_origin") as store,
    ):
        store.redirect_to = other.url + "/api/products"
        with pytest.raises(ConfigError) as caught:
            fetch(store)
        assert other.requests == []
        assert other.url in caught.value.detail


def test_a_redirects_endless_body_is_not_read():
    error, _, _ = error_of("redirect_endless", max_bytes=1 << 20)
    assert error.code == "redirected"
    assert "/elsewhere" in error.detail


# Health


def test_the_health_check_wants_200_and_only_remarks_on_the_body():
    for mode in ("html", "empty_body", "plain_text", "wrong_content_type"):
        with (
            MisbehavingStore(health_mode=mode) as store,
            StoreClient(store.config()) as client,
        ):
            answer = client.check_health()
        assert answer.status == 200
        assert len(answer.remarks) == 1
        assert answer.remarks[0].endswith(".")


@pytest.mark.parametrize(
    "mode", ["unauthorized", "accepted", "no_content", "redirect_same_origin"]
)
def test_a_health_check_that_is_no_200_fails(mode):
    with MisbehavingStore(health_mode=mode) as store:
        with StoreClient(store.config()) as client:
            with pytest.raises((ConfigError, ResponseError)) as caught:
                client.check_health()
            assert client.requests == 1
        assert caught.value.http_status != 200


def test_the_health_check_is_tried_twice():
    waits = []
    with MisbehavingStore(health_mode="server_error") as store:
        config = store.config(sleep=waits.append)
        with StoreClient(config) as client, pytest.raises(RetryableError):
            client.check_health()
        assert len(store.requests) == 2
        assert waits == [1]
    with (
        MisbehavingStore(health_mode="server_error_once") as store,
        StoreClient(store.config()) as client,
    ):
        assert client.check_health().attempts == 2


def test_the_health_check_has_one_limit_in_all():
    began = time.monotonic()
    with MisbehavingStore(health_mode="drip_body") as store:
        config = store.config(health_seconds=0.4, backoff=(0.1,), sleep=time.sleep)
        with StoreClient(config) as client, pytest.raises(RetryableError):
            client.check_health()
    assert time.monotonic() - began < 5


def test_the_health_check_does_not_wait_longer_than_its_limit():
    waits = []
    with MisbehavingStore(health_mode="rate_limited_once") as store:
        config = store.config(health_seconds=2, sleep=waits.append)
        with StoreClient(config) as client, pytest.raises(RetryableError):
            client.check_health()
    assert waits == []


# Memory


def test_reading_many_pages_holds_one_at_a_time():
    with (
        MisbehavingStore(products=make_products(2000)) as store,
        StoreClient(store.config()) as client,
    ):
        client.fetch_page("products", 1)
        tracemalloc.start()
        try:
            for page in range(1, 41):
                client.fetch_page("products", page)
            left = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
    # The store's own log of 40 requests is in here too.
    assert left < 1 << 20


def test_the_connector_knows_no_django():
    code = (
        "import sys\n"
        "import commerce.connector.client, commerce.connector.envelope\n"
        "import commerce.connector.pagination\n"
        "sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
