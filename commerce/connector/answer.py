"""What a store answered, whatever its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .errors import ConnectorError
from .guard import mask
from .parsing import first_line


@dataclass(frozen=True)
class Answer:
    """One response of a store, whatever its status, with what is needed as evidence."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: bytes = field(repr=False)
    url: str  # secret query parameters masked
    curl: str  # repeats the request; the credential is a placeholder
    requested_at: datetime  # UTC, when the attempt that was answered began
    elapsed_seconds: float  # of that attempt, body included
    attempts: int = 1
    error: ConnectorError | None = None  # what the status stands for; None for 200
    remarks: tuple[str, ...] = ()
    certificate_ends_at: datetime | None = None  # UTC; None without TLS
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def content_type(self) -> str | None:
        return self.headers.get("Content-Type")

    @property
    def first_line(self) -> str:
        """What the body begins with, shortened and masked."""
        return mask(first_line(self.body), self.secrets)

    def explain(self, error: ConnectorError) -> ConnectorError:
        """Give an error found in this answer's body its evidence, and mask it."""
        error.http_status = error.http_status or self.status
        error.curl = error.curl or self.curl
        error.detail = mask(error.detail, self.secrets)
        error.evidence = mask(error.evidence or self.first_line, self.secrets)
        return error
