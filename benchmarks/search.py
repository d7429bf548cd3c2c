"""Search: how good, how fast at 20,000 and 100,000 products, and how fast indexed."""

from __future__ import annotations

import json
import os
import statistics
from pathlib import Path
from typing import Any

from benchmarks.chat import ROOT, ms, p95, web
from benchmarks.results import Row
from tests.faults.installation import Installation

TITLE = "Search"
INTRODUCTION = """
19,406 electronics products and 58 judged questions of the public collection o19s/chorus
(not shipped; its folder is named by CHORUS_DATA), loaded through the ordinary way in and
asked through the search endpoint behind gunicorn. NDCG@10 counts what nobody judged as
wrong. The model alone embeds the same texts in batches of the same size, in turn with the
indexing. The large store holds each product five times, with noise on its vector.
"""
DEFAULT = ROOT.parent / "shared" / "data" / "chorus"
SMALL_STORES = 200


def measure() -> list[Row]:
    folder = Path(os.environ.get("CHORUS_DATA") or DEFAULT)
    if not folder.exists():
        raise SystemExit(f"There is no collection at {folder}: name it in CHORUS_DATA.")
    with Installation(WIDGET_SEARCH_RATE="1000000/min") as here:
        made = tell(here, "search_index", str(folder))
        asked = ask(here, made, folder)
        rows = [*quality(asked), *speed("20,000 products", asked), *indexing(made)]
        large = tell(here, "search_large", str(made["store"]))
        asked = ask(here, made, folder)
        return [
            *rows,
            *speed(f"{large['products']:,} products beside {SMALL_STORES}", asked),
            Row(
                "... recall@10 against the exact search",
                f"{large['recall']:.3f}",
                target=">= 0.98",
                is_met=large["recall"] >= 0.98,
            ),
        ]


def tell(here: Installation, peer: str, *arguments: str) -> dict[str, Any]:
    said = here.python("-m", f"benchmarks.peers.{peer}", *arguments)
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told


def ask(here: Installation, made: dict[str, Any], folder: Path) -> dict[str, Any]:
    with web(here) as url:
        who = (str(made["store"]), made["chatbot"])
        return tell(here, "search_quality", url, *who, str(folder))


def quality(asked: dict[str, Any]) -> list[Row]:
    """With the local model, and beside it what words alone give."""
    figures = (
        ("NDCG@10", "questions", 0, 0.85),
        ("NDCG@10, asked in sentences", "sentences", 0, 0.84),
        ("MRR of brand and model number", "model numbers", 2, 0.99),
    )
    return [
        Row(
            f"{what}; beside: words alone",
            f"{asked[name][place]:.3f}",
            f"{asked[f'{name}, words alone'][place]:.3f}",
            target=f">= {target}",
            is_met=asked[name][place] >= target,
        )
        for what, name, place, target in figures
    ]


def speed(where: str, asked: dict[str, Any]) -> list[Row]:
    times, model = asked["times"], asked["model"]
    beyond = p95(times) - p95(model)
    return [
        Row(
            f"Search endpoint, {where}, p50 / p95; beside: the model alone",
            f"{ms(statistics.median(times))} / {ms(p95(times))}",
            f"{ms(statistics.median(model))} / {ms(p95(model))}",
            target="p95 < 60 ms beyond the model",
            is_met=beyond < 0.06,
        )
    ]


def indexing(made: dict[str, Any]) -> list[Row]:
    bare = statistics.median(pair[0] for pair in made["pairs"])
    ours = statistics.median(pair[1] for pair in made["pairs"])
    return [
        Row(
            "Indexing, words and vectors; beside: the model alone",
            f"{640 / ours:,.0f} products/s",
            f"{640 / bare:,.0f} products/s",
            f"{bare / ours:.2f}x",
            ">= 0.85x",
            bare / ours >= 0.85,
        ),
        Row(
            "Words alone",
            f"{made['products'] / made['words_seconds']:,.0f} products/s",
        ),
        Row(
            "A second pass over an unchanged catalogue: indexed or embedded",
            str(made["again"]),
            target="0",
            is_met=made["again"] == 0,
        ),
    ]
