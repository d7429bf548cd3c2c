"""python -m benchmarks.peers.search_quality URL STORE CHATBOT CHORUS: ask and judge.

Asks the search endpoint over HTTP; words alone are asked in this process. Prints a line
of JSON: {name: [NDCG@10, Recall@10, MRR]}, the endpoint's times in seconds, the model's.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import django

django.setup()

from benchmarks.peers.collection import (
    as_sentences,
    ask,
    judged_questions,
    read_products,
    timed,
)
from chatbot import evaluation
from chatbot.embedders import current_embedder
from chatbot.evaluation import JudgedQuestion, Score
from commerce.models import Store

MODEL_NUMBERS = 200
_MODEL_NUMBER = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w/-]{6,}\Z")


def model_numbers(folder: Path) -> list[JudgedQuestion]:
    """Brand and model number of products whose number is theirs alone."""
    products = read_products(folder)
    seen = Counter(w for p in products for w in set(p["title"].lower().split()))
    questions = []
    for product in products:
        numbers = [
            word
            for word in product["title"].split()
            if _MODEL_NUMBER.match(word) and seen[word.lower()] == 1
        ]
        if numbers and product["brand"]:
            text = f"{product['brand']} {numbers[0]}"
            questions.append(JudgedQuestion("", text, {product["id"]: 1.0}))
    step = max(len(questions) // MODEL_NUMBERS, 1)
    return questions[::step][:MODEL_NUMBERS]


def figures(scores: Iterable[Score]) -> list[float]:
    mean = evaluation.mean(list(scores))
    return [mean.ndcg, mean.recall, mean.reciprocal_rank]


def main() -> None:
    url, key, chatbot, path = sys.argv[1:]
    folder = Path(path)
    store = Store.objects.get(pk=int(key))
    judged = judged_questions(folder)
    sets = {
        "questions": judged,
        "sentences": as_sentences(judged),
        "model numbers": model_numbers(folder),
    }
    address = f"{url}/api/chatbot/{chatbot}/search"
    times: list[float] = []
    ask(address, judged[:8], [])  # each web process loads the model once
    told: dict[str, object] = {}
    for name, questions in sets.items():
        found = ask(address, questions, times)
        told[name] = figures(
            evaluation.score(keys, one.gains)
            for keys, one in zip(found, questions, strict=True)
        )
        told[f"{name}, words alone"] = figures(
            evaluation.evaluate(store, questions, evaluation.lexical)
        )
    told["times"] = times
    told["model"] = timed(current_embedder().embed_question, judged)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
