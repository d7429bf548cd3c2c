"""python -m benchmarks.peers.search_quality URL STORE CHATBOT CHORUS: ask and judge.

Asks the search endpoint over HTTP; words alone are asked in this process. Prints a line
of JSON: {name: [NDCG@10, Recall@10, MRR]}, the endpoint's times in seconds, the model's.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import django

django.setup()

import requests

from chatbot import evaluation
from chatbot.embedders import current_embedder
from chatbot.evaluation import JudgedQuestion, Score
from commerce.models import Store

SENTENCES = (
    "do you have {}?",
    "Hi, I am looking for {}",
    "Could you recommend a good {}, please",
    "I need {} for my home",
)
MODEL_NUMBERS = 200
_MODEL_NUMBER = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w/-]{6,}\Z")


def model_numbers(folder: Path) -> list[JudgedQuestion]:
    """Brand and model number of products whose number is theirs alone."""
    with gzip.open(folder / "products.jsonl.gz", "rt") as file:
        products = [json.loads(line) for line in file]
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


def wrapped(questions: Sequence[JudgedQuestion]) -> list[JudgedQuestion]:
    return [
        replace(one, text=SENTENCES[number % len(SENTENCES)].format(one.text))
        for number, one in enumerate(questions)
    ]


def ask(
    address: str, questions: Sequence[JudgedQuestion], times: list[float]
) -> list[Score]:
    session = requests.Session()
    scores = []
    for question in questions:
        began = time.perf_counter()
        answer = session.get(address, params={"q": question.text, "limit": 10})
        times.append(time.perf_counter() - began)
        answer.raise_for_status()
        found = [card["external_id"] for card in answer.json()["results"]]
        scores.append(evaluation.score(found, question.gains))
    return scores


def figures(scores: Sequence[Score]) -> list[float]:
    mean = evaluation.mean(scores)
    return [mean.ndcg, mean.recall, mean.reciprocal_rank]


def main() -> None:
    url, key, chatbot, path = sys.argv[1:]
    folder = Path(path)
    store = Store.objects.get(pk=int(key))
    judged = evaluation.read_questions(
        folder / "queries.tsv", folder / "judgements.tsv"
    )
    sets = {
        "questions": judged,
        "sentences": wrapped(judged),
        "model numbers": model_numbers(folder),
    }
    address = f"{url}/api/chatbot/{chatbot}/search"
    times: list[float] = []
    ask(address, judged[:8], [])  # each web process loads the model once
    told: dict[str, object] = {}
    for name, questions in sets.items():
        told[name] = figures(ask(address, questions, times))
        told[f"{name}, words alone"] = figures(
            evaluation.evaluate(store, questions, evaluation.lexical)
        )
    told["times"] = times
    told["model"] = timed(current_embedder().embed_question, judged)
    print(json.dumps(told))


def timed(
    embed: Callable[[str], object], questions: Sequence[JudgedQuestion]
) -> list[float]:
    embed("warm")
    times = []
    for question in questions:
        began = time.perf_counter()
        embed(question.text)
        times.append(time.perf_counter() - began)
    return times


if __name__ == "__main__":
    main()
