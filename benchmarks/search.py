"""Search at 100,000 products: how fast it answers, is built, and how exact it is."""

from __future__ import annotations

import json
import os
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.chat import ROOT, ms, p95, web
from benchmarks.results import NotHere, Row
from tests.faults.installation import Installation

TITLE = "Search"
INTRODUCTION = """
100,000 products in one store beside 200 stores of 50. 2,000 of them are electronics of the
public collection o19s/chorus (not shipped; its folder is named by CHORUS_DATA), loaded,
indexed and embedded as a store's are. The others are copies of them; the words of the first
20,000 are indexed the ordinary way and timed. A copy's vector is as near to its product's as
the nearest of the 2,000 is, in the direction from one product of the collection to another.
The small stores hold other products of the collection, with vectors made the same way. Asked
are the collection's 58 judged questions, of the endpoint also as sentences; in the process
three times each, from the understood question and its vector to ten loaded products. The
graph is built by CREATE INDEX over 98,000 vectors with 400 MB of memory; the last 2,000 join
it as the indexer adds them, 500 a batch. Sizes are PostgreSQL's.
"""
DEFAULT = ROOT.parent / "shared" / "data" / "chorus"
EMBEDDED = 2_000


def measure() -> list[Row]:
    folder = find_collection()
    with Installation(WIDGET_SEARCH_RATE="1000000/min") as here:
        made = tell(here, "search_index", str(folder), str(EMBEDDED))
        pace = tell(here, "search_pace", str(made["store"]))
        large = tell(here, "search_large", str(made["store"]), str(folder))
        asked = ask(here, "search_times", made, folder)
    return [
        speed("Search endpoint", asked),
        *in_process(asked),
        *exactness(asked),
        *building(large),
        *sizes(large["sizes"]),
        indexing(pace),
        again(large),
    ]


def find_collection() -> Path:
    folder = Path(os.environ.get("CHORUS_DATA") or DEFAULT)
    if not folder.exists():
        raise NotHere(f"There is no collection at {folder}: name it in CHORUS_DATA.")
    return folder


def tell(here: Installation, peer: str, *arguments: str) -> dict[str, Any]:
    began = time.monotonic()
    said = here.python("-m", f"benchmarks.peers.{peer}", *arguments)
    print(f"  {peer} took {time.monotonic() - began:.0f} s", flush=True)
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told


def ask(
    here: Installation, peer: str, made: dict[str, Any], folder: Path
) -> dict[str, Any]:
    with web(here) as url:
        who = (str(made["store"]), made["chatbot"])
        return tell(here, peer, url, *who, str(folder))


def speed(what: str, asked: dict[str, Any]) -> Row:
    times, model = asked["times"], asked["model"]
    return Row(
        f"{what}, p50 / p95; beside: the model alone",
        middle_and_p95(times),
        middle_and_p95(model),
        target="p95 < 60 ms beyond the model",
        is_met=p95(times) - p95(model) < 0.06,
    )


def in_process(asked: dict[str, Any]) -> list[Row]:
    figures = (
        ("Dense, in the process, p50 / p95", "dense"),
        ("Text", "lexical"),
        ("Fused", "fused"),
        ("Fused, in one of the small stores", "small"),
    )
    return [Row(what, middle_and_p95(asked[name])) for what, name in figures]


def exactness(asked: dict[str, Any]) -> list[Row]:
    return [
        Row(
            f"recall@10 against the exact search, {whose}",
            f"{asked[name]:.3f}",
            target=">= 0.98",
            is_met=asked[name] >= 0.98,
        )
        for whose, name in (
            ("judged questions", "recall"),
            ("vectors of 60 products", "recall of products"),
        )
    ]


def building(large: dict[str, Any]) -> list[Row]:
    indexed, late = large["indexed"], large["late"]
    built = large["products"] - late
    return [
        Row(
            f"Words of {indexed:,} products indexed",
            f"{large['words']:.0f} s",
            f"{indexed / large['words']:,.0f}/s",
        ),
        Row(
            f"Graph of {built:,} vectors built at once",
            f"{large['graph']:.0f} s",
            f"{built / large['graph']:,.0f}/s",
        ),
        Row(
            f"... the last {late:,} added by the indexer",
            f"{large['grown']:.1f} s",
            f"{late / large['grown']:,.0f}/s",
        ),
    ]


def sizes(sizes: dict[str, int]) -> list[Row]:
    figures = (
        ("Size of the graph", "graph"),
        ("Size of the words' index", "words"),
        ("Size of the table of vectors, with its indexes", "vectors"),
        ("Size of the table of words, with its indexes", "documents"),
    )
    return [Row(what, f"{sizes[name] / 1e6:,.0f} MB") for what, name in figures]


def indexing(pace: dict[str, Any]) -> Row:
    bare = statistics.median(pair[0] for pair in pace["pairs"])
    ours = statistics.median(pair[1] for pair in pace["pairs"])
    return Row(
        "Indexing, words and vectors; beside: the model alone",
        f"{pace['products'] / ours:,.0f} products/s",
        f"{pace['products'] / bare:,.0f} products/s",
        f"{bare / ours:.2f}x",
        ">= 0.85x",
        bare / ours >= 0.85,
    )


def again(large: dict[str, Any]) -> Row:
    return Row(
        f"A second pass over {large['products']:,} unchanged products: indexed or embedded",
        f"{large['again']} in {large['again_seconds']:.1f} s",
        target="0",
        is_met=large["again"] == 0,
    )


def middle_and_p95(times: list[float]) -> str:
    return f"{ms(statistics.median(times))} / {ms(p95(times))}"
