"""Logs: secrets masked by one filter, and what a line belongs to beside it.

A line says which request, sync run or webhook delivery it was written for; as text for
people, or as one JSON object a line (LOG_FORMAT=json).
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from commerce.connector.guard import mask

_subject: ContextVar[dict[str, str]] = ContextVar("log_subject", default={})  # noqa: B039

# What is a secret whatever it is called: our own tokens, keys of the usual forms, and
# what stands behind the name of one, as a header, in JSON or in Python's repr.
_SECRETS = re.compile(
    r"(?P<kept>\b(?:Bearer|Basic|Token)\s+|"
    r"['\"]?(?:x-api-key|api[_-]?key|password|passwd|secret|access[_-]?token)['\"]?"
    r"\s{0,3}[:=]\s{0,3}['\"]?)"
    r"[^\s'\",;}]{4,}"
    r"|\b(?:sk_(?:live|test)_|sk-|whsec_|gAAAA)[\w+/=-]{8,}",
    re.IGNORECASE,
)


# Addresses that are keys: of a store's webhooks, of an invitation, of a new password.
_KEY_PATHS = re.compile(
    r"(/generic-api/webhooks/|/account/invitations/[^/\s]{1,60}/|/account/reset/[^/\s]{1,60}/)"
    r"[^/\s'\"?]+"
)


def mask_line(text: str) -> str:
    """Return `text` with everything that looks like a secret replaced by ***."""
    text = _SECRETS.sub(lambda found: f"{found['kept'] or ''}***", mask(text))
    return _KEY_PATHS.sub(r"\1***", text)


@contextmanager
def log_subject(**ids: object) -> Iterator[None]:
    """Name what the lines written meanwhile belong to: run="…", delivery="…"."""
    told = {name: str(value) for name, value in ids.items()}
    token = _subject.set(_subject.get() | told)
    try:
        yield
    finally:
        _subject.reset(token)


class Subject(logging.Filter):
    """Adds what a line belongs to, where it was written."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.subject = _subject.get()
        return True


class LineFormatter(logging.Formatter):
    """A line for people: time, level, logger, subject, message; masked as a whole."""

    def format(self, record: logging.LogRecord) -> str:
        ids = getattr(record, "subject", {})
        told = " ".join(f"{name}={value}" for name, value in ids.items())
        record.told = f"[{told}] " if told else ""
        return mask_line(super().format(record))


class JSONFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask_line(record.getMessage()),
            **getattr(record, "subject", {}),
        }
        if record.exc_info:
            line["exception"] = mask_line(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
