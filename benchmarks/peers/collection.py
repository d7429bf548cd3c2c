"""The judged collection: its products as a store would send them, and its questions."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests
from django.utils import timezone

from chatbot.evaluation import JudgedQuestion, read_questions
from commerce.models import Store
from commerce.services.catalog import Writer, save_records

PAGE = 100
SENTENCES = (
    "do you have {}?",
    "Hi, I am looking for {}",
    "Could you recommend a good {}, please",
    "I need {} for my home",
)


def read_products(folder: Path) -> list[dict[str, Any]]:
    with gzip.open(folder / "products.jsonl.gz", "rt") as file:
        return [json.loads(line) for line in file]


def record_of(line: dict[str, Any]) -> dict[str, Any]:
    """A product of the collection as a store would send it."""
    features = (part.partition(":") for part in line["features"].split(";"))
    return {
        "id": line["id"],
        "name": line["title"],
        "price": line["price"] / 100,
        "description": line["description"],
        "categories": [line["category"]] if line["category"] else [],
        "attributes": {"Brand": line["brand"]}
        | {
            name.strip(): value.strip() or "yes"
            for name, _, value in features
            if name.strip()
        },
    }


def save_products(store: Store, products: Sequence[dict[str, Any]]) -> None:
    """Let the products in the ordinary way, page by page."""
    for start in range(0, len(products), PAGE):
        save_records(
            store,
            "products",
            [record_of(line) for line in products[start : start + PAGE]],
            observed_at=timezone.now(),
            writer=Writer("sync_run"),
        )


def judged_questions(folder: Path) -> list[JudgedQuestion]:
    return read_questions(folder / "queries.tsv", folder / "judgements.tsv")


def as_sentences(questions: Iterable[JudgedQuestion]) -> list[JudgedQuestion]:
    return [
        replace(one, text=SENTENCES[number % len(SENTENCES)].format(one.text))
        for number, one in enumerate(questions)
    ]


def ask(
    address: str, questions: Iterable[JudgedQuestion], times: list[float]
) -> list[list[str]]:
    """Ask the search endpoint; return the ids of what each question finds."""
    session = requests.Session()
    found = []
    for question in questions:
        began = time.perf_counter()
        answer = session.get(address, params={"q": question.text, "limit": 10})
        times.append(time.perf_counter() - began)
        answer.raise_for_status()
        found.append([card["external_id"] for card in answer.json()["results"]])
    return found


def timed(
    act: Callable[[str], object], questions: Iterable[JudgedQuestion]
) -> list[float]:
    """Seconds that each question takes."""
    act("warm")
    times = []
    for question in questions:
        began = time.perf_counter()
        act(question.text)
        times.append(time.perf_counter() - began)
    return times
