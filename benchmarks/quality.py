"""How good the search is, against questions that people have judged."""

from __future__ import annotations

from typing import Any

from benchmarks.results import Row
from benchmarks.search import ask, find_collection, speed, tell
from tests.faults.installation import Installation

TITLE = "Search quality"
INTRODUCTION = """
All 19,406 electronics products and 58 judged questions of the public collection o19s/chorus
(not shipped; its folder is named by CHORUS_DATA), loaded through the ordinary way in and
asked through the search endpoint behind gunicorn. NDCG@10 counts what nobody judged as
wrong. Embedding all of them takes minutes, so `make bench` leaves this part out: run it with
`make bench PART=quality`.
"""


def measure() -> list[Row]:
    folder = find_collection()
    with Installation(WIDGET_SEARCH_RATE="1000000/min") as here:
        made = tell(here, "search_index", str(folder))
        asked = ask(here, "search_quality", made, folder)
    where = f"Search endpoint, {made['products']:,} products"
    return [*quality(asked), speed(where, asked)]


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
