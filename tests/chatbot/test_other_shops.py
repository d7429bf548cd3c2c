"""Catalogues less tidy than the demo's: long names, no categories, markup, gaps."""

import pytest

from chatbot.indexing import index_words
from chatbot.models import Chatbot
from tests.chatbot.widget import Widget
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db
LAPTOP = (
    'HP Pavilion dv7-1211ea Notebook Silver 43.2 cm (17") 1440 x 900 pixels Intel '
    "Core2 Duo 4 GB DDR2-SDRAM 250 GB HDD Windows Vista Home Premium"
)
SHORT = "HP Pavilion dv7-1211ea Notebook Silver 43.2 cm"


@pytest.fixture
def store(db):
    store = make_store(base_url="https://api.example", currency="USD")
    make_product(
        store,
        "laptop",
        name=LAPTOP,
        price="649.00",
        stock_status="in_stock",
        stock_quantity=4,
        attributes={
            "Internal memory": ["4 GB"],
            "Processing die size": ["107"],
            "Display diagonal": ["43.2 cm"],
            "hasWebcam": ["true"],
        },
    )
    make_product(
        store,
        "glass",
        name="PanzerGlass 7189 screen protector Mobile phone/Smartphone Samsung 1 pc(s)",
        price="15.95",
    )
    make_product(store, "stick", name="Verbatim 32GB USB Drive", price="16.95")
    make_product(
        store,
        "markup",
        name="<img src=x> Reading Lamp",
        description="<p>Warm <b>light</b>.</p><script>alert(2)</script>",
        price="0.125",
        stock_status="out_of_stock",
    )
    make_product(store, "free", name="Sample Sticker", price=None)
    index_words(store)
    return store


@pytest.fixture
def widget(store):
    return Widget(Chatbot.objects.create(store=store, name="Bot", contact="call 1"))


def test_a_name_full_of_features_is_cut_to_what_it_is(widget):
    text = widget.say("how much is the HP Pavilion dv7-1211ea?")
    assert text == f"{SHORT} costs $649.00."
    assert widget.ask("is it in stock?")["products"][0]["name"] == LAPTOP


def test_an_amount_of_something_else_is_no_price(widget):
    widget.ask("HP Pavilion dv7-1211ea")
    assert widget.say("how much internal memory does it have?") == (
        f"Internal memory of {SHORT}: 4 GB."
    )
    assert "107" not in widget.say("what screen size does it have?")
    assert "$" not in widget.say("how much water does it hold?")


def test_yes_and_no_in_any_spelling(widget):
    widget.ask("HP Pavilion dv7-1211ea")
    assert widget.say("does it have a webcam?").startswith("Yes.")


def test_a_number_alone_is_no_match(widget):
    answer = widget.ask("do you have the playstation 32?")
    assert "Verbatim" not in answer["text"] and answer["products"] == []


def test_what_only_goes_with_a_thing_is_not_that_thing(widget):
    text = widget.say("what's the best smartphone?")
    assert not text.startswith("PanzerGlass")


def test_markup_of_a_store_stays_text(widget):
    text = widget.say("tell me about the lamp")
    assert "<b>" not in text and "alert(2)" not in text
    assert "Warm light." in text
    assert "$0.125" in text and "out of stock" in text


def test_a_product_without_a_price_or_stock_says_so(widget):
    assert widget.say("how much is the sample sticker?") == (
        "The shop gives no price for Sample Sticker."
    )
    assert widget.say("is the sample sticker in stock?") == (
        "The shop doesn’t say whether Sample Sticker is in stock."
    )


def test_a_shop_yet_to_be_embedded_finds_by_half_of_the_words(widget):
    answer = widget.ask("do you have a ruby lamp?")
    assert [card["external_id"] for card in answer["products"]] == ["markup"]


def test_an_empty_shop_answers_too(db):
    widget = Widget(Chatbot.objects.create(store=make_store(), name="Bot"))
    for question in (
        "tents",
        "what do you sell?",
        "cheapest?",
        "compare a and b",
        "it",
    ):
        answer = widget.ask(question)
        assert answer["text"] and answer["products"] == []
