"""RESULTS.md: a section for each part, with a table of what was measured."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING = """# Benchmarks

Written by `make bench` (one part: `make bench PART=sync`; `PART=quality` runs only when it
is named). Both sides of a ratio were measured in one run on one machine; compare ratios,
not seconds.
"""


class NotHere(Exception):
    """What a part measures with is not on this machine; the sentence says what."""


@dataclass(frozen=True)
class Row:
    """One figure. target: as it should be read, "" without one; is_met says whether."""

    what: str
    ours: str
    beside: str = ""
    ratio: str = ""
    target: str = ""
    is_met: bool | None = None


def write_section(title: str, introduction: str, rows: Sequence[Row]) -> str:
    """Put the section in place of the one of that title; return its text."""
    section = f"## {title}\n\n{introduction.strip()}\n\n{machine()}\n\n{table(rows)}\n"
    text = RESULTS.read_text() if RESULTS.exists() else HEADING
    pattern = re.compile(
        rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE
    )
    if pattern.search(text):
        text = pattern.sub(lambda _: f"{section}\n", text)
    else:
        text = f"{text.rstrip()}\n\n{section}"
    RESULTS.write_text(text.rstrip() + "\n")
    return section


def machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, load {load:.1f} when it ended."
    )


def table(rows: Sequence[Row]) -> str:
    lines = [
        "| What | HiWelink | Beside it | Ratio | Target |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        verdict = {True: " ✓", False: " ✗", None: ""}[row.is_met]
        cells = (row.what, row.ours, row.beside, row.ratio, row.target + verdict)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
