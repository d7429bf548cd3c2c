"""Real stores on this machine: an honest one, and one for each way to misbehave.

    with MisbehavingStore("no_meta", products=make_products(120)) as store:
        ...connect to store.url with store.credentials, look at store.requests...

`MODES` lists every mode with its one line. A mode applies to products and orders;
`health_mode` to the health endpoint; a guard (`GUARDS`) to who is let in. `products`, `orders` and `mode` may be changed
while the store runs. Nothing here leaves 127.0.0.1.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
import random
import socket
import ssl
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from commerce.connector.auth import auth_from
from commerce.connector.client import StoreConfig
from commerce.connector.guard import AddressPolicy

API_KEY = "sk_test_4f8d2a1b9c3e7f6a"
CREDENTIALS = {
    "api_key": {"api_key": API_KEY},
    "bearer_token": {"token": API_KEY},
    "basic_auth": {"username": "hiwelink", "password": "super:secret"},
}
DRIP_SECONDS = 0.05  # between two bytes of a drip feed


def make_products(count: int, *, first: int = 1, **fields: Any) -> list[dict]:
    """Return `count` products with every field of the specification."""
    return [_product(number) | fields for number in range(first, first + count)]


def make_orders(count: int, *, first: int = 1, **fields: Any) -> list[dict]:
    """Return `count` orders with every field of the specification."""
    return [_order(number) | fields for number in range(first, first + count)]


def _product(number: int) -> dict:
    price = round(10 + number * 1.25, 2)
    return {
        "id": f"prod_{number}",
        "name": f"Product {number}",
        "description": f"<p>The product with the number {number}.</p>",
        "short_description": f"Number {number}",
        "sku": f"SKU-{number:05}",
        "price": price,
        "regular_price": price + 5,
        "sale_price": price,
        "stock_status": "in_stock" if number % 5 else "out_of_stock",
        "stock_quantity": number % 5 * 10,
        "categories": ["Electronics", "Audio"],
        "tags": ["wireless"],
        "images": [f"https://store.example/images/{number}.jpg"],
        "attributes": {"color": "Black", "size": str(number % 7)},
        "permalink": f"https://store.example/product/product-{number}",
        "slug": f"product-{number}",
    }


def _order(number: int) -> dict:
    address = {"street": "123 Main St", "city": "New York", "country": "US"}
    return {
        "id": f"order_{number}",
        "order_number": f"ORD-2024-{number:04}",
        "status": "completed",
        "total": 699.98,
        "subtotal": 649.98,
        "tax": 32.50,
        "shipping": 17.50,
        "currency": "USD",
        "customer_email": f"customer{number}@store.example",
        "customer_name": f"Customer {number}",
        "items": [
            {
                "product_id": f"prod_{number}",
                "name": f"Product {number}",
                "quantity": 2,
                "price": 349.99,
            }
        ],
        "shipping_address": address,
        "billing_address": address,
        "payment_method": "credit_card",
        "created_at": "2024-01-15T10:30:00Z",
    }


@dataclass
class StoreRequest:
    """One request as the store saw it; times are time.monotonic()."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    endpoint: str | None  # "health", "products", "orders"
    began_at: float
    connection: tuple[str, int]  # the client's end
    ended_at: float | None = None
    status: int | None = None


@dataclass
class Reply:
    """What to answer: a payload to send as JSON, a body, or the bare wire."""

    payload: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    wire: Callable[[socket.socket], None] | None = None  # writes everything itself

    def encoded(self) -> bytes:
        return json.dumps(self.payload).encode() if self.body is None else self.body


@dataclass
class Exchange:
    """A request with what a mode needs to answer it."""

    store: MisbehavingStore
    request: StoreRequest
    nth: int  # the how-many-eth request of this endpoint, from 1

    @property
    def page(self) -> int:
        return max(1, int(self.request.query.get("page", 1)))

    @property
    def per_page(self) -> int:
        return min(int(self.request.query.get("per_page", 50)), 100)

    @property
    def records(self) -> list[Any]:
        return getattr(self.store, self.request.endpoint or "products")

    def page_of(self, records: list[Any], per_page: int | None = None) -> list[Any]:
        size = per_page or self.per_page
        return records[(self.page - 1) * size : self.page * size]

    def meta(self, per_page: int | None = None) -> dict[str, Any]:
        size, total = per_page or self.per_page, len(self.records)
        return {
            "current_page": self.page,
            "per_page": size,
            "total": total,
            "last_page": math.ceil(total / size),
        }

    def honest(self) -> Reply:
        if self.request.endpoint == "health":
            return Reply({"status": "ok", "timestamp": "2024-01-15T10:30:00Z"})
        return Reply({"data": self.page_of(self.records), "meta": self.meta()})


Mode = Callable[[Exchange], Reply]
MODES: dict[str, Mode] = {}


def mode(answer: Mode) -> Mode:
    MODES[answer.__name__] = answer
    return answer


def modes() -> dict[str, str]:
    """Return every mode with its one line."""
    return {name: (answer.__doc__ or "").strip() for name, answer in MODES.items()}


class MisbehavingStore:
    """A store on 127.0.0.1 at a free port; a context manager.

    auth_method: which credential it asks for; `credentials` is the right one. tls: None
    for http, or "trusted", "ending" (within days), "self_signed", "expired",
    "wrong_host"; `ca_bundle` is a file that makes the first two trusted.
    """

    def __init__(
        self,
        mode: str = "honest",
        *,
        products: list[Any] | None = None,
        orders: list[Any] | None = None,
        auth_method: str = "api_key",
        health_mode: str = "honest",
        guard: str = "exact",
        prefix: str = "",
        tls: str | None = None,
        delay_seconds: float = 0.2,
        redirect_to: str = "https://elsewhere.example/api",
        raw: bytes = b"",
    ) -> None:
        self.mode = mode
        self.health_mode = health_mode
        self.guard = guard
        self.prefix = prefix  # before every path, as a framework may put it
        self.products = make_products(3) if products is None else products
        self.orders = make_orders(2) if orders is None else orders
        self.auth_method = auth_method
        self.credentials = CREDENTIALS[auth_method]
        self.delay_seconds = delay_seconds  # of the mode slow_first_byte
        self.redirect_to = redirect_to
        self.raw = raw  # of the mode raw
        self.requests: list[StoreRequest] = []
        self.stopping = threading.Event()
        self._tls = tls
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._files: tempfile.TemporaryDirectory | None = None
        self.ca_bundle: str | None = None

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self.port = self._server.server_address[1]
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        if self._tls:
            self._switch_tls_on(self._server)
        if self.mode == "refused":
            self._server.server_close()
            return self
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopping.set()
        if self._thread and self._server:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        if self._files:
            self._files.cleanup()

    def config(self, **changes: Any) -> StoreConfig:
        """Return what a connector needs to read this store: allowed, and unpaced."""
        fields = {
            "base_url": self.url,
            "auth": auth_from(self.auth_method, self.credentials),
            "policy": AddressPolicy(False, frozenset({"127.0.0.1", "localhost"})),
            "pause_seconds": 0,
            "request_seconds": 5,
            "ca_bundle": self.ca_bundle,
            "sleep": lambda seconds: None,
        }
        return StoreConfig(**(fields | changes))

    def asked(self, endpoint: str = "products") -> list[StoreRequest]:
        """Return the requests of one endpoint, in order."""
        return [r for r in self.requests if r.endpoint == endpoint]

    def pages_asked(self, endpoint: str = "products") -> list[int]:
        return [int(r.query.get("page", 0)) for r in self.asked(endpoint)]

    def answer(self, request: StoreRequest) -> Reply:
        with self._lock:
            self.requests.append(request)
            nth = len(self.asked(request.endpoint)) if request.endpoint else 0
        if request.endpoint is None:
            return Reply({"error": "Not found"}, 404)
        if not self.lets_in(request):
            return Reply({"error": "Unauthorized"}, 401)
        name = self.health_mode if request.endpoint == "health" else self.mode
        return MODES[name](Exchange(self, request, nth))

    def lets_in(self, request: StoreRequest) -> bool:
        return GUARDS[self.guard](self, request)

    def _switch_tls_on(self, server: _Server) -> None:
        self._files = tempfile.TemporaryDirectory()
        path = Path(self._files.name) / "store.pem"
        path.write_bytes(certificate(self._tls or ""))
        if self._tls != "self_signed":
            self.ca_bundle = str(path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server.tls = context


# Who is let in


Guard = Callable[[MisbehavingStore, StoreRequest], bool]


def exact(store: MisbehavingStore, request: StoreRequest) -> bool:
    """Who sends the right credential."""
    if store.auth_method == "api_key":
        return request.headers.get("x-api-key") == store.credentials["api_key"]
    expected = f"Bearer {store.credentials.get('token')}"
    if store.auth_method == "basic_auth":
        pair = "{username}:{password}".format(**store.credentials).encode()
        expected = f"Basic {base64.b64encode(pair).decode()}"
    return request.headers.get("authorization") == expected


def anybody(store: MisbehavingStore, request: StoreRequest) -> bool:
    """Everybody."""
    return True


def anybody_but_for_orders(store: MisbehavingStore, request: StoreRequest) -> bool:
    """Everybody, orders apart."""
    return request.endpoint != "orders" or exact(store, request)


def any_credential(store: MisbehavingStore, request: StoreRequest) -> bool:
    """Who sends any credential at all."""
    return bool({"x-api-key", "authorization"} & set(request.headers))


def unstripped(store: MisbehavingStore, request: StoreRequest) -> bool:
    """Whose whole Authorization header is the token."""
    return request.headers.get("authorization") == API_KEY


def as_bearer(store: MisbehavingStore, request: StoreRequest) -> bool:
    """Who sends the key as a bearer token."""
    return request.headers.get("authorization") == f"Bearer {API_KEY}"


def quoted_colon(store: MisbehavingStore, request: StoreRequest) -> bool:
    """Who sends the password with its colon URL-encoded."""
    pair = "{username}:{password}".format(**store.credentials)
    name, _, password = pair.partition(":")
    sent = f"{name}:{password.replace(':', '%3A')}".encode()
    header = f"Basic {base64.b64encode(sent).decode()}"
    return request.headers.get("authorization") == header


def health_only(store: MisbehavingStore, request: StoreRequest) -> bool:
    """Who sends the right credential to the health endpoint, nobody elsewhere."""
    return request.endpoint == "health" and exact(store, request)


GUARDS: dict[str, Guard] = {
    guard.__name__: guard
    for guard in (
        exact,
        anybody,
        anybody_but_for_orders,
        any_credential,
        unstripped,
        as_bearer,
        quoted_colon,
        health_only,
    )
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    tls: ssl.SSLContext | None = None

    def __init__(self, store: MisbehavingStore) -> None:
        self.store = store
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is not None:  # here, in the connection's own thread
            request = self.tls.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these stores are for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        store, parts = self.server.store, urlsplit(self.path)
        endpoints = {f"{store.prefix}/health": "health"} | {
            f"{store.prefix}/api/{name}": name for name in ("products", "orders")
        }
        request = StoreRequest(
            method=self.command,
            path=parts.path,
            query={name: values[-1] for name, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            endpoint=endpoints.get(parts.path),
            began_at=time.monotonic(),
            connection=self.client_address,
        )
        reply = store.answer(request)
        try:
            if reply.wire is not None:
                self.close_connection = True
                reply.wire(self.connection)
            else:
                self._send(reply)
        finally:
            request.status = reply.status
            request.ended_at = time.monotonic()

    def do_HEAD(self) -> None:
        self._send(Reply({"detail": "Method Not Allowed"}, 405))

    def _send(self, reply: Reply) -> None:
        body = b"" if reply.status in (204, 304) else reply.encoded()
        headers = {"Content-Type": "application/json", "Content-Length": len(body)}
        self.send_response(reply.status)
        for name, value in (headers | reply.headers).items():
            self.send_header(name, str(value))
        self._headers_buffer.append(b"\r\n" + body)  # one packet
        self.flush_headers()

    def log_message(self, *args: object) -> None:
        pass


def certificate(kind: str) -> bytes:
    """Return a key and a certificate of that kind for 127.0.0.1, as PEM."""
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store.test")])
    names: list[x509.GeneralName] = [x509.DNSName("store.test")]
    if kind != "wrong_host":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    now = datetime.now(UTC)
    ends = now + timedelta(days={"expired": -1, "ending": 5}.get(kind, 90))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


# Statuses


@mode
def honest(exchange: Exchange) -> Reply:
    """Answers as the specification asks."""
    return exchange.honest()


@mode
def refused(exchange: Exchange) -> Reply:
    """Listens on no port at all."""
    raise AssertionError("nobody can ask a store that does not listen")


def _limited(exchange: Exchange, retry_after: str | None) -> Reply:
    headers = {"Retry-After": retry_after} if retry_after else {}
    return Reply({"error": "Too Many Requests"}, 429, headers)


@mode
def rate_limited_once(exchange: Exchange) -> Reply:
    """429 with Retry-After: 3 on the first request, then honest."""
    return _limited(exchange, "3") if exchange.nth == 1 else exchange.honest()


@mode
def rate_limited_date(exchange: Exchange) -> Reply:
    """429 with a Retry-After date 30 s ahead on the first request, then honest."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    return _limited(exchange, date) if exchange.nth == 1 else exchange.honest()


@mode
def rate_limited_long(exchange: Exchange) -> Reply:
    """429 with Retry-After: 3600, always."""
    return _limited(exchange, "3600")


@mode
def rate_limited_nonsense(exchange: Exchange) -> Reply:
    """429 with Retry-After: soon on the first request, then honest."""
    return _limited(exchange, "soon") if exchange.nth == 1 else exchange.honest()


@mode
def rate_limited_always(exchange: Exchange) -> Reply:
    """429 without Retry-After, always."""
    return _limited(exchange, None)


@mode
def rate_limited_often(exchange: Exchange) -> Reply:
    """429 without Retry-After on every second request."""
    return _limited(exchange, None) if exchange.nth % 2 else exchange.honest()


@mode
def server_error_once(exchange: Exchange) -> Reply:
    """500 on the first request, then honest."""
    return server_error(exchange) if exchange.nth == 1 else exchange.honest()


@mode
def server_error(exchange: Exchange) -> Reply:
    """500, always."""
    return Reply({"error": "Internal Server Error"}, 500)


@mode
def server_error_from_page_2(exchange: Exchange) -> Reply:
    """Honest on page 1, 500 from page 2 on."""
    return exchange.honest() if exchange.page == 1 else server_error(exchange)


@mode
def unavailable_once(exchange: Exchange) -> Reply:
    """503 with Retry-After: 2 on the first request, then honest."""
    if exchange.nth > 1:
        return exchange.honest()
    return Reply({"error": "Unavailable"}, 503, {"Retry-After": "2"})


@mode
def unauthorized(exchange: Exchange) -> Reply:
    """401, whatever the credential; repeats it in the body."""
    sent = exchange.request.headers
    shown = sent.get("x-api-key") or sent.get("authorization")
    return Reply({"error": f"Bad credential {shown}"}, 401)


@mode
def forbidden(exchange: Exchange) -> Reply:
    """403, always."""
    return Reply({"error": "Forbidden"}, 403)


@mode
def not_found(exchange: Exchange) -> Reply:
    """404, always."""
    return Reply({"error": "Not Found"}, 404)


@mode
def teapot(exchange: Exchange) -> Reply:
    """418, always."""
    return Reply({"error": "I'm a teapot"}, 418)


@mode
def no_content(exchange: Exchange) -> Reply:
    """204, always."""
    return Reply(status=204)


@mode
def accepted(exchange: Exchange) -> Reply:
    """The honest body under a 202."""
    return Reply(exchange.honest().payload, 202)


@mode
def redirect_same_origin(exchange: Exchange) -> Reply:
    """301 to a path of its own."""
    return Reply({}, 301, {"Location": "/v2" + exchange.request.path})


@mode
def redirect_other_origin(exchange: Exchange) -> Reply:
    """302 to `redirect_to`."""
    return Reply({}, 302, {"Location": exchange.store.redirect_to})


@mode
def redirect_slash(exchange: Exchange) -> Reply:
    """301 to the same path with a slash at its end."""
    return Reply({}, 301, {"Location": f"{exchange.request.path}/"})


@mode
def redirect_login(exchange: Exchange) -> Reply:
    """302 to a login page."""
    return Reply({}, 302, {"Location": "/login?next=/api"})


@mode
def needs_parameters(exchange: Exchange) -> Reply:
    """400 unless there is a query parameter `store`."""
    if "store" in exchange.request.query:
        return exchange.honest()
    return Reply({"error": "The parameter store is missing"}, 400)


@mode
def redirect_endless(exchange: Exchange) -> Reply:
    """302 with a body without end."""
    head = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n\r\n"
    return Reply(wire=_writer(exchange, head, _for_ever(b"x" * 65536)))


# Time and the wire


def _writer(
    exchange: Exchange, head: bytes, rest: Iterator[bytes], pause: float = 0
) -> Callable[[socket.socket], None]:
    """Return what sends `head`, then `rest` piece by piece, until the store stops."""

    def write(connection: socket.socket) -> None:
        connection.sendall(head)
        for piece in rest:
            if exchange.store.stopping.wait(pause) if pause else False:
                return
            connection.sendall(piece)

    return write


def _for_ever(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


def _bytes_of(text: bytes) -> Iterator[bytes]:
    return (text[i : i + 1] for i in range(len(text)))


@mode
def timeout(exchange: Exchange) -> Reply:
    """Accepts the request and never answers."""
    return Reply(wire=lambda connection: exchange.store.stopping.wait() and None)


@mode
def slow_first_byte(exchange: Exchange) -> Reply:
    """Honest, after `delay_seconds`."""
    exchange.store.stopping.wait(exchange.store.delay_seconds)
    return exchange.honest()


@mode
def slow_once(exchange: Exchange) -> Reply:
    """Honest, the first request after `delay_seconds`."""
    return slow_first_byte(exchange) if exchange.nth == 1 else exchange.honest()


@mode
def broken_once(exchange: Exchange) -> Reply:
    """Hangs up without an answer on the first request, then honest."""
    return broken(exchange) if exchange.nth == 1 else exchange.honest()


@mode
def broken(exchange: Exchange) -> Reply:
    """Hangs up without an answer, always."""
    return Reply(wire=lambda connection: None)


@mode
def drip_headers(exchange: Exchange) -> Reply:
    """Sends its headers byte by byte, for ever."""
    head = b"HTTP/1.1 200 OK\r\nX-Drip: "
    return Reply(wire=_writer(exchange, head, _for_ever(b"x"), DRIP_SECONDS))


@mode
def drip_body(exchange: Exchange) -> Reply:
    """Sends its headers at once and its body byte by byte, for ever."""
    head = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"data": ['
    return Reply(wire=_writer(exchange, head, _for_ever(b" "), DRIP_SECONDS))


@mode
def drip_chunks(exchange: Exchange) -> Reply:
    """Sends a chunked body a byte a chunk, for ever."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Reply(wire=_writer(exchange, head, _for_ever(b"1\r\n \r\n"), DRIP_SECONDS))


@mode
def endless_body(exchange: Exchange) -> Reply:
    """Sends a body without end as fast as it can."""
    head = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"data": ["'
    return Reply(wire=_writer(exchange, head, _for_ever(b"x" * 65536)))


@mode
def endless_continue(exchange: Exchange) -> Reply:
    """Says 100 Continue for ever."""
    piece = b"HTTP/1.1 100 Continue\r\n\r\n"
    return Reply(wire=_writer(exchange, b"", _for_ever(piece), DRIP_SECONDS))


@mode
def gzip_bomb(exchange: Exchange) -> Reply:
    """64 MiB of blanks in 64 KiB of gzip."""
    return Reply(body=_bomb(), headers={"Content-Encoding": "gzip"})


def _bomb() -> bytes:
    """Made piece by piece, so that a test may measure its reader's memory."""
    squeeze = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    pieces = [squeeze.compress(b'{"data": [')]
    pieces += [squeeze.compress(b" " * (1 << 20)) for _ in range(64)]
    return b"".join([*pieces, squeeze.flush()])


@mode
def gzipped(exchange: Exchange) -> Reply:
    """Honest, compressed."""
    body = gzip.compress(exchange.honest().encoded())
    return Reply(body=body, headers={"Content-Encoding": "gzip"})


@mode
def gzip_broken(exchange: Exchange) -> Reply:
    """Says gzip and sends plain JSON."""
    body = exchange.honest().encoded()
    return Reply(body=body, headers={"Content-Encoding": "gzip"})


@mode
def truncated_body(exchange: Exchange) -> Reply:
    """Hangs up half way through the Content-Length it announced."""
    body = exchange.honest().encoded()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    half = head + body[: len(body) // 2]
    return Reply(wire=_writer(exchange, half, iter(())))


@mode
def truncated_chunks(exchange: Exchange) -> Reply:
    """Hangs up in the middle of a chunked body."""
    head = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"data": '
    return Reply(wire=_writer(exchange, head, iter(())))


@mode
def truncated_json(exchange: Exchange) -> Reply:
    """Sends the first half of its JSON as if it were all."""
    body = exchange.honest().encoded()
    return Reply(body=body[: len(body) // 2])


@mode
def not_http(exchange: Exchange) -> Reply:
    """Answers like a mail server."""
    greeting = b"220 mail.store.example ESMTP ready\r\n"
    return Reply(wire=_writer(exchange, greeting, iter(())))


@mode
def raw(exchange: Exchange) -> Reply:
    """Sends the bytes in `raw` as they are, and hangs up."""
    return Reply(wire=_writer(exchange, exchange.store.raw, iter(())))


@mode
def cookies(exchange: Exchange) -> Reply:
    """Honest, and sets a cookie."""
    reply = exchange.honest()
    reply.headers["Set-Cookie"] = "session=abc; Path=/"
    return reply


# Bodies


@mode
def html(exchange: Exchange) -> Reply:
    """A login page with status 200."""
    page = b"<!DOCTYPE html><html><head><title>Log in</title></head></html>"
    return Reply(body=page, headers={"Content-Type": "text/html; charset=utf-8"})


@mode
def html_as_json(exchange: Exchange) -> Reply:
    """A printed PHP warning before the JSON, as application/json."""
    warning = b"<br />\n<b>Warning</b>: Undefined variable $x<br />\n"
    return Reply(body=warning + exchange.honest().encoded())


@mode
def plain_text(exchange: Exchange) -> Reply:
    """A sentence instead of JSON."""
    return Reply(body=b"Service is fine.", headers={"Content-Type": "text/plain"})


@mode
def empty_body(exchange: Exchange) -> Reply:
    """200 with nothing."""
    return Reply(body=b"")


@mode
def wrong_content_type(exchange: Exchange) -> Reply:
    """Honest JSON labelled text/html."""
    body = exchange.honest().encoded()
    return Reply(body=body, headers={"Content-Type": "text/html"})


def _encoded(exchange: Exchange, encoding: str, content_type: str) -> Reply:
    text = json.dumps(exchange.honest().payload, ensure_ascii=False)
    return Reply(body=text.encode(encoding), headers={"Content-Type": content_type})


@mode
def bom(exchange: Exchange) -> Reply:
    """Honest, after a byte order mark."""
    return _encoded(exchange, "utf-8-sig", "application/json")


@mode
def utf16(exchange: Exchange) -> Reply:
    """Honest, in UTF-16."""
    return _encoded(exchange, "utf-16", "application/json; charset=utf-16")


@mode
def latin1(exchange: Exchange) -> Reply:
    """Honest, in ISO 8859-1, and says so."""
    return _encoded(exchange, "latin-1", "application/json; charset=ISO-8859-1")


@mode
def latin1_unsaid(exchange: Exchange) -> Reply:
    """Honest, in ISO 8859-1, but says UTF-8."""
    return _encoded(exchange, "latin-1", "application/json; charset=utf-8")


@mode
def deep_json(exchange: Exchange) -> Reply:
    """100,000 lists in one another."""
    return Reply(body=b'{"data": ' + b"[" * 100_000)


@mode
def fairly_deep_json(exchange: Exchange) -> Reply:
    """200 lists in one another, which Python would still read."""
    return Reply(body=b'{"data": ' + b"[" * 200 + b"]" * 200 + b"}")


@mode
def strange_numbers(exchange: Exchange) -> Reply:
    """NaN, Infinity and a number of 5,000 digits as prices."""
    prices = ("NaN", "Infinity", "9" * 5000)
    records = ",".join(
        f'{{"id": "{n}", "name": "Odd {n}", "price": {price}}}'
        for n, price in enumerate(prices, 1)
    )
    body = f'{{"data": [{records}], "meta": {{"total": 3, "last_page": 1}}}}'
    return Reply(body=body.encode())


@mode
def error_body(exchange: Exchange) -> Reply:
    """200 with {"error": ...}."""
    return Reply({"error": "Database connection failed", "data": []})


@mode
def error_body_success_false(exchange: Exchange) -> Reply:
    """200 with {"success": false}."""
    return Reply({"success": False, "message": "Licence expired"})


@mode
def error_body_message(exchange: Exchange) -> Reply:
    """200 with {"message": "Unauthenticated."}."""
    return Reply({"message": "Unauthenticated."})


# Where the list is


def _under(exchange: Exchange, key: str) -> Reply:
    payload = exchange.honest().payload
    return Reply({key: payload["data"], "meta": payload["meta"]})


@mode
def list_under_products(exchange: Exchange) -> Reply:
    """The list under "products"."""
    return _under(exchange, "products")


@mode
def list_under_items(exchange: Exchange) -> Reply:
    """The list under "items"."""
    return _under(exchange, "items")


@mode
def list_under_results(exchange: Exchange) -> Reply:
    """The list under "results"."""
    return _under(exchange, "results")


@mode
def list_nested(exchange: Exchange) -> Reply:
    """The list under data.items."""
    payload = exchange.honest().payload
    return Reply({"data": {"items": payload["data"]}, "meta": payload["meta"]})


@mode
def list_as_object(exchange: Exchange) -> Reply:
    """The list as PHP writes a filtered one: {"0": ..., "2": ...}."""
    payload = exchange.honest().payload
    numbered = {str(n * 2): record for n, record in enumerate(payload["data"])}
    return Reply({"data": numbered, "meta": payload["meta"]})


@mode
def list_null(exchange: Exchange) -> Reply:
    """Honest, but an empty list is null, as Go writes it."""
    payload = exchange.honest().payload
    return Reply({**payload, "data": payload["data"] or None})


@mode
def no_list(exchange: Exchange) -> Reply:
    """The list under a key nobody would guess."""
    return _under(exchange, "catalogue")


@mode
def flat(exchange: Exchange) -> Reply:
    """A flat array, no meta."""
    return Reply(exchange.honest().payload["data"])


@mode
def laravel_paginator(exchange: Exchange) -> Reply:
    """Laravel's LengthAwarePaginator: the meta on the top level."""
    payload = exchange.honest().payload
    return Reply({"data": payload["data"], **payload["meta"]})


# Meta


def _with_meta(exchange: Exchange, **changes: Any) -> Reply:
    payload = exchange.honest().payload
    return Reply({"data": payload["data"], "meta": payload["meta"] | changes})


@mode
def no_meta(exchange: Exchange) -> Reply:
    """The list under "data", no meta."""
    return Reply({"data": exchange.honest().payload["data"]})


@mode
def meta_strings(exchange: Exchange) -> Reply:
    """The meta's numbers as text."""
    meta = {name: str(number) for name, number in exchange.meta().items()}
    return _with_meta(exchange, **meta)


@mode
def meta_null(exchange: Exchange) -> Reply:
    """Everything in the meta is null."""
    return _with_meta(exchange, **dict.fromkeys(exchange.meta()))


@mode
def meta_garbage(exchange: Exchange) -> Reply:
    """The meta holds lists, negative numbers and words."""
    return _with_meta(
        exchange, total=[1], last_page=-3, per_page="many", current_page={}
    )


@mode
def meta_last_page_too_low(exchange: Exchange) -> Reply:
    """last_page is 1, always; total is right."""
    return _with_meta(exchange, last_page=1)


@mode
def meta_total_of_page(exchange: Exchange) -> Reply:
    """total and last_page count the page, not the list."""
    count = len(exchange.honest().payload["data"])
    return _with_meta(exchange, total=count, last_page=1)


@mode
def meta_too_high(exchange: Exchange) -> Reply:
    """total and last_page tell of ten times what there is."""
    meta = exchange.meta()
    return _with_meta(
        exchange, total=meta["total"] * 10, last_page=meta["last_page"] * 10
    )


@mode
def meta_last_page_too_high(exchange: Exchange) -> Reply:
    """last_page is ten times too high; total is right."""
    return _with_meta(exchange, last_page=exchange.meta()["last_page"] * 10)


@mode
def meta_absurd(exchange: Exchange) -> Reply:
    """total and last_page are 10**9."""
    return _with_meta(exchange, total=10**9, last_page=10**9)


# Paging


@mode
def per_page_ignored(exchange: Exchange) -> Reply:
    """20 records a page whatever is asked; its meta says so."""
    data = exchange.page_of(exchange.records, 20)
    return Reply({"data": data, "meta": exchange.meta(20)})


@mode
def per_page_ignored_no_meta(exchange: Exchange) -> Reply:
    """20 records a page whatever is asked, no meta."""
    return Reply({"data": exchange.page_of(exchange.records, 20)})


@mode
def per_page_ignored_meta_asked(exchange: Exchange) -> Reply:
    """20 records a page; its last_page is for the page size asked."""
    return Reply(
        {"data": exchange.page_of(exchange.records, 20), "meta": exchange.meta()}
    )


@mode
def repeats_first_page(exchange: Exchange) -> Reply:
    """Page 1's records on every page, under an honest meta."""
    data = exchange.records[: exchange.per_page]
    return Reply({"data": data, "meta": exchange.meta()})


@mode
def repeats_first_page_no_meta(exchange: Exchange) -> Reply:
    """Page 1's records on every page, no meta."""
    return Reply({"data": exchange.records[: exchange.per_page]})


@mode
def repeats_shuffled(exchange: Exchange) -> Reply:
    """Page 1's records on every page in another order, no meta."""
    data = exchange.records[: exchange.per_page]
    return Reply({"data": random.Random(exchange.nth).sample(data, len(data))})


@mode
def repeats_last_page(exchange: Exchange) -> Reply:
    """The last page again for every page after it, no meta."""
    last = max(1, math.ceil(len(exchange.records) / exchange.per_page))
    size = exchange.per_page
    start = (min(exchange.page, last) - 1) * size
    return Reply({"data": exchange.records[start : start + size]})


@mode
def starts_again(exchange: Exchange) -> Reply:
    """Page 1 again after the last one, and so on, no meta."""
    last = max(1, math.ceil(len(exchange.records) / exchange.per_page))
    start = (exchange.page - 1) % last * exchange.per_page
    return Reply({"data": exchange.records[start : start + exchange.per_page]})


@mode
def endless(exchange: Exchange) -> Reply:
    """New records on every page, for ever, no meta."""
    first = (exchange.page - 1) * exchange.per_page + 1
    make = make_orders if exchange.request.endpoint == "orders" else make_products
    return Reply({"data": make(exchange.per_page, first=first)})


def _past_the_end(exchange: Exchange, status: int) -> Reply:
    data = exchange.page_of(exchange.records)
    if data or exchange.page == 1:
        return Reply({"data": data})
    return Reply({"error": "No such page"}, status)


@mode
def missing_past_end(exchange: Exchange) -> Reply:
    """404 past the end, no meta."""
    return _past_the_end(exchange, 404)


@mode
def bad_request_past_end(exchange: Exchange) -> Reply:
    """400 past the end, no meta."""
    return _past_the_end(exchange, 400)


@mode
def server_error_past_end(exchange: Exchange) -> Reply:
    """500 past the end, no meta."""
    return _past_the_end(exchange, 500)


@mode
def missing_from_page_2(exchange: Exchange) -> Reply:
    """404 from page 2 on, under a meta that tells of more."""
    return exchange.honest() if exchange.page == 1 else not_found(exchange)


@mode
def everything(exchange: Exchange) -> Reply:
    """The whole list on every page, no meta."""
    return Reply({"data": exchange.records})


@mode
def everything_with_meta(exchange: Exchange) -> Reply:
    """The whole list on every page, under an honest meta."""
    return Reply({"data": exchange.records, "meta": exchange.meta()})


@mode
def shrinking(exchange: Exchange) -> Reply:
    """Honest, but loses its first three records after page 1 was read."""
    reply = exchange.honest()
    if exchange.nth == 1:
        del exchange.records[:3]
    return reply


@mode
def growing(exchange: Exchange) -> Reply:
    """Honest, but gains two records at the front after page 1 was read."""
    reply = exchange.honest()
    if exchange.nth == 1:
        orders = exchange.request.endpoint == "orders"
        make = make_orders if orders else make_products
        exchange.records[:0] = make(2, first=900_001)
    return reply


@mode
def unsorted(exchange: Exchange) -> Reply:
    """Sorts anew for every request, under an honest meta."""
    shuffled = random.Random(exchange.nth).sample(
        exchange.records, len(exchange.records)
    )
    return Reply({"data": exchange.page_of(shuffled), "meta": exchange.meta()})


@mode
def duplicates_within_page(exchange: Exchange) -> Reply:
    """The first record of each page twice, under a meta that counts it once."""
    reply = exchange.honest()
    reply.payload["data"] = reply.payload["data"][:1] + reply.payload["data"]
    return reply


@mode
def duplicates_across_pages(exchange: Exchange) -> Reply:
    """Each page begins with the last record of the one before, no meta."""
    start = (exchange.page - 1) * exchange.per_page
    data = exchange.records[max(0, start - 1) : start + exchange.per_page]
    is_over = start >= len(exchange.records)
    return Reply({"data": [] if is_over else data})


@mode
def gap(exchange: Exchange) -> Reply:
    """Nothing on page 2, under a meta that tells of three pages."""
    reply = exchange.honest()
    if exchange.page == 2:
        reply.payload["data"] = []
    return reply


@mode
def error_body_from_page_2(exchange: Exchange) -> Reply:
    """Honest on page 1, 200 with {"error": ...} from page 2 on."""
    return exchange.honest() if exchange.page == 1 else error_body(exchange)


@mode
def html_from_page_2(exchange: Exchange) -> Reply:
    """Honest on page 1, a login page with status 200 from page 2 on."""
    return exchange.honest() if exchange.page == 1 else html(exchange)


# Records


def _changed(exchange: Exchange, change: Callable[[int, dict], Any]) -> Reply:
    """Honest, with change(place, record) in place of every record."""
    reply = exchange.honest()
    data = reply.payload["data"]
    reply.payload["data"] = [change(n, dict(r)) for n, r in enumerate(data)]
    return reply


@mode
def not_objects(exchange: Exchange) -> Reply:
    """Ids alone in place of the records."""
    return _changed(exchange, lambda place, record: record["id"])


@mode
def other_names(exchange: Exchange) -> Reply:
    """The name under "product_title", which no alias covers."""
    return _changed(
        exchange, lambda _, record: {"product_title": record.pop("name")} | record
    )


@mode
def some_without_id(exchange: Exchange) -> Reply:
    """Neither id nor SKU in the first record of each page."""
    keys = ("id", "sku")
    return _changed(
        exchange,
        lambda place, record: {
            key: value for key, value in record.items() if place or key not in keys
        },
    )


@mode
def ids_of_all_kinds(exchange: Exchange) -> Reply:
    """The same id three times on each page: 7, "7" and 7.0."""
    start = (exchange.page - 1) * exchange.per_page
    return _changed(
        exchange,
        lambda place, record: (
            record | {"id": (start, str(start), float(start))[place % 3]}
            if place < 3
            else record
        ),
    )


_ABSURD: tuple[Any, ...] = (
    "nul \0 here",
    "half a \ud83d pair",
    {"deep": [[[["down"]]]]},
    "9" * 5000,
    -1e308,
    True,
    [None, [], {}],
    "\u202e\ufeff\u0007",
    "x" * 250_000,
    {"k" * 8_000: "v" * 8_000},
)


@mode
def absurd_values(exchange: Exchange) -> Reply:
    """An absurd value in every field of the first ten records but id and name."""
    kept = ("id", "name")
    return _changed(
        exchange,
        lambda place, record: {
            key: value if key in kept or place >= 10 else _ABSURD[place]
            for key, value in record.items()
        },
    )


@mode
def huge_texts(exchange: Exchange) -> Reply:
    """28 MiB of description on page 1, an emoji in each text."""
    text = "\U0001f600" + "a" * 560_000
    if exchange.page > 1:
        return exchange.honest()
    reply = _changed(exchange, lambda _, record: record | {"description": text})
    return Reply(body=json.dumps(reply.payload, ensure_ascii=False).encode())
