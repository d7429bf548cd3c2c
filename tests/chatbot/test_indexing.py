"""The index follows the catalogue: what is found is what the store has now."""

import pytest
from django.utils import timezone

from chatbot.models import SearchDocument, SearchIndex, SearchTerm
from chatbot.retrieval import search_products
from chatbot.tasks import index_store
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db


def found(store, question):
    """The ids of what has a word of the question, best first."""
    hits = search_products(store, question).hits
    return [hit.product.external_id for hit in hits if hit.words]


def touch(product, **fields):
    for name, value in fields.items():
        setattr(product, name, value)
    product.updated_at = timezone.now()
    product.save()


def test_a_product_is_found_by_its_words_once_indexed():
    store = make_store()
    make_product(
        store,
        "1",
        name="Storm Shell Rain Jacket",
        description="<p>Taped &amp; light</p>",
    )
    make_product(store, "2", name="Wool Beanie", categories=["Hats"])
    assert index_store(store.pk) == "2 products indexed, 2 embedded"
    assert found(store, "rain jackets") == ["1"]
    assert found(store, "taped") == ["1"]
    assert found(store, "hat") == ["2"]
    assert found(store, "p amp") == []


def test_only_what_changed_is_indexed_again():
    store = make_store()
    product = make_product(store, "1", name="Kettle")
    make_product(store, "2", name="Teapot")
    index_store(store.pk)
    assert index_store(store.pk) == "0 products indexed, 0 embedded"
    touch(product, name="Samovar")
    assert index_store(store.pk) == "1 products indexed, 1 embedded"
    assert found(store, "samovar") == ["1"]
    assert found(store, "kettle") == []


def test_a_deleted_product_is_gone_at_once_and_its_words_with_the_next_pass():
    store = make_store()
    product = make_product(store, "1", name="Kettle")
    make_product(store, "2", name="Steel kettle")
    index_store(store.pk)
    touch(product, deleted_at=timezone.now())
    assert found(store, "kettle") == ["2"]
    index_store(store.pk)
    assert SearchDocument.objects.filter(store=store).count() == 1
    assert SearchIndex.objects.get(store=store).documents == 1
    assert SearchTerm.objects.get(store=store, word="kettl").documents == 1


def test_counts_of_words_are_those_of_the_documents():
    store = make_store()
    first = make_product(store, "1", name="Red mug", tags=["mug", "red"])
    make_product(store, "2", name="Red bowl")
    index_store(store.pk)
    touch(first, name="Blue mug", tags=[])
    index_store(store.pk)
    counts = dict(
        SearchTerm.objects.filter(store=store).values_list("word", "documents")
    )
    assert counts == {"red": 1, "bowl": 1, "blue": 1, "mug": 1, "1": 1, "2": 1}


def test_another_stores_products_never_appear():
    mine, other = make_store(), make_store()
    make_product(mine, "1", name="Copper pan")
    make_product(other, "9", name="Copper pan")
    index_store(mine.pk)
    index_store(other.pk)
    assert found(mine, "copper pan") == ["1"]


def test_another_language_of_the_store_makes_its_documents_anew():
    store = make_store(language="en")
    make_product(store, "1", name="Häuser")
    index_store(store.pk)
    assert found(store, "haus") == []
    store.language = "de-AT"
    store.save()
    assert index_store(store.pk) == "1 products indexed, 0 embedded"
    assert found(store, "haus") == ["1"]
