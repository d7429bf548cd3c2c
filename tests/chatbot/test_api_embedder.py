"""Vectors from an OpenAI-compatible API, and what happens when there are none."""

import time
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from chatbot.embedders import api as api_module
from chatbot.embedders import api_embedder, current_embedder
from chatbot.embedders.api import ApiEmbedder
from chatbot.embedders.base import EmbedderAway, EmbedderRefused
from chatbot.indexing import index_words
from chatbot.models import ProductVector, SearchIndex
from chatbot.retrieval import search_products
from chatbot.tasks import index_store
from chatbot.vectors import claim, embed_store
from tests.embedding_server import KEY, EmbeddingServer, error
from tests.factories import make_product, make_store


@pytest.fixture
def server():
    with EmbeddingServer() as server:
        yield server


@pytest.fixture
def embedder(server):
    return ApiEmbedder(key=KEY, base_url=server.url, model="text-embedding-3-small")


@pytest.fixture
def configured(server, settings):
    """HiWelink with the key of `server`."""
    settings.OPENAI_API_KEY = KEY
    settings.OPENAI_BASE_URL = server.url
    settings.OPENAI_EMBEDDING_MODEL = "text-embedding-3-small"
    return server


def make_stocked_store(count=3):
    store = make_store()
    for number in range(count):
        make_product(store, str(number), name=f"Kettle number{number} steel")
    return store


def test_vectors_are_of_unit_length_and_in_the_order_of_the_texts(embedder, server):
    vectors = embedder.embed_documents(["red mug", "", "blue kettle"])
    assert vectors.shape == (3, 384)
    lengths = np.linalg.norm(vectors, axis=1)
    assert lengths[[0, 2]] == pytest.approx(1.0)
    assert vectors[2] @ embedder.embed_question("blue kettle") == pytest.approx(1.0)
    assert server.requests[0]["dimensions"] == 384
    assert server.requests[0]["model"] == "text-embedding-3-small"


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (401, error("no"), "refused OPENAI_API_KEY"),
        (403, error("no"), "refused OPENAI_API_KEY"),
        (404, error("no"), "knows no model text-embedding-3-small"),
        (429, error("pay", "insufficient_quota"), "quota is used up"),
        (400, error("no"), "HTTP 400"),
    ],
)
def test_what_somebody_must_mend_is_refused_with_a_sentence(
    embedder, server, status, body, sentence
):
    server.answer_next(status, body=body)
    with pytest.raises(EmbedderRefused, match=sentence) as refused:
        embedder.embed_documents(["a"])
    assert KEY not in str(refused.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, error("no")),
        (503, b"<html>down</html>"),
        (200, b"not json"),
        (200, {"object": "list", "data": []}),
        (200, {"data": [{"index": 0, "embedding": ["a"] * 384}]}),
        (200, {"nothing": 1}),
    ],
)
def test_what_time_mends_is_away(embedder, server, status, body):
    server.answer_next(status, body=body)
    with pytest.raises(EmbedderAway):
        embedder.embed_documents(["a"])


def test_a_rate_limit_says_how_long_to_wait(embedder, server):
    for told, waited in (("7", 7.0), ("3600", 60.0), ("soon", 5.0)):
        server.answer_next(429, {"Retry-After": told}, error("slow down"))
        with pytest.raises(EmbedderAway) as away:
            embedder.embed_documents(["a"])
        assert away.value.retry_after_seconds == waited


def test_a_model_of_another_size_is_refused(server):
    embedder = ApiEmbedder(key=KEY, base_url=server.url, model="nomic-embed-text")
    with pytest.raises(EmbedderRefused, match="1536 numbers; the index holds 384"):
        embedder.embed_documents(["a"])
    assert "dimensions" not in server.requests[0]


def test_no_key_or_the_word_local_means_the_model_that_is_shipped(settings):
    settings.OPENAI_API_KEY = ""
    assert current_embedder().name == "all-MiniLM-L6-v2-int8"
    settings.OPENAI_API_KEY = KEY
    settings.OPENAI_EMBEDDING_MODEL = "local"
    assert current_embedder().name == "all-MiniLM-L6-v2-int8"


@pytest.mark.django_db
def test_a_store_is_indexed_in_batches_and_searched(configured):
    store = make_stocked_store(70)
    assert index_store(store.pk) == "70 products indexed, 70 embedded"
    assert [len(body["input"]) for body in configured.requests] == [64, 64, 12]
    result = search_products(store, "number7 kettle")
    assert result.hits[0].product.external_id == "7"
    assert result.hits[0].cosine is not None
    assert not result.is_degraded
    configured.requests.clear()
    assert index_store(store.pk) == "0 products indexed, 0 embedded"
    assert configured.requests == []


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", ["down", "silent", "dripping"])
def test_words_answer_at_once_when_the_model_is_away(configured, trouble, monkeypatch):
    monkeypatch.setattr(api_module, "QUESTION_SECONDS", 0.4)
    store = make_stocked_store()
    index_store(store.pk)
    api_embedder.cache_clear()  # another process
    configured.requests.clear()
    configured.is_down = trouble == "down"
    configured.is_dripping = trouble == "dripping"
    if trouble == "silent":
        configured.is_silent.set()
    began = time.monotonic()
    first = search_products(store, "number1 kettle")
    assert time.monotonic() - began < 10
    assert first.is_degraded
    assert first.hits[0].product.external_id == "1"
    assert first.hits[0].cosine is None
    # The next questions do not wait again, nor ask.
    for _ in range(3):
        assert search_products(store, "kettle").is_degraded
    assert len(configured.requests) == 1


@pytest.mark.django_db
def test_a_model_that_fails_keeps_what_was_embedded_and_says_why(configured):
    store = make_stocked_store(70)
    configured.answer_next(200, body=None)  # first batch: nonsense
    with pytest.raises(EmbedderAway):
        index_store(store.pk)
    assert search_products(store, "number7").hits, "words are there"
    configured.answer_next(429, body=error("pay", "insufficient_quota"))
    with pytest.raises(EmbedderRefused):
        index_store(store.pk)
    index = SearchIndex.objects.get(store=store)
    assert "quota is used up" in index.problem
    assert index.lease_until is None
    assert index_store(store.pk) == "0 products indexed, 70 embedded"
    assert SearchIndex.objects.get(store=store).problem == ""


@pytest.mark.django_db
def test_another_model_is_built_beside_the_old_one_which_answers(
    configured, settings, monkeypatch
):
    settings.OPENAI_EMBEDDING_MODEL = "local"
    store = make_stocked_store(70)
    index_store(store.pk)
    settings.OPENAI_EMBEDDING_MODEL = "text-embedding-3-small"
    answered_by: list[str] = []
    ask = ApiEmbedder.embed_documents

    def watch(self, texts):
        index = SearchIndex.objects.get(store=store)
        answered_by.append(index.model)
        hit = search_products(store, "number7 kettle").hits[0]
        assert hit.product.external_id == "7"
        assert hit.cosine is not None
        return ask(self, texts)

    monkeypatch.setattr(ApiEmbedder, "embed_documents", watch)
    index_store(store.pk)
    assert answered_by == ["all-MiniLM-L6-v2-int8"] * 3
    assert SearchIndex.objects.get(store=store).model == "api:text-embedding-3-small"
    models = ProductVector.objects.filter(store=store).values_list("model", flat=True)
    assert set(models) == {"api:text-embedding-3-small"}
    assert search_products(store, "number7 kettle").hits[0].cosine is not None


@pytest.mark.django_db
def test_two_workers_do_not_pay_for_the_same_texts(configured):
    store = make_stocked_store(3)
    index_words(store)
    assert claim(store)  # another worker
    assert embed_store(store, current_embedder()) == 0
    assert configured.requests == []
    # One that was killed holds it for a minute.
    SearchIndex.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert embed_store(store, current_embedder()) == 3
