"""Asking a store a few questions, within a number of requests and a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from commerce.connector.answer import Answer
from commerce.connector.auth import Auth
from commerce.connector.client import StoreClient, StoreConfig
from commerce.connector.envelope import Meta, read_page
from commerce.connector.errors import ConfigError, ConnectorError
from commerce.connector.guard import endpoint_url
from commerce.connector.parsing import Warning
from commerce.mapping.engine import map_record
from commerce.mapping.fields import Resource
from commerce.mapping.mappings import ResourceMapping

MOST_REQUESTS = 12
MOST_SECONDS = 60.0
JUDGED = 200  # records of a page; a store that heeds per_page sends 100 at most
LEAST_SECONDS = 2.0  # with less time left than this a question is not begun
TIME_IS_UP = "the doctor's minute was used up"
# Errors that mean that nothing which speaks HTTP answered.
NO_ANSWER = frozenset(
    {
        "name_not_resolved",
        "blocked_address",
        "tls_invalid",
        "https_required",
        "invalid_url",
        "connection_failed",
        "timeout",
        "not_http",
    }
)
# Of the errors in a body, those whose first line is no record.
QUOTABLE = frozenset({"not_json", "error_body"})
# What mends an answer, where the connector's own words are about a sync.
_MENDS = {
    "server_error": "Look into the store's own error log.",
    "unexpected_status": "Answer 200, the only status that means success here.",
    "rate_limited": "Raise the store's rate limit, then run the doctor again.",
}


@dataclass(frozen=True)
class PageFacts:
    """What is kept of a page once its records were looked at.

    ids, digest: of the first JUDGED records.
    """

    count: int
    ids: tuple[str | None, ...]
    meta: Meta | None
    list_key: str
    warnings: tuple[Warning, ...]
    digest: str = field(repr=False)

    @property
    def known_ids(self) -> set[str]:
        return {id_ for id_ in self.ids if id_ is not None}

    def holds_the_same_as(self, other: PageFacts) -> bool:
        """Whether both hold the same records, in whatever order."""
        if None in self.ids or None in other.ids:
            return self.digest == other.digest
        return 0 < self.count == other.count and self.known_ids == other.known_ids


@dataclass(frozen=True)
class Probe:
    """One question, and what came of it. The body of the answer is not kept.

    request: "GET /api/products?page=1&per_page=50". error: what stands in the way of a
    good answer, by its status or its body.
    """

    request: str
    answer: Answer | None = None
    error: ConnectorError | None = None
    page: PageFacts | None = None
    remarks: tuple[str, ...] = ()  # on a health body

    @property
    def is_ok(self) -> bool:
        return self.status == 200 and self.error is None

    @property
    def status(self) -> int | None:
        if self.answer is not None:
            return self.answer.status
        return self.error.http_status if self.error else None

    @property
    def code(self) -> str:
        return self.error.code if self.error else ""

    @property
    def was_reached(self) -> bool:
        return self.error is None or self.error.code not in NO_ANSWER

    @property
    def is_refusal(self) -> bool:
        return self.status in (401, 403)

    @property
    def curl(self) -> str:
        told = self.answer.curl if self.answer else self.error and self.error.curl
        return told or ""

    @property
    def seconds(self) -> float:
        return self.answer.elapsed_seconds if self.answer else 0.0

    @property
    def attempts(self) -> int:
        return self.answer.attempts if self.answer else 1

    def told(self) -> str:
        """What was asked and answered, as evidence.

        Of a body only what tells of a fault is quoted: orders are private.
        """
        if self.status is None:
            what = "could not be read" if self.was_reached else "got no answer"
            return f"{self.request} {what}: {cause_of(self.error)}"
        is_quotable = self.status >= 400 or self.code in QUOTABLE
        line = self.error.evidence if self.error and is_quotable else ""
        return f"{self.request} answered {self.status}" + (f": {line}" if line else "")


def cause_of(error: ConnectorError | None) -> str:
    """The first sentence of an error: what is wrong. mend_of has the rest."""
    return _split(error)[0]


def mend_of(error: ConnectorError | None) -> str:
    return _MENDS.get(error.code if error else "") or _split(error)[1]


def _split(error: ConnectorError | None) -> tuple[str, str]:
    detail = error.detail.partition(" HiWelink tried ")[0] if error else ""
    cause, dot, mend = detail.partition(". ")
    return cause + dot.strip(), mend


class Asker:
    """A store's client with the doctor's limits. A context manager.

    `declined` holds the requests that were not sent, with the reason. Raises ConfigError
    for an address that cannot be asked at all.
    """

    def __init__(self, config: StoreConfig, *, seconds: float = MOST_SECONDS) -> None:
        # One retry: a store that answers only at the second attempt is worth a remark.
        self._client = StoreClient(
            replace(config, attempts=2, backoff=(1.0,), longest_wait_seconds=5.0)
        )
        self._ends_at = time.monotonic() + seconds
        self.declined: list[tuple[str, str]] = []
        self._is_told_to_wait = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def ask(
        self,
        path: str,
        params: Mapping[str, object] | None = None,
        *,
        authenticated: bool = True,
        retry: bool = False,
        seconds: float | None = None,
    ) -> Probe | None:
        """Ask once, twice with `retry`; None when the doctor may ask no more."""
        config = self._client.config
        path = config.path_of(path)
        request = _request_line(self._client.base_url, path, params)
        limit = seconds or config.request_seconds
        left = self._ends_at - time.monotonic()
        asked = self._client.requests
        if reason := self._reason_to_stop(left):
            self.declined.append((request, reason))
            return None
        try:
            answer = self._client.get(
                path,
                params,
                authenticated=authenticated,
                retry=retry and asked + 1 < MOST_REQUESTS,
                seconds=min(left, limit),
            )
        except ConnectorError as error:
            if error.code == "timeout" and left < limit:
                self.declined.append((request, TIME_IS_UP))
                return None
            return Probe(request, error=error)
        self._is_told_to_wait = answer.status == 429
        return Probe(request, answer, answer.error)

    def _reason_to_stop(self, left: float) -> str:
        if self._is_told_to_wait:
            return "the store asked to be left alone (429)"
        if self._client.requests >= MOST_REQUESTS:
            return f"the doctor sends {MOST_REQUESTS} requests at most"
        return TIME_IS_UP if left < LEAST_SECONDS else ""

    @contextmanager
    def instead(
        self, auth: Auth | None = None, base_url: str | None = None
    ) -> Iterator[None]:
        """Ask with another credential, or below another path of the same origin."""
        config, base = self._client.config, self._client.base_url
        self._client.config = replace(config, auth=auth or config.auth)
        self._client.base_url = base_url or base
        try:
            yield
        finally:
            self._client.config, self._client.base_url = config, base


def read_list(
    probe: Probe, resource: Resource, mapping: ResourceMapping
) -> tuple[Probe, Sequence[Any]]:
    """Return the probe with what its page holds, and the first of its records.

    An answer that holds no list gets the ResponseError that says so.
    """
    answer = probe.answer
    if answer is None or answer.status != 200:
        return without_body(probe), []
    try:
        page = read_page(answer)
    except ConnectorError as error:
        return without_body(replace(probe, error=error)), []
    records = list(next(page.parts())[:JUDGED])
    facts = PageFacts(
        count=len(page.records),
        ids=tuple(map_record(r, resource, mapping).external_id for r in records),
        meta=page.meta,
        list_key=page.list_key,
        warnings=page.warnings,
        digest=replace(page, records=records).digest,
    )
    return without_body(replace(probe, page=facts)), records


def without_body(probe: Probe) -> Probe:
    """Pages may be large, and nothing of them is kept but what was found."""
    if probe.answer is None:
        return probe
    return replace(probe, answer=replace(probe.answer, body=b""))


def _request_line(base_url: str, path: str, params: Mapping[str, object] | None) -> str:
    try:
        parts = urlsplit(endpoint_url(base_url, path, params))
    except ConfigError:  # told when it is asked
        return f"GET {path}"
    return f"GET {parts.path}" + (f"?{parts.query}" if parts.query else "")
