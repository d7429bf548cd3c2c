"""Turns what requests, urllib3, ssl and socket raise into ConnectorErrors."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from typing import TypeVar

import requests
import urllib3.exceptions

from .errors import ConfigError, ConnectorError, ResponseError, RetryableError

E = TypeVar("E", bound=BaseException)


def failure_from(error: BaseException, seconds: float) -> ConnectorError:
    """Return the ConnectorError for a request that brought no readable response.

    error: as raised by requests or urllib3; its causes tell more than its type.
    seconds: the limit the request had, for the message.
    """
    chain = list(_chain(error))
    if (certificate := _find(chain, ssl.SSLCertVerificationError)) is not None:
        return _certificate_error(certificate)
    if _is_timeout(chain):
        return _timeout_error(chain, seconds)
    if _find(chain, urllib3.exceptions.DecodeError) is not None:
        return ResponseError(
            "bad_encoding",
            "The answer is not compressed the way its Content-Encoding header says."
            " Switch compression off, or compress it once only.",
        )
    if _is_not_http(chain):
        return ResponseError(
            "not_http",
            "What answers at this address does not speak HTTP correctly. Check the"
            " address and its port.",
        )
    if _is_bad_url(chain):
        return ConfigError("invalid_url", "The address is not a valid URL.")
    if (tls := _find(chain, ssl.SSLError)) is not None and not _is_cut(tls):
        return ConfigError(
            "tls_invalid",
            "No secure connection could be made: the store does not speak TLS"
            f" correctly on this port ({tls.reason or 'TLS error'}). Check that https"
            " is configured there.",
        )
    return _connection_error(chain)


def _timeout_error(chain: list[BaseException], seconds: float) -> RetryableError:
    if _find(chain, urllib3.exceptions.ConnectTimeoutError) is not None:
        return RetryableError(
            "timeout",
            f"The store took no connection within {seconds:.3g} seconds. Check the"
            " address and that no firewall or security group blocks HiWelink.",
        )
    return RetryableError(
        "timeout",
        f"The store did not finish its answer within {seconds:.3g} seconds. Make the"
        " endpoint faster: lower `per_page`, or add a database index for the columns"
        " it sorts by.",
    )


def _connection_error(chain: list[BaseException]) -> RetryableError:
    if _find(chain, ConnectionRefusedError) is not None:
        detail = (
            "The store refused the connection. Check that it is running, that the port"
            " is right and that no firewall blocks HiWelink."
        )
    elif _find(chain, urllib3.exceptions.NewConnectionError) is not None:
        detail = (
            "The store could not be reached. Check that the address is right and that"
            " no firewall blocks HiWelink."
        )
    else:
        detail = (
            "The store closed the connection before its answer was complete. Look into"
            " the store's own error log."
        )
    return RetryableError("connection_failed", detail)


def _certificate_error(error: ssl.SSLCertVerificationError) -> ConfigError:
    reason = (error.verify_message or "it could not be verified").rstrip(".")
    return ConfigError(
        "tls_invalid",
        f"The store's TLS certificate is not valid: {reason}. Install a certificate"
        " from a public authority, with its intermediates, for this host name.",
    )


def _is_timeout(chain: list[BaseException]) -> bool:
    kinds = (TimeoutError, urllib3.exceptions.TimeoutError, requests.Timeout)
    # NewConnectionError is a TimeoutError to urllib3, for its own history.
    return any(
        isinstance(error, kinds)
        and not isinstance(error, urllib3.exceptions.NewConnectionError)
        for error in chain
    )


def _is_not_http(chain: list[BaseException]) -> bool:
    kinds = (http.client.HTTPException, urllib3.exceptions.InvalidHeader)
    cut = (http.client.RemoteDisconnected, http.client.IncompleteRead)
    return any(isinstance(e, kinds) for e in chain) and not any(
        isinstance(e, (*cut, urllib3.exceptions.IncompleteRead)) for e in chain
    )


def _is_bad_url(chain: list[BaseException]) -> bool:
    kinds = (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        urllib3.exceptions.LocationValueError,
        UnicodeError,
    )
    return any(isinstance(error, kinds) for error in chain)


def _is_cut(error: ssl.SSLError) -> bool:
    return isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)


def _find(chain: list[BaseException], kind: type[E]) -> E | None:
    return next((error for error in chain if isinstance(error, kind)), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and everything it wraps: causes, reasons, arguments."""
    waiting, seen = [error], set()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = (
            *current.args,
            getattr(current, "reason", None),
            current.__cause__,
            current.__context__,
        )
        waiting += [item for item in inner if isinstance(item, BaseException)]
