"""How good a store's search is, against questions that people have judged.

Questions: tab-separated lines of id and text. Judgements: lines of question id, product
id (the store's own) and gain, 1 exact, 0.5 partial, 0 not. What nobody judged counts 0.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from chatbot import retrieval
from chatbot.embedders.base import Calibration
from chatbot.retrieval import Question
from commerce.models import Store

DEPTH = 10
RESAMPLES = 2_000


class UnreadableFile(Exception):
    """The sentence says which line of which file is wrong."""


@dataclass(frozen=True)
class JudgedQuestion:
    """gains: {external id of a product: 0 to 1}."""

    id: str
    text: str
    gains: dict[str, float]


@dataclass(frozen=True)
class Score:
    """How one question was answered."""

    ndcg: float
    recall: float
    reciprocal_rank: float


def lexical(asked: Question) -> Question:
    return replace(asked, vector=None)


def dense(asked: Question) -> Question:
    return replace(asked, words=replace(asked.words, terms=[]))


def fused(asked: Question) -> Question:
    return asked


def weighted(lexical_weight: float) -> Callable[[Question], Question]:
    """Return the fused recipe with another weight of the words, for calibration."""

    def recipe(asked: Question) -> Question:
        calibration = Calibration(lexical_weight, asked.calibration.floor)
        return replace(asked, calibration=calibration)

    return recipe


RECIPES: dict[str, Callable[[Question], Question]] = {
    "lexical": lexical,
    "dense": dense,
    "fused": fused,
}


def read_questions(questions: Path, judgements: Path) -> list[JudgedQuestion]:
    """Read both files; questions nobody judged are left out. Raises UnreadableFile."""
    gains: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for number, fields in read_lines(judgements, columns=3):
        try:
            gains[fields[0]][fields[1]] = float(fields[2])
        except ValueError:
            raise UnreadableFile(
                f"Line {number} of {judgements} has no number as its third column."
            ) from None
    return [
        JudgedQuestion(fields[0], fields[1], gains[fields[0]])
        for _, fields in read_lines(questions, columns=2)
        if any(gains[fields[0]].values())
    ]


def read_lines(path: Path, *, columns: int) -> Iterable[tuple[int, list[str]]]:
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"{path} cannot be read: {error}.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) != columns:
            raise UnreadableFile(
                f"Line {number} of {path} has {len(fields)} columns between tabs; "
                f"{columns} are needed."
            )
        yield number, fields


def evaluate(
    store: Store,
    questions: Sequence[JudgedQuestion],
    recipe: Callable[[Question], Question] = fused,
) -> list[Score]:
    """Ask each question and score what comes, as the search endpoint would answer."""
    scores = []
    for question in questions:
        asked = recipe(retrieval.understand(store, question.text))
        ranked, kept = retrieval.find(asked)
        hits = retrieval.load_hits(kept, ranked, DEPTH)
        scores.append(score([hit.product.external_id for hit in hits], question.gains))
    return scores


def score(found: Sequence[str], gains: dict[str, float]) -> Score:
    """NDCG@10 with gain / log2(rank + 1), Recall@10, and 1 / rank of the first hit."""
    top = [gains.get(key, 0.0) for key in found[:DEPTH]]
    ideal = sorted(gains.values(), reverse=True)[:DEPTH]
    relevant = sum(gain > 0 for gain in gains.values())
    first = next((rank for rank, gain in enumerate(top, 1) if gain > 0), 0)
    return Score(
        ndcg=discounted(top) / (discounted(ideal) or 1.0),
        recall=sum(gain > 0 for gain in top) / max(relevant, 1),
        reciprocal_rank=1 / first if first else 0.0,
    )


def discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def mean(scores: Sequence[Score]) -> Score:
    return Score(
        fmean(one.ndcg for one in scores),
        fmean(one.recall for one in scores),
        fmean(one.reciprocal_rank for one in scores),
    )


@dataclass(frozen=True)
class Difference:
    """NDCG of the second recipe minus the first, question by question.

    low, high: what 95 % of resampled sets of questions give.
    """

    mean: float
    low: float
    high: float
    better: int
    worse: int


def compare(first: Sequence[Score], second: Sequence[Score]) -> Difference:
    gaps = [b.ndcg - a.ndcg for a, b in zip(first, second, strict=True)]
    chance = random.Random(1)  # the same answer every time
    means = sorted(fmean(chance.choices(gaps, k=len(gaps))) for _ in range(RESAMPLES))
    edge = int(RESAMPLES * 0.025)
    return Difference(
        mean=fmean(gaps),
        low=means[edge],
        high=means[-edge - 1],
        better=sum(gap > 0 for gap in gaps),
        worse=sum(gap < 0 for gap in gaps),
    )
