"""Syncs: products a second beside dlt and the floor, memory, a second sync, pacing."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

from benchmarks._store import running_store
from benchmarks.results import Row
from tests.faults.installation import Installation

TITLE = "Sync"
INTRODUCTION = """
10,000 products of 16 fields in pages of 50 from a local store, pacing off, into the same
durable PostgreSQL; the median of three rounds, in each of which all took their turn; of
50,000 one round. The floor fetches, parses and upserts a page, nothing else. dlt merges by
`id`.
"""
ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "var" / "bench" / "peers"
COUNT, MANY, FEW = 10_000, 50_000, 5_000
ROUNDS = 3


def measure() -> list[Row]:
    python = dlt_python()
    with Installation() as here:
        return [*throughput(here, python), *many(here, python), paced(here)]


def throughput(here: Installation, python: Path) -> list[Row]:
    ours: list[list[dict[str, float]]] = []
    floor: list[float] = []
    dlt: list[list[float]] = []
    with running_store(COUNT) as url:
        for number in range(ROUNDS):
            ours.append(sync(here, url, runs=2))
            floor.append(floor_seconds(here, url))
            dlt.append(dlt_seconds(python, here, url, f"round_{number}", COUNT))
    first = statistics.median(rounds[0]["seconds"] for rounds in ours)
    again = statistics.median(rounds[1]["seconds"] for rounds in ours)
    dlt_first, dlt_again = (
        statistics.median(times) for times in zip(*dlt, strict=True)
    )
    least = statistics.median(floor)
    rewritten = int(max(rounds[1]["rewritten"] for rounds in ours))
    return [
        beside("First sync, beside dlt", first, dlt_first, target=2.0),
        beside("First sync, beside the floor", first, least),
        Row(
            "First sync, products a second",
            rate(first),
            target="> 4,000/s",
            is_met=COUNT / first > 4_000,
        ),
        beside("Second sync, nothing changed, beside dlt", again, dlt_again),
        Row(
            "Second sync, nothing changed: rows rewritten",
            str(rewritten),
            target="0",
            is_met=rewritten == 0,
        ),
    ]


def many(here: Installation, python: Path) -> list[Row]:
    """How fast a large catalogue is, and how much more memory it takes than a small one."""
    with running_store(FEW) as url:
        few = sync(here, url)[0]["peak_mib"]
    with running_store(MANY) as url:
        ours = sync(here, url)[0]
        floor = floor_seconds(here, url)
        dlt = dlt_seconds(python, here, url, "many", MANY)[0]
    what, seconds, peak = f"First sync of {MANY:,}", ours["seconds"], ours["peak_mib"]
    return [
        beside(f"{what}, beside dlt", seconds, dlt, count=MANY, target=2.0),
        beside(f"{what}, beside the floor", seconds, floor, count=MANY),
        Row(
            f"Memory at its peak, {MANY:,} products beside {FEW:,}",
            f"{peak:.0f} MiB",
            f"{few:.0f} MiB",
            f"+{peak - few:.1f} MiB",
            "< 200 MiB, at most +20 MiB",
            peak < 200 and peak - few <= 20,
        ),
    ]


def paced(here: Installation) -> Row:
    """The published pace, from a store that takes 50 ms for an answer."""
    count = 2_000
    here.environment["SYNC_PAUSE_SECONDS"] = "0.2"
    with running_store(count, delay=0.05) as url:
        pages = count // 50
        floor = pages * (answer_seconds(url, pages) + 0.2)
        seconds = sync(here, url)[0]["seconds"]
    return Row(
        f"{pages} pages at the published pace, beside pages x (answer + 0.2 s)",
        f"{seconds:.2f} s",
        f"{floor:.2f} s",
        f"{seconds / floor:.3f}x",
        "<= 1.05x",
        seconds / floor <= 1.05,
    )


def answer_seconds(url: str, pages: int) -> float:
    with requests.Session() as session:
        session.trust_env = False
        began = time.perf_counter()
        for page in range(1, pages + 1):
            session.get(f"{url}/api/products?page={page}&per_page=50")
        return (time.perf_counter() - began) / pages


def sync(here: Installation, url: str, *, runs: int = 1) -> list[dict[str, float]]:
    return tell(here, "benchmarks.peers.hiwelink_sync", url, str(runs))


def tell(here: Installation, module: str, *arguments: str) -> Any:
    return json.loads(here.python("-m", module, *arguments).splitlines()[-1])


def dlt_python() -> Path:
    """Return the Python that has dlt, installing it the first time."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
    wanted = ROOT / "benchmarks" / "requirements.txt"
    install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(wanted)]
    subprocess.run(install, check=True)
    return python


def floor_seconds(here: Installation, url: str) -> float:
    seconds: float = tell(here, "benchmarks.peers.floor", url)["seconds"]
    return seconds


def dlt_seconds(
    python: Path, here: Installation, url: str, name: str, count: int
) -> list[float]:
    """Seconds of a first sync of the store's `count` products, and of a second one."""
    script = ROOT / "benchmarks" / "peers" / "dlt_sync.py"
    arguments = [url, here.socket_dir, name, str(here.folder / "dlt")]
    done = subprocess.run(
        [str(python), str(script), *arguments],
        cwd=here.folder,
        env=here.environment | {"RUNTIME__LOG_LEVEL": "ERROR"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["count"] == count
    seconds: list[float] = told["seconds"]
    return seconds


def beside(
    what: str, ours: float, peer: float, *, count: int = COUNT, target: float = 0
) -> Row:
    ratio = peer / ours
    return Row(
        what,
        rate(ours, count),
        rate(peer, count),
        f"{ratio:.2f}x",
        f">= {target:g}x" if target else "",
        ratio >= target if target else None,
    )


def rate(seconds: float, count: int = COUNT) -> str:
    return f"{count / seconds:,.0f}/s"
