"""From the bytes of a request to what it asks for, or the Refusal that names its fault.

Knows no model: what a body means can be read again whenever it is replayed.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any

from commerce.connector.errors import ResponseError
from commerce.connector.parsing import first_line, parse_json, printable

RESOURCES = ("products", "orders")
VERBS = ("created", "updated", "deleted")
EVENTS = {
    f"{resource.removesuffix('s')}.{verb}": (resource, verb)
    for resource in RESOURCES
    for verb in VERBS
}
SYNC = "sync"
MIB = 1024 * 1024
MAX_BYTES = {"products": MIB, "orders": MIB, SYNC: 10 * MIB}

# Charsets a sender may declare beside Unicode's own; others are read as UTF-8.
SINGLE_BYTE_CHARSETS = frozenset({"iso8859-1", "iso8859-15", "cp1252"})
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([a-z0-9_.:-]+)", re.IGNORECASE)


class Refusal(Exception):
    """The sender's mistake: a status, a code, and a sentence that tells how to mend it."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Change:
    """One record to merge, or the deletion of one; `position` is its place in a body."""

    resource: str
    record: Any
    is_deletion: bool = False
    position: int = 0


@dataclass(frozen=True)
class Work:
    """What a body asks for: changes to apply, or resources to read from the store."""

    changes: tuple[Change, ...] = ()
    resources: tuple[str, ...] = ()


def check_headers(content_type: str, content_encoding: str) -> None:
    """Raises Refusal 415 for a body we would not read."""
    if content_encoding.strip().lower() not in ("", "identity"):
        raise Refusal(
            415,
            "unsupported_encoding",
            f"Content-Encoding {printable(content_encoding, 40)} is not accepted. Send "
            "the JSON uncompressed, without that header.",
        )
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("application/json", "text/json") and not kind.endswith("+json"):
        told = printable(content_type, 80) or "missing"
        raise Refusal(
            415,
            "unsupported_media_type",
            f"The Content-Type header is {told}. Send Content-Type: application/json.",
        )


def read_json(body: bytes, content_type: str) -> Any:
    """Return the value in `body`. Raises Refusal 400, or 413 for too many values."""
    try:
        strict = not declares_single_bytes(content_type)
        return parse_json(body, content_type, strict=strict).value
    except ResponseError as error:
        raise refusal_for(error, body) from None


def declares_single_bytes(content_type: str) -> bool:
    found = _CHARSET.search(content_type)
    if found is None:
        return False
    try:
        return codecs.lookup(found[1]).name in SINGLE_BYTE_CHARSETS
    except LookupError:
        return False


def refusal_for(error: ResponseError, body: bytes) -> Refusal:
    if error.code == "too_large":
        return Refusal(413, "too_large", f"{error.detail} Split the body.")
    if error.code == "too_deep":
        return Refusal(400, "too_deep", error.detail)
    if not body.strip():
        detail = "The body is empty. Send the event as JSON."
    elif error.code == "truncated":
        detail = "The JSON ends in the middle. Send the whole body."
    else:
        line = first_line(body, 60)
        detail = (
            f"The body is not JSON in UTF-8; it begins with: {line}. Send one JSON "
            "object, as your language's JSON encoder writes it."
        )
    return Refusal(400, "not_json", detail)


def event_of(payload: object) -> str:
    """Return the event a body names, as the log shows it; "" without one."""
    event = payload.get("event") if isinstance(payload, dict) else None
    return printable(event, 40) if isinstance(event, str) else ""


def read_event(endpoint: str, payload: object) -> Work:
    """Return the one change a body of `/products` or `/orders` asks for.

    Raises Refusal 400.
    """
    if not isinstance(payload, dict):
        raise not_an_object("The body")
    change = read_change(payload, "")
    if change.resource != endpoint:
        raise Refusal(
            400,
            "wrong_endpoint",
            f"{payload['event']} does not belong to this address. Send it to the "
            f"store's /{change.resource} address.",
        )
    return Work(changes=(change,))


def read_change(event: dict[str, Any], where: str, position: int = 0) -> Change:
    """Return what one event says. where: its place in a bulk body, for the sentences."""
    name = event.get("event")
    if not isinstance(name, str) or name not in EVENTS:
        told = f'"{printable(name, 40)}"' if isinstance(name, str) else "missing"
        raise Refusal(
            400,
            "unknown_event",
            f'{where}"event" is {told}. It must be exactly one of {", ".join(EVENTS)}.',
        )
    data = event.get("data")
    if not isinstance(data, dict):
        raise Refusal(
            400,
            "invalid_data",
            f'{where}"data" must be an object with the fields of one record, its "id" '
            "among them.",
        )
    resource, verb = EVENTS[name]
    return Change(resource, data, verb == "deleted", position)


def read_sync(payload: object) -> Work:
    """Return what a body of `/sync` asks for; None for an empty body.

    Four forms: nothing or {} (read everything from the store), {"resource": ...} (read
    that), {"products": [...], "orders": [...]} and {"events": [...]} (apply these).
    Raises Refusal 400.
    """
    if payload is None or payload == {}:
        return Work(resources=RESOURCES)
    if not isinstance(payload, dict):
        raise not_an_object("The body")
    lists = {name for name in (*RESOURCES, "events") if name in payload}
    if "resource" in payload and not lists:
        return Work(resources=read_resources(payload["resource"]))
    if not lists or "resource" in payload:
        raise Refusal(
            400,
            "unknown_body",
            'Send nothing at all, {"resource": "products"}, {"products": [...], '
            '"orders": [...]} or {"events": [...]}. A single event belongs to the '
            "store's /products or /orders address.",
        )
    return Work(changes=tuple(read_lists(payload)))


def read_resources(resource: object) -> tuple[str, ...]:
    if resource == "all":
        return RESOURCES
    if resource in RESOURCES:
        return (str(resource),)
    raise Refusal(
        400, "unknown_resource", '"resource" must be "products", "orders" or "all".'
    )


def read_lists(payload: dict[str, Any]) -> list[Change]:
    changes: list[Change] = []
    for resource in RESOURCES:
        for position, record in enumerate(list_in(payload, resource)):
            changes.append(Change(resource, record, position=position))
    for position, event in enumerate(list_in(payload, "events")):
        where = f"events[{position}]: "
        if not isinstance(event, dict):
            raise not_an_object(f"events[{position}]")
        changes.append(read_change(event, where, position))
    return changes


def list_in(payload: dict[str, Any], name: str) -> list[Any]:
    value = payload.get(name, [])
    if not isinstance(value, list):
        raise Refusal(400, "not_a_list", f'"{name}" must be a list.')
    return value


def not_an_object(what: str) -> Refusal:
    return Refusal(
        400,
        "not_an_object",
        f'{what} must be a JSON object such as {{"event": "product.updated", "data": '
        '{"id": "1"}}.',
    )
