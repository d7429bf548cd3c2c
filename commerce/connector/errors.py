"""What can go wrong between HiWelink and a store, named by who must act.

ConnectorError
├── ConfigError      the merchant: credential, address, certificate, path
├── RetryableError   time: timeouts, broken connections, 429 and 5xx
└── ResponseError    the store's answer: not JSON, wrong shape, pages that repeat
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus


class ConnectorError(Exception):
    """`code` for programs, `detail` for people: a sentence with what to do.

    http_status: the status the store answered, when it did answer.
    curl: a command line that repeats the request, its credential replaced.
    evidence: a line of what the store sent, credentials masked.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        http_status: int | None = None,
        curl: str | None = None,
        evidence: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.http_status = http_status
        self.curl = curl
        self.evidence = evidence

    def __str__(self) -> str:
        return self.detail

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.detail!r})"


class ConfigError(ConnectorError):
    """Stays until the merchant changes something; never retried."""


class RetryableError(ConnectorError):
    """May be gone in a while.

    retry_after_seconds: how long the store asked to be left alone, when that is longer
    than the client waits in place; try again after it.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        http_status: int | None = None,
        curl: str | None = None,
        evidence: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(
            code, detail, http_status=http_status, curl=curl, evidence=evidence
        )
        self.retry_after_seconds = retry_after_seconds


class ResponseError(ConnectorError):
    """The store answered, but not with what the specification describes."""


@dataclass(frozen=True)
class _Row:
    kind: type[ConnectorError]
    code: str
    detail: str


STATUS_ERRORS: dict[int, _Row] = {
    401: _Row(
        ConfigError,
        "unauthorized",
        "The store refused the credential (401 Unauthorized). {hint} It must be exactly"
        " what the store checks, without extra blanks or line breaks.",
    ),
    403: _Row(
        ConfigError,
        "forbidden",
        "The store knows the credential but does not let it read this"
        " (403 Forbidden). Give it read access to products and orders, and check that"
        " no firewall blocks HiWelink.",
    ),
    404: _Row(
        ConfigError,
        "not_found",
        "The store has nothing at this address (404 Not Found). Check the base URL and"
        " the endpoint's path.",
    ),
    429: _Row(
        RetryableError,
        "rate_limited",
        "The store asks HiWelink to slow down (429 Too Many Requests). Raise the"
        " store's rate limit, or sync less often.",
    ),
}
_REDIRECT = _Row(
    ConfigError,
    "redirected",
    "The store answered with a redirect ({status}) to {target}. HiWelink follows none,"
    " so that the credential stays with the store: enter the final address instead.",
)
_CLIENT_ERROR = _Row(
    ConfigError,
    "client_error",
    "The store rejected the request ({status} {reason}). Check that the endpoint takes"
    " GET requests with `page` and `per_page`.",
)
_SERVER_ERROR = _Row(
    RetryableError,
    "server_error",
    "The store failed to answer ({status} {reason}). Look into the store's own error"
    " log, then start the sync again.",
)
_UNEXPECTED = _Row(
    ResponseError,
    "unexpected_status",
    "The store answered {status} {reason} where 200 is required.",
)


def error_for_status(
    status: int,
    *,
    hint: str = "",
    target: str | None = None,
    retry_after_seconds: float | None = None,
    curl: str | None = None,
    evidence: str | None = None,
) -> ConnectorError | None:
    """Return the error a status stands for; None for 200, the only success.

    hint: how the credential was sent, for a 401. target: where a redirect points.
    """
    if status == 200:
        return None
    row = STATUS_ERRORS.get(status) or _row_of_class(status)
    detail = row.detail.format(
        status=status,
        reason=_reason(status),
        hint=hint,
        target=target or "an address it does not name",
    ).strip()
    error = row.kind(row.code, detail, http_status=status, curl=curl, evidence=evidence)
    if isinstance(error, RetryableError):
        error.retry_after_seconds = retry_after_seconds
    return error


def _row_of_class(status: int) -> _Row:
    rows = {3: _REDIRECT, 4: _CLIENT_ERROR, 5: _SERVER_ERROR}
    return rows.get(status // 100, _UNEXPECTED)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "without a known meaning"
