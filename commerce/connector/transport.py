"""Sockets to one store: the address judged is the one dialled, within a deadline.

Built on requests-hardened's session (no redirects, one user agent) and on its table of
private ranges, and tightened: the address is judged and dialled in one place, all
addresses of a name are tried, and one deadline bounds resolving, connecting, the
handshake and every byte of headers and body.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from .errors import ConfigError, RetryableError
from .guard import AddressPolicy

USER_AGENT = "HiWelink/1.0 (+https://www.hiwelink.com)"

# Shaped like socket.getaddrinfo.
Resolver = Callable[..., list[Any]]


class Deadline:
    """A moment that a whole exchange must not pass."""

    def __init__(self) -> None:
        self._end = float("inf")

    def start(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds left; raises TimeoutError when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the deadline for the whole response has passed")
        return min(seconds, threading.TIMEOUT_MAX)


class _Timed:
    """A socket whose every read and write is bounded by what the deadline leaves.

    A plain timeout counts anew for each packet, so a drip feed never meets it.
    """

    deadline: Deadline | None = None

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._arm()
        return super().recv_into(*args, **kwargs)  # type: ignore[misc,no-any-return]

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        self._arm()
        super().sendall(*args, **kwargs)  # type: ignore[misc]

    def _arm(self) -> None:
        if self.deadline is not None:
            self.settimeout(self.deadline.remaining())  # type: ignore[attr-defined]


class TimedSocket(_Timed, socket.socket):
    pass


class TimedSSLSocket(_Timed, ssl.SSLSocket):
    pass


class Dialer:
    """Resolves, judges and dials the store's host for one client."""

    def __init__(self, policy: AddressPolicy, resolver: Resolver) -> None:
        self._policy = policy
        self._resolver = resolver
        self.deadline = Deadline()
        self.certificate_ends_at: datetime | None = None  # of the latest TLS handshake
        self._addresses: list[str] = []
        self._dialled: str | None = None

    def aim(self, host: str, port: int) -> bool:
        """Resolve and judge `host` for the next request.

        Returns whether a connection that is already open may carry it: one to an
        address the name no longer has, or that is no longer allowed, may not. Raises
        ConfigError `name_not_resolved` or `blocked_address`, RetryableError.
        """
        self._addresses = self._policy.choose(host, self._resolve(host, port))
        return self._dialled is None or self._dialled in self._addresses

    def dial(self, port: int) -> TimedSocket:
        """Connect to the first judged address that accepts; OSError of the last."""
        failure: OSError = OSError("no address to dial")
        for index, address in enumerate(self._addresses):
            share = self.deadline.remaining() / (len(self._addresses) - index)
            try:
                connection = self._connect(address, port, share)
            except OSError as error:
                failure = error
            else:
                self._dialled = address
                return connection
        raise failure

    def _connect(self, address: str, port: int, seconds: float) -> TimedSocket:
        is_ipv6 = ipaddress.ip_address(address).version == 6
        family = socket.AF_INET6 if is_ipv6 else socket.AF_INET
        connection = TimedSocket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(seconds)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.connect((address, port))
            connection.deadline = self.deadline
            # The TLS handshake takes its limit from here.
            connection.settimeout(self.deadline.remaining())
        except BaseException:
            connection.close()
            raise
        return connection

    def _resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of `host`, in the resolver's order.

        In a thread: a resolver cannot be interrupted, and its own limits may be longer
        than ours. What is an address already is not asked for.
        """
        with suppress(ValueError):
            return [str(ipaddress.ip_address(host.strip("[]")))]
        answer: list[list[Any] | OSError | UnicodeError] = []
        done = threading.Event()

        def ask() -> None:
            try:
                answer.append(
                    self._resolver(host.strip("[]"), port, type=socket.SOCK_STREAM)
                )
            except (OSError, UnicodeError) as error:
                answer.append(error)
            finally:
                done.set()

        threading.Thread(target=ask, name="resolve-store", daemon=True).start()
        if not done.wait(self.deadline.remaining()) or not answer:
            raise RetryableError(
                "timeout",
                f"The name {host} was not looked up in time. Check that the domain's"
                " name servers answer.",
            )
        if isinstance(answer[0], list):
            return list(dict.fromkeys(entry[4][0] for entry in answer[0]))
        raise _resolution_error(host, answer[0])


def _resolution_error(
    host: str, error: OSError | UnicodeError
) -> ConfigError | RetryableError:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return RetryableError(
            "connection_failed",
            f"The name {host} could not be looked up just now. Check that the domain's"
            " name servers answer.",
        )
    return ConfigError(
        "name_not_resolved",
        f"There is no host named {host}. Check the address for a typing mistake and"
        " that its DNS record exists.",
    )


class _PlainConnection(HTTPConnection):
    def __init__(self, *args: Any, dialer: Dialer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialer = dialer

    def _new_conn(self) -> socket.socket:
        return _dial(self, self._dialer)


class _TLSConnection(HTTPSConnection):
    def __init__(self, *args: Any, dialer: Dialer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialer = dialer

    def _new_conn(self) -> socket.socket:
        return _dial(self, self._dialer)

    def connect(self) -> None:
        super().connect()
        if isinstance(self.sock, TimedSSLSocket):
            self.sock.deadline = self._dialer.deadline
            self._dialer.certificate_ends_at = _end_of(self.sock.getpeercert())


def _end_of(certificate: Mapping[str, Any] | None) -> datetime | None:
    text = (certificate or {}).get("notAfter")
    if not isinstance(text, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)


def _dial(connection: HTTPConnection, dialer: Dialer) -> socket.socket:
    assert connection.port is not None
    try:
        return dialer.dial(connection.port)
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, str(error)) from error
    except OSError as error:
        raise NewConnectionError(connection, str(error)) from error


class StoreAdapter(HTTPAdapter):
    """Opens its connections through a Dialer; retries nothing by itself."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = TimedSSLSocket
        super().init_poolmanager(*args, ssl_context=context, **kwargs)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        is_tls = pool.scheme == "https"
        kind = _TLSConnection if is_tls else _PlainConnection
        pool.ConnectionCls = partial(kind, dialer=self._dialer)
        return pool


class StoreSession(HTTPSession):  # type: ignore[misc]  # it ships no types
    """A requests session that obeys no environment, keeps no cookie, follows nothing."""

    def __init__(self, dialer: Dialer) -> None:
        config = Config(
            ip_filter_enable=False,  # the Dialer judges, more strictly
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=None,
            user_agent_override=USER_AGENT,
        )
        super().__init__(config)
        self.trust_env = False  # no proxy variables, no .netrc
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        self.mount("http://", StoreAdapter(dialer))
        self.mount("https://", StoreAdapter(dialer))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Hide redirects: requests would read their whole body to follow them."""
        return None
