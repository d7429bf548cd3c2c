"""StoreClient: one store's session, with its pacing, deadlines and retries."""

from __future__ import annotations

import contextlib
import shlex
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.client import HTTPException
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.util.retry import Retry

from .answer import Answer
from .auth import Auth
from .errors import (
    ConnectorError,
    ResponseError,
    RetryableError,
    error_for_status,
)
from .failures import failure_from
from .guard import AddressPolicy, check_url, endpoint_url, mask
from .parsing import parse_json, printable
from .transport import Dialer, Resolver, StoreSession

__all__ = ["Answer", "StoreClient", "StoreConfig", "remarks_on"]

_CHUNK_BYTES = 65536
_FAILURES = (
    requests.RequestException,
    HTTPError,
    HTTPException,
    OSError,
    UnicodeError,
)


@dataclass(frozen=True)
class StoreConfig:
    """Everything a client needs to know of one store; the defaults are the published
    behaviour (spec, Full Integration Flow and Troubleshooting)."""

    base_url: str
    auth: Auth
    policy: AddressPolicy = field(default_factory=AddressPolicy)
    health_path: str = "/health"
    products_path: str = "/api/products"
    orders_path: str = "/api/orders"
    per_page: int = 50
    pause_seconds: float = 0.2  # end of one response to the start of the next request
    longest_pause_seconds: float = 2.0  # what 429s may double the pause up to
    pause_first: bool = False  # the store was asked a moment ago by another client
    request_seconds: float = 30.0  # one whole response, its headers and body
    health_seconds: float = 15.0  # both attempts and the wait between them
    attempts: int = 4
    backoff: tuple[float, ...] = (1.0, 2.0, 4.0)
    longest_wait_seconds: float = 60.0  # a longer Retry-After is handed to the caller
    max_bytes: int = 32 * 1024 * 1024  # of one body, decompressed
    ca_bundle: str | None = None  # a private authority's certificates, for sandboxes
    resolver: Resolver = socket.getaddrinfo
    # Called for every wait; may raise to end a run that was cancelled.
    sleep: Callable[[float], None] = time.sleep

    def path_of(self, resource: str) -> str:
        """Return the path of "health", "products" or "orders"; a path stays itself."""
        paths = {
            "health": self.health_path,
            "products": self.products_path,
            "orders": self.orders_path,
        }
        return paths.get(resource, resource)


class StoreClient:
    """Asks one store, one request after the other. A context manager.

    `requests` and `retries` count what was sent; `pause_seconds` is the pause in force,
    longer than configured after a 429.
    """

    def __init__(self, config: StoreConfig) -> None:
        self.config = config
        self.base_url = check_url(config.base_url, config.policy)
        self.requests = 0
        self.retries = 0
        self.pause_seconds = config.pause_seconds
        self._dialer = Dialer(config.policy, config.resolver)
        self._session = StoreSession(self._dialer)
        self._last_end = time.monotonic() if config.pause_first else float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def check_health(self) -> Answer:
        """Ask the health endpoint; its status must be 200.

        One retry, 15 s in all. The body is only remarked on (`Answer.remarks`). Raises
        ConnectorError.
        """
        answer = self._exchange(
            endpoint_url(self.base_url, self.config.health_path),
            attempts=2,
            seconds_in_all=self.config.health_seconds,
        )
        if answer.error is not None:
            raise answer.error
        return replace(answer, remarks=remarks_on(answer))

    def fetch_page(self, resource: str, page: int) -> Answer:
        """Ask for one page of "products", "orders" or of the endpoint at a path.

        Raises ConnectorError for everything but a 200.
        """
        params = {"page": page, "per_page": self.config.per_page}
        answer = self.get(self.config.path_of(resource), params)
        if answer.error is not None:
            raise answer.error
        return answer

    def get(
        self,
        path: str,
        params: Mapping[str, object] | None = None,
        *,
        authenticated: bool = True,
        retry: bool = True,
        seconds: float = float("inf"),
    ) -> Answer:
        """Ask for `path` and return the answer, whatever its status.

        seconds: for all attempts and the waits between them; each response has its own
        limit beside. What a status means is in `Answer.error`. Raises ConnectorError
        when there is no answer, or one that cannot be read.
        """
        return self._exchange(
            endpoint_url(self.base_url, path, params),
            authenticated=authenticated,
            attempts=self.config.attempts if retry else 1,
            seconds_in_all=seconds,
        )

    def _exchange(
        self,
        url: str,
        *,
        authenticated: bool = True,
        attempts: int,
        seconds_in_all: float = float("inf"),
    ) -> Answer:
        """Send one GET up to `attempts` times; only what time may mend is repeated."""
        give_up_at = time.monotonic() + seconds_in_all
        attempt, wait = 1, 0.0
        while True:
            self._pause(wait)
            seconds = min(self.config.request_seconds, give_up_at - time.monotonic())
            answer, error = self._attempt(url, authenticated, seconds, attempt)
            if not isinstance(error, RetryableError):
                break
            wait = self._wait_after(error, attempt)
            time_left = give_up_at - time.monotonic() - wait
            too_long = wait > self.config.longest_wait_seconds
            if attempt >= attempts or too_long or time_left <= 0:
                break
            attempt += 1
            self.retries += 1
        if isinstance(error, RetryableError):
            self._close_case(error, attempt)
        if answer is None:
            assert error is not None
            raise error
        return answer

    def _attempt(
        self, url: str, authenticated: bool, seconds: float, attempt: int
    ) -> tuple[Answer | None, ConnectorError | None]:
        """Return the answer, if there is one, and what is wrong with it."""
        try:
            answer = self._send(url, authenticated, max(seconds, 0.001), attempt)
        except ConnectorError as error:
            error.curl = error.curl or self._curl(url, authenticated)
            if isinstance(error, RetryableError):
                return None, error
            raise
        if answer.status == 429:
            longer = min(self.pause_seconds * 2, self.config.longest_pause_seconds)
            self.pause_seconds = max(self.pause_seconds, longer)
        return answer, answer.error

    def _close_case(self, error: RetryableError, attempts: int) -> None:
        if (error.retry_after_seconds or 0) <= self.config.longest_wait_seconds:
            error.retry_after_seconds = None
        if attempts > 1:
            error.detail += f" HiWelink tried {attempts} times."

    def _wait_after(self, error: RetryableError, attempt: int) -> float:
        """Return how long to wait before the next attempt."""
        if error.retry_after_seconds:
            return error.retry_after_seconds
        backoff = self.config.backoff
        return backoff[min(attempt, len(backoff)) - 1] if backoff else 0.0

    def _pause(self, wait: float) -> None:
        """Wait `wait` seconds, and as long as the store's pacing asks."""
        since_last = time.monotonic() - self._last_end
        seconds = max(wait, self.pause_seconds - since_last)
        if seconds > 0:
            self.config.sleep(seconds)

    def _send(
        self, url: str, authenticated: bool, seconds: float, attempt: int
    ) -> Answer:
        """Send one GET and read its whole response within `seconds`."""
        requested_at = datetime.now(UTC)
        began = time.monotonic()
        self._dialer.deadline.start(seconds)
        try:
            self._aim(url)
            self.requests += 1
            response = self._open(url, authenticated)
            with contextlib.closing(response):
                body = self._read(response)
        except _FAILURES as error:
            raise failure_from(error, seconds) from error
        finally:
            self._last_end = time.monotonic()
        answer = Answer(
            status=response.status_code,
            headers=response.headers,
            body=body,
            url=mask(url),
            curl=self._curl(url, authenticated),
            requested_at=requested_at,
            elapsed_seconds=self._last_end - began,
            attempts=attempt,
            certificate_ends_at=self._dialer.certificate_ends_at,
            secrets=self.config.auth.secrets(),
        )
        return replace(answer, error=self._error_of(answer))

    def _aim(self, url: str) -> None:
        """Judge the address again; drop a connection that leads elsewhere."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if not self._dialer.aim(parts.hostname or "", port):
            self._session.close()

    def _open(self, url: str, authenticated: bool) -> requests.Response:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
        if authenticated:
            headers |= self.config.auth.headers()
        seconds = self._dialer.deadline.remaining()
        response: requests.Response = self._session.get(
            url,
            headers=headers,
            stream=True,
            timeout=(seconds, seconds),
            verify=self.config.ca_bundle or True,
        )
        return response

    def _read(self, response: requests.Response) -> bytes:
        """Return the body, decompressed; of an error's body what can be had of it."""
        if response.status_code == 200:
            return self._read_all(response)
        with contextlib.suppress(HTTPError, OSError):
            # Read one chunk only: it is evidence, and may have no end.
            return response.raw.read1(_CHUNK_BYTES, decode_content=True) or b""
        return b""

    def _read_all(self, response: requests.Response) -> bytes:
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
            self._dialer.deadline.remaining()
            body += chunk
            if len(body) > self.config.max_bytes:
                raise ResponseError(
                    "too_large",
                    f"The answer is larger than {self.config.max_bytes:,} bytes. Lower"
                    " `per_page`, or leave out fields HiWelink does not use.",
                    http_status=response.status_code,
                )
        return bytes(body)

    def _error_of(self, answer: Answer) -> ConnectorError | None:
        if answer.status == 200:
            return None
        return error_for_status(
            answer.status,
            hint=self.config.auth.hint,
            target=_redirect_target(answer),
            retry_after_seconds=_retry_after(answer.headers.get("Retry-After")),
            curl=answer.curl,
            evidence=answer.first_line,
        )

    def _curl(self, url: str, authenticated: bool) -> str:
        """Return a command line that repeats the request, credential left out."""
        arguments = self.config.auth.curl_arguments() if authenticated else []
        accept = ["-H", "Accept: application/json"]
        return shlex.join(["curl", "-i", *arguments, *accept, mask(url)])


def _redirect_target(answer: Answer) -> str:
    """Return where a redirect points, absolute when it is a valid address."""
    target = answer.headers.get("Location", "")
    with contextlib.suppress(ValueError):
        target = urljoin(answer.url, target) if target else ""
    return mask(printable(target), answer.secrets)


def _retry_after(value: str | None) -> float | None:
    """Return the seconds a Retry-After header asks for, as number or date."""
    if value is None:
        return None
    try:
        return float(Retry(0, retry_after_max=10**9).parse_retry_after(value))
    except (InvalidHeader, ValueError, OverflowError):
        return None


def remarks_on(answer: Answer) -> tuple[str, ...]:
    """Say what is unusual about a health body; nothing in it is an error."""
    try:
        parsed = parse_json(answer.body, answer.content_type)
    except ConnectorError as error:
        return (answer.explain(error).detail,)
    return tuple(warning.detail for warning in parsed.warnings)
