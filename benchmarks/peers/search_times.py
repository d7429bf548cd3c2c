"""python -m benchmarks.peers.search_times URL STORE CHATBOT CHORUS: ask, and time it.

Prints a line of JSON: seconds of the endpoint over HTTP, of the model alone, and in
this process, with the question's vector made before, of words alone, vectors alone and
both, and of both in small stores; and what of the exact 10 best the graph finds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import django

django.setup()

import numpy as np
from pgvector import Vector

from benchmarks.peers.collection import as_sentences, ask, judged_questions, timed
from chatbot import candidates, evaluation, retrieval
from chatbot.candidates import Filter
from chatbot.embedders import current_embedder
from chatbot.models import ProductVector
from chatbot.retrieval import Question
from commerce.models import Store

ROUNDS = 3
PRODUCT_QUESTIONS = 60


def time_recipe(
    asked: Sequence[Question], recipe: Callable[[Question], Question]
) -> list[float]:
    """Seconds from a question understood to its ten products, each asked ROUNDS times."""
    times = []
    for question in [*asked[:8], *asked * ROUNDS]:
        began = time.perf_counter()
        ranked, kept = retrieval.find(recipe(question))
        retrieval.load_hits(kept, ranked, evaluation.DEPTH)
        times.append(time.perf_counter() - began)
    return times[8:]  # the first warm the caches


def recall(store_id: int, vectors: Sequence[candidates.Vector]) -> float:
    """The share of the exact 10 best that the graph finds."""
    shares = []
    for vector in vectors:
        found = candidates.near_in_graph(store_id, vector, Filter())[:10]
        exact = candidates.near_of_all(store_id, vector, Filter())[:10]
        best = {key for key, _ in exact}
        shares.append(len(best & {key for key, _ in found}) / len(best))
    return sum(shares) / len(shares)


def of_questions(asked: Sequence[Question]) -> list[candidates.Vector]:
    return [
        candidates.Vector(Vector(one.vector).to_text(), one.model, in_graph=True)
        for one in asked
    ]


def of_products(store_id: int) -> list[candidates.Vector]:
    """Vectors of products as questions: "more like this one"."""
    vectors = ProductVector.objects.filter(store=store_id).order_by("text_hash", "pk")
    keys = list(vectors.values_list("pk", flat=True))
    chosen = keys[:: len(keys) // PRODUCT_QUESTIONS][:PRODUCT_QUESTIONS]
    return [
        candidates.Vector(
            Vector(row.vector / np.linalg.norm(row.vector)).to_text(), row.model, True
        )
        for row in vectors.filter(pk__in=chosen)
    ]


def main() -> None:
    url, key, chatbot, folder = sys.argv[1:]
    store = Store.objects.get(pk=int(key))
    judged = judged_questions(Path(folder))
    questions = [*judged, *as_sentences(judged)]
    address = f"{url}/api/chatbot/{chatbot}/search"
    endpoint: list[float] = []
    ask(address, judged[:8], [])  # each web process loads the model once
    ask(address, questions, endpoint)
    asked = [retrieval.understand(store, one.text) for one in judged]
    assert all(one.in_graph and one.vector is not None for one in asked)
    small = Store.objects.exclude(pk=store.pk).order_by("pk")[: len(judged)]
    beside = [
        retrieval.understand(shop, one.text)
        for shop, one in zip(small, judged, strict=True)
    ]
    told = {
        "times": endpoint,
        "model": timed(current_embedder().embed_question, questions),
        **{
            name: time_recipe(asked, recipe)
            for name, recipe in evaluation.RECIPES.items()
        },
        "small": time_recipe(beside, evaluation.fused),
        "recall": recall(store.pk, of_questions(asked)),
        "recall of products": recall(store.pk, of_products(store.pk)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
