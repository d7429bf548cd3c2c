"""What the doctor says: checks with a verdict each, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from commerce.connector.guard import mask
from commerce.mapping.text import clean_text, shorten

MAX_EVIDENCE = 1_200  # characters
# What leaks shoppers' data comes before what only does not work.
FIRST = ("orders_protected", "credential_compared")


class Verdict(StrEnum):
    FAIL = "fail"
    WARN = "warn"
    PASS = "pass"


_RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True)
class Check:
    """One item of the Troubleshooting section, judged.

    code: for programs; stays as it is. title: what was found. evidence: what was asked
    and answered. mend: what to do; of a passed check what more could be done. curl: a GET that shows the
    same, a placeholder for the credential; "" when no request tells.
    """

    code: str
    verdict: Verdict
    title: str
    evidence: str = ""
    mend: str = ""
    curl: str = ""


@dataclass(frozen=True)
class Report:
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of its checks."""
        ranks = (_RANK[check.verdict] for check in self.checks)
        return list(Verdict)[min(ranks, default=_RANK[Verdict.PASS])]

    def of(self, verdict: str) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.verdict == verdict)

    def as_json(self) -> dict[str, Any]:
        """{"verdict", "checks"} as DESIGN section 5 promises."""
        return {
            "verdict": self.verdict.value,
            "checks": [asdict(check) for check in self.checks],
        }


def report_of(checks: Iterable[Check], secrets: Sequence[str] = ()) -> Report:
    """Return the report: worst first, else as they were made; secrets masked."""
    told = sorted(
        checks, key=lambda check: (_RANK[check.verdict], check.code not in FIRST)
    )
    return Report(tuple(_safe(check, secrets) for check in told))


def _safe(check: Check, secrets: Sequence[str]) -> Check:
    """What a store sent is quoted in evidence: bounded, storable, without secrets."""

    def safe(text: str) -> str:
        return clean_text(mask(text, secrets))

    return replace(
        check,
        title=safe(check.title),
        evidence=shorten(safe(check.evidence), MAX_EVIDENCE),
        mend=safe(check.mend),
        curl=safe(check.curl),
    )


def passed(
    code: str, title: str, evidence: str = "", mend: str = "", *, curl: str = ""
) -> Check:
    return Check(code, Verdict.PASS, title, evidence, mend, curl)


def warned(code: str, title: str, evidence: str, mend: str, *, curl: str = "") -> Check:
    return Check(code, Verdict.WARN, title, evidence, mend, curl)


def failed(code: str, title: str, evidence: str, mend: str, *, curl: str = "") -> Check:
    return Check(code, Verdict.FAIL, title, evidence, mend, curl)
