"""What a model writes, cut anywhere: no unknown price or link gets through."""

from decimal import Decimal

import pytest

from chatbot.answering.guard import Guard, amounts_in

LINK = "https://shop.example/product/boot"


def passed(text: str, size: int = 10_000) -> str:
    guard = Guard(
        amounts=[Decimal("159.0000"), Decimal("1299.5")],
        links=[LINK, "hello@shop.example"],
        limits=[Decimal(50)],
    )
    guard.shares = {Decimal(16)}
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return "".join([*map(guard.feed, pieces), guard.flush()])


TRUE = [
    "It costs $159.00, $159, 159 USD, USD 159.00, 159,00 €, €159 or 159 dollars.",
    "It costs $1,299.50 or 1.299,50 € or 1 299,50 EUR.",
    "It weighs 520 g, has 2 mm nubuck, comes in sizes 7 to 12 and lasts 5.25 inches.",
    "Keep it for 60 days. Only 3 left. It is 45 x 14 cm, 1.25 kg, 3.50 m long, 98 %.",
    "Version 2.10.4 of 2026-11-25, order ORD-2026-1001, call 207-555-0142, at 9:30.",
    f"See {LINK} or {LINK}/. Write to hello@shop.example.",
    "I have one question. For two people? The cost is low. Prices vary: ask. 5 cups.",
    "ALL 12 colours, TOP 10 products. That is 16% off.",
    "Nothing under $50 and nothing below 50 dollars.",
    "Hello! ¿Qué tal? Grüße, 你好, مرحبا. Mr. Smith said e.g. this/that and/or i.e. it.",
]
FALSE = [
    ("It costs $12.", "12"),
    ("It costs 12.99 today", "12.99"),
    ("only 12 bucks, or 12€, €12, EUR 12, 12 eur, £12.00, ¥1200, ₹12, 12 kr", "12"),
    ("US$12 CA$12 $12k $ 12 12$ 12,- € 12.-€", "12"),
    ("twelve dollars, twenty-five euros, a hundred bucks", "dollars"),
    ("for just twenty-five euros", "twenty"),
    ("The price is 99 and it now costs 99", "99"),
    ("it costs $50", "50"),
    ("$159.01 or $15900 or $1.59", "5"),
    ("That is 20% off, 30 percent discount", "off"),
    ("１２ dollars, ＄12", "dollars"),
    ("https://evil.example/a?b=c", "evil"),
    ("HTTP://EVIL.EXAMPLE www.evil.com evil.co.uk/x", "vil."),
    ("[click](https://evil.example) ![x](http://evil.example/p.png)", "evil"),
    ("<https://evil.example>", "evil"),
    ("javascript:alert(1) data:text/html,x mailto:eve@evil.example", "alert"),
    ("write to eve@evil.example", "eve@"),
    ("https://shop.example.evil.com/product/boot", "evil"),
    ("https://shop.example@evil.com/", "evil"),
    (f"{LINK}?next=//evil.com", "evil"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 10_000])
def test_facts_pass_unchanged_however_they_are_cut(size):
    for text in TRUE:
        assert passed(text, size) == text


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 10_000])
def test_no_lie_passes_however_it_is_cut(size):
    for text, lie in FALSE:
        shown = passed(f"Well, {text} and so on.", size)
        assert lie not in shown.replace("159", ""), (text, shown)
        assert shown.startswith("Well, ") and shown.endswith("and so on.")


def test_words_that_can_be_no_price_wait_for_nothing():
    guard = Guard()
    for piece in ("The", " Cairn", " boot", " is", " waterproof", " leather"):
        assert guard.feed(piece) == piece


def test_a_link_cut_by_what_was_shown_already_is_still_no_link():
    guard = Guard()
    shown = (
        "".join(map(guard.feed, ["ev", "il", ".", "com", "/x", " is"])) + guard.flush()
    )
    assert ".com" not in shown and "/x" not in shown


def test_nothing_is_held_for_ever():
    guard = Guard()
    shown = guard.feed("$" * 2_000)
    assert len(shown) == 2_000


def test_amounts_are_read_from_the_merchants_text():
    text = "Shipping costs $7.95, free from 75 USD, within 60 days."
    assert amounts_in(text) == {Decimal("7.95"), Decimal(75)}
