"""Limits understood from a question, and what is no limit."""

import pytest

from chatbot.phrases import wanted
from chatbot.questions import read_limits

LIMITS = {
    "waterproof boots under $150 in stock": ("waterproof boots", {"max_price": "150.00", "in_stock": True}),
    "headphones over 50": ("headphones", {"min_price": "50.00"}),
    "tents between $100 and $250": ("tents", {"min_price": "100.00", "max_price": "250.00"}),
    "tents between $250 and $100": ("tents", {"min_price": "100.00", "max_price": "250.00"}),
    "jackets between 50 and 100": ("jackets", {"min_price": "50.00", "max_price": "100.00"}),
    "backpack $20-$40": ("backpack", {"min_price": "20.00", "max_price": "40.00"}),
    "the cheapest tent": ("tent", {"sort": "price_low_to_high"}),
    "most expensive watch": ("watch", {"sort": "price_high_to_low"}),
    "newest headlamps under €40": ("headlamps", {"max_price": "40.00", "currency": "EUR", "sort": "newest"}),
    "kettle below 1,299.50 euros": ("kettle", {"max_price": "1299.50", "currency": "EUR"}),
    "kettle under 1.299,50 €": ("kettle", {"max_price": "1299.50", "currency": "EUR"}),
    "phone under 1.000 €": ("phone", {"max_price": "1000.00", "currency": "EUR"}),
    "laptop under $1k": ("laptop", {"max_price": "1000.00"}),
    "sleeping bag around 100": ("sleeping bag", {"min_price": "80.00", "max_price": "120.00"}),
    "mugs £15 or less": ("mugs", {"max_price": "15.00", "currency": "GBP"}),
    "lamp 50 max": ("lamp", {"max_price": "50.00"}),
    "shoes less than 50 bucks please": ("shoes please", {"max_price": "50.00"}),
    "gifts under 500 kr on sale": ("gifts", {"max_price": "500.00", "on_sale": True}),
    "under cabinet lights under $50": ("under cabinet lights", {"max_price": "50.00"}),
    "500 gb drive under 80": ("500 gb drive", {"max_price": "80.00"}),
    "over $20 and under $30 mugs": ("and mugs", {"min_price": "20.00", "max_price": "30.00"}),
    "Regenjacke unter 100 € auf Lager": ("regenjacke", {"max_price": "100.00", "currency": "EUR", "in_stock": True}),
    "chaussures de moins de 80 euros": ("chaussures de", {"max_price": "80.00", "currency": "EUR"}),
    "zapatos entre 50 y 80 €": ("zapatos", {"min_price": "50.00", "max_price": "80.00", "currency": "EUR"}),
    "goedkoopste tent": ("tent", {"sort": "price_low_to_high"}),
}  # fmt: skip

NO_LIMITS = [
    "4k under cabinet lights",
    "tent under 2 kg",
    "over ear headphones",
    "above ground pool",
    "20-30 litre backpack",
    "monitor over 27 inch",
    "at least 16 gb memory",
    "toys for kids under 5",
    "boots size 9 to 11",
    "laptop under 1k",
    "lens 24-70",
    "sleeping bag rated below 0",
    "headlamp over 400 lumens",
    "is it out of stock",
    "new balance shoes",
    "under $",
    "between and",
    "usb 3.0 to usb 2.0 adapter",
    "1080p to 4k upscaler",
]


@pytest.mark.parametrize("question", LIMITS)
def test_limits_are_taken_out_of_the_question(question):
    text, limits = read_limits(question)
    assert (text, limits.shown()) == LIMITS[question]


@pytest.mark.parametrize("question", NO_LIMITS)
def test_what_is_not_certainly_a_limit_stays_a_word(question):
    text, limits = read_limits(question)
    assert (text, limits.shown()) == (question, {})


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("do you have waterproof boots?", "waterproof boots"),
        ("Hi there! I'm looking for a bluetooth speaker, please", "bluetooth speaker"),
        ("can you recommend a good gaming laptop", "gaming laptop"),
        ("I need an extension cord for my home", "extension cord"),
        ("how much is the Skarn 2 tent", "Skarn 2 tent"),
        ("show me all your tents", "tents"),
        ("carry on bag", "carry on bag"),
        ("like new xbox", "like new xbox"),
        ("search engine book", "search engine book"),
        ("looking glass", "looking glass"),
        ("anything", ""),
        ("", ""),
    ],
)
def test_how_a_thing_is_asked_for_is_left_out(question, left):
    assert wanted(question, "en") == left


def test_questions_in_other_languages_are_left_as_they_are():
    assert wanted("need for speed hebben wij", "nl") == "need for speed hebben wij"


def test_a_page_of_text_is_read_in_no_time():
    for part in ("under 5 ", "$1 - ", "between 1 and ", "in stock ", "1,", "a" * 50):
        read_limits(part * 200)
        wanted(part * 200, "en")
