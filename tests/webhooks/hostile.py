"""Requests nobody means well with, the same ones for the same seed."""

import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

EVENTS = [
    f"{resource}.{verb}"
    for resource in ("product", "order")
    for verb in ("created", "updated", "deleted")
]
FIELDS = (
    *("id", "name", "price", "regular_price", "sale_price", "sku", "description"),
    *("stock_status", "stock_quantity", "categories", "tags", "images", "attributes"),
    *("permalink", "slug", "order_number", "status", "total", "customer_email"),
    *("customer_name", "items", "currency", "created_at", "shipping_address"),
)
NASTY: list[Any] = [
    *(None, True, False, 0, -1, 2**63, -(2**63), 2**31, 1e308, -1e308, 1e-308, 0.1),
    *("", " ", "\x00", "\ud800", "\udfff\ud800", "a\x00b", "\u202e", "x" * 70_000),
    *("'; DROP TABLE commerce_product; --", "{{7*7}}", "%s%s%n", "../../etc/passwd"),
    *("<script>alert(1)</script>", "javascript:alert(1)", "http://[::1", "//x@y"),
    *("NaN", "Infinity", "1e999999", "9" * 5000, "٣٤٥", "$-5", "1,2,3.4.5", "0x1F"),
    *("2024-13-45T99:99:99Z", "0000-00-00", "9999-12-31T23:59:59+99:99", "1e18"),
    *([], {}, [[]], [{}], [None] * 50, {"": ""}, {"\x00": {"\ud800": [1]}}),
    *([{"name": "x", "value": {"a": [1]}}] * 5, {"a": {"b": {"c": ["d"]}}}),
    [{"product_id": {}, "quantity": "x", "price": []}],
    {f"k{n}": n for n in range(2_000)},
]
# What json.dumps cannot write, put in afterwards.
RAW = [
    *("NaN", "-Infinity", "1e400", "-1e-400", "9" * 5_000, "1." + "0" * 5_000),
    *("0" * 50, "01", "+1", ".5", "1e", "tru", "'x'", '"\\x"', '"\\ud800"', "\x00"),
    *("[" * 100_000 + "]" * 100_000, '{"a":' * 30_000 + "1" + "}" * 30_000),
    "[" * 100_000,
    "[" + "1," * 50_000 + "1]",
    '{"id":1,"id":2,"id":{"id":3}}',
]
TYPES = [
    *("application/json", "application/json; charset=utf-8", "application/json;"),
    *("application/json; charset=utf-16", "application/json; charset=x-none"),
    *('application/json; charset="utf-7', "application/json; charset=zlib"),
    *("text/plain", "", 'multipart/form-data; boundary="', "application/xml"),
    *("application/json, text/html", "*/*", "application/json\t;\tx=y", "a" * 500),
]
HEADERS = [
    {"X-Webhook-Signature": "x"},
    {"X-Webhook-Signature": "sha256=" + "0" * 64},
    {"X-Webhook-Signature": "=" * 5_000},
    {"Webhook-Signature": "v1,AAAA", "Webhook-Id": "1", "Webhook-Timestamp": "9" * 12},
    {"Webhook-Signature": "v1,", "Webhook-Timestamp": "-1"},
    {"Webhook-Signature": "v1,é".encode().decode("latin-1") * 300},
    {"Idempotency-Key": "k" * 5_000},
    {"Webhook-Id": "é\xff"},
    {"Content-Encoding": "gzip"},
    {"Content-Encoding": "identity, br"},
    {"X-Forwarded-For": "'; --"},
    {"User-Agent": "\xfe\xff" * 200},
]


class Hostile(NamedTuple):
    method: str
    endpoint: str
    body: bytes
    content_type: str
    headers: dict[str, str]


def make_hostile(count: int, seed: int) -> Iterator[Hostile]:
    rng = random.Random(seed)
    for _ in range(count):
        endpoint = rng.choice(("products", "products", "orders", "sync"))
        body = rng.choice((nasty_values, raw_values, broken, shapes, noise))(
            rng, endpoint
        )
        yield Hostile(
            method=rng.choice(["POST"] * 30 + ["PUT", "GET", "DELETE"]),
            endpoint=endpoint,
            body=body,
            content_type=rng.choice(TYPES) if rng.random() < 0.1 else TYPES[0],
            headers=rng.choice(HEADERS) if rng.random() < 0.1 else {},
        )


def sound(rng: random.Random, endpoint: str) -> dict[str, Any]:
    data = {"id": str(rng.randrange(40)), "name": "A thing", "price": 5, "total": 5}
    resource = "order" if endpoint == "orders" else "product"
    name = rng.choice([event for event in EVENTS if event.startswith(resource)])
    return {"event": name, "data": data}


def wrapped(rng: random.Random, endpoint: str, event: dict[str, Any]) -> Any:
    if endpoint != "sync":
        return event
    return rng.choice(
        (
            {"events": [event] * rng.randrange(1, 4)},
            {"products": [event["data"]], "orders": [event["data"]]},
        )
    )


def nasty_values(rng: random.Random, endpoint: str) -> bytes:
    event = sound(rng, endpoint)
    for _ in range(rng.randrange(1, 6)):
        event["data"][rng.choice(FIELDS)] = rng.choice(NASTY)
    if rng.random() < 0.1:
        event["event"] = rng.choice(NASTY)
    text = json.dumps(wrapped(rng, endpoint, event), ensure_ascii=rng.random() < 0.5)
    return text.encode("utf-8", "surrogatepass")


def raw_values(rng: random.Random, endpoint: str) -> bytes:
    event = sound(rng, endpoint)
    event["data"][rng.choice(FIELDS)] = "RAW"
    text = json.dumps(wrapped(rng, endpoint, event))
    return text.replace('"RAW"', rng.choice(RAW)).encode()


def broken(rng: random.Random, endpoint: str) -> bytes:
    body = bytearray(json.dumps(wrapped(rng, endpoint, sound(rng, endpoint))).encode())
    for _ in range(rng.randrange(1, 5)):
        place = rng.randrange(len(body))
        kind = rng.randrange(4)
        if kind == 0:
            body[place] = rng.randrange(256)
        elif kind == 1:
            del body[place:]
        elif kind == 2:
            body[place:place] = rng.randbytes(rng.randrange(1, 9))
        else:
            body[place:place] = body[:place]
        body = body or bytearray(b" ")
    return bytes(body)


def shapes(rng: random.Random, endpoint: str) -> bytes:
    event = sound(rng, endpoint)
    value = rng.choice(
        (
            [event],
            {"event": event["event"]},
            {"data": event["data"]},
            {"event": event["event"], "data": [event["data"]]},
            {"event": event["event"], "data": json.dumps(event["data"])},
            {"event": [event["event"]], "data": event["data"]},
            {"event": rng.choice(EVENTS), "data": event["data"]},
            {"event": event["event"].upper(), "data": event["data"]},
            {"products": {"0": event["data"]}, "orders": None},
            {"products": [None, 1, [], "x", {}], "orders": [[[]]]},
            {"events": [event, event["data"]]},
            {"resource": rng.choice(NASTY[:12])},
            event["data"],
            rng.choice(NASTY[:40]),
        )
    )
    text = json.dumps(value)
    encoding = rng.choice(("utf-8",) * 6 + ("utf-8-sig", "utf-16", "utf-32", "utf-7"))
    return text.encode(encoding)


def noise(rng: random.Random, endpoint: str) -> bytes:
    return rng.choice(
        (
            rng.randbytes(rng.randrange(400)),
            b"\x00" * rng.randrange(1, 5_000),
            b"\xef\xbb\xbf" * 3,
            b"event=product.updated&data[id]=1",
            b"<?xml version='1.0'?><product/>",
            b"\x1f\x8b\x08\x00" + rng.randbytes(100),
            b'"' + b"\\u0000" * 5_000 + b'"',
            b"{" * 90_000,
            b"[{}," * 60_000,
            b'{"a":' + b" " * 500_000 + b"}",
        )
    )
