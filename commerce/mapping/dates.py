"""Dates and times as stores write them, to aware UTC datetimes."""

import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime

from commerce.mapping.notes import Unreadable

FIRST_YEAR, LAST_YEAR = 1900, 2199  # outside, time zones overflow or nobody ordered
MILLISECONDS_FROM = 10**11  # as seconds: the year 5138; as milliseconds: 1973
MAX_UNIX = 10**16
MAX_DATE_TEXT = 80

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[+-]?[0-9]{1,16}(?:\.[0-9]{1,9})?")
_DAY = re.compile("(?:19|20|21)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_ISO = re.compile(
    r"(?P<moment>[0-9]{4}([-/]?)[0-9]{2}\2[0-9]{2}(?:[Tt ]+[0-9:]+(?:[.,][0-9]+)?)?)"
    r" ?(?P<zone>[+-][0-9]{2}(?::?[0-9]{2}){0,2})? ?(?:Z|z|UTC|GMT)?"
)
_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3}, ?)?[0-9]{1,2} [A-Za-z]{3} [0-9]{4} [0-9]{2}:[0-9]{2}(?::[0-9]{2})?"
    # Of the zones' names only those the standard library knows: it takes others as UTC.
    r"(?: (?:[+-][0-9]{4}|UTC?|GMT|Z|[ECMP][SD]T))?"
)
_ZERO = re.compile(r"0000-00-00(?:[T ]00:00:00(?:\.0+)?Z?)?")  # MySQL's null


def read_date(value: object) -> datetime | None:
    """An aware UTC datetime; None for blank texts and MySQL's 0000-00-00.

    Reads ISO 8601 (date alone is midnight, no zone is UTC, a blank for the T, any
    number of decimals, "+00:00Z", slashes for the hyphens), RFC 2822, and Unix seconds or milliseconds as number
    or digits. Raises Unreadable (invalid_date) for the rest.
    """
    try:
        moment = _parse(value)
    except (ValueError, OverflowError, TypeError, IndexError):
        raise _not_a_date() from None
    if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise _not_a_date()
    return moment


def iso_text(moment: datetime) -> str:
    """A UTC datetime as the APIs show it: "2024-01-15T10:30:00Z"."""
    return moment.isoformat().replace("+00:00", "Z")


def _parse(value: object) -> datetime | None:
    if isinstance(value, str):
        return _parse_text(value.strip())
    if isinstance(value, bool):
        raise _not_a_date()
    if isinstance(value, int) and abs(value) <= MAX_UNIX:
        return _parse_text(str(value))
    if isinstance(value, float | Decimal):
        return _from_unix(value)
    raise _not_a_date()


def _parse_text(text: str) -> datetime | None:
    if not text or _ZERO.fullmatch(text):
        return None
    if len(text) > MAX_DATE_TEXT:
        raise _not_a_date()
    if _NUMBER.fullmatch(text) and not _DAY.fullmatch(text):
        return _from_unix(Decimal(text))
    if match := _ISO.fullmatch(text):
        moment = match["moment"].upper().replace("/", "-") + (match["zone"] or "")
        return _to_utc(datetime.fromisoformat(moment))
    if _RFC_2822.fullmatch(text):
        return _to_utc(parsedate_to_datetime(text))
    raise _not_a_date()


def _from_unix(seconds: float | Decimal) -> datetime:
    if not math.isfinite(seconds) or not -MAX_UNIX <= seconds <= MAX_UNIX:
        raise _not_a_date()
    seconds = Decimal(str(seconds))
    if abs(seconds) >= MILLISECONDS_FROM:
        seconds /= 1000
    return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))


def _to_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _not_a_date() -> Unreadable:
    return Unreadable(
        "invalid_date",
        "which is not a date; send ISO 8601, such as 2024-01-15T10:30:00Z, or Unix"
        " seconds",
    )
