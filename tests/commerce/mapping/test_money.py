"""Prices: the specification's formats, DESIGN's rules, and what is refused."""

from decimal import Decimal

import pytest

from commerce.mapping.money import (
    current_price,
    money_text,
    parse_currency,
    parse_money,
)
from commerce.mapping.notes import Unreadable

READ = [
    # The specification's four.
    (349.99, "349.99", None),
    ("349.99", "349.99", None),
    ("$349.99", "349.99", None),
    ("USD 349.99", "349.99", "USD"),
    # Numbers.
    (0, "0", None),
    (-0.0, "0", None),
    (20, "20", None),
    (0.1 + 0.2, "0.3", None),
    (19.99999, "20", None),
    (1e-9, "0", None),
    (9_999_999_999.9999, "9999999999.9999", None),
    (Decimal("12.34567"), "12.3457", None),
    (Decimal("1.2E+2"), "120", None),
    (-5, "-5", None),
    # Which separator is which.
    ("1,299.00", "1299.00", None),
    ("1.299,00 €", "1299.00", "EUR"),
    ("1,299", "1299", None),
    ("12,345", "12345", None),
    ("1.299", "1.299", None),
    ("349,99", "349.99", None),
    ("349,9", "349.9", None),
    ("0,500", "0.5", None),
    ("1,2345", "1.2345", None),
    ("1,234,567", "1234567", None),
    ("1.234.567", "1234567", None),
    ("1.234.567,89", "1234567.89", None),
    ("1,234,567.89", "1234567.89", None),
    ("1,23,456.00", "123456", None),
    ("1 299,00", "1299", None),
    ("1\u00a0299,00\u00a0€", "1299", "EUR"),
    ("1\u202f299", "1299", None),
    ("1'299.50", "1299.5", None),
    ("CHF 1’299.50", "1299.5", "CHF"),
    (".99", "0.99", None),
    (",99", "0.99", None),
    ("$.99", "0.99", None),
    ("349.", "349", None),
    ("349,-", "349", None),
    ("349.– CHF", "349", "CHF"),
    ("€ 349,-", "349", "EUR"),
    # Currencies before, behind, both, with and without a blank.
    ("USD349.99", "349.99", "USD"),
    ("349.99USD", "349.99", "USD"),
    ("usd 349.99", "349.99", "USD"),
    ("349.99 EUR", "349.99", "EUR"),
    ("€349.99", "349.99", "EUR"),
    ("349.99€", "349.99", "EUR"),
    ("£12", "12", "GBP"),
    ("₹1,23,456", "123456", "INR"),
    ("US$ 349.99", "349.99", "USD"),
    ("A$349.99", "349.99", "AUD"),
    ("R$ 1.299,00", "1299", "BRL"),
    ("$349.99 CAD", "349.99", "CAD"),
    ("USD$349.99", "349.99", "USD"),
    ("199 kr", "199", None),
    ("Rs. 499", "499", None),
    ("¥1200", "1200", None),
    ("49,90 zł", "49.90", "PLN"),
    ("  349.99  ", "349.99", None),
    ("+349.99", "349.99", None),
    ("-5.00", "-5", None),
    ("-$5.00", "-5", None),
    ("$-5.00", "-5", None),
    ("−5", "-5", None),
]

REFUSED = [
    "12abc", "abc12", "1-2", "$12 - $20", "from 12", "free", "$", "-", ".", ",",
    "1,2,3", "1.2.3", "1.299,000.5", "1,234.567,89", "12,34,56", "1 2", "12 34",
    "1234,567", "1e5", "0x10", "NaN", "Infinity", "-inf", "1/2", "50%", "--5", "5-",
    "€5 USD", "12 euros please", "٣٤٩", "1²3", "9" * 11, "9" * 5000, "1" * 65,
    "<b>12</b>", "12\x0034", "\ud800",
    True, False, float("nan"), float("inf"), float("-inf"), 1e300, 10**10, 10**5000,
    -(10**5000), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"),
    Decimal("1E+999999"), [], [12], {}, {"amount": 12}, b"12",
]  # fmt: skip


@pytest.mark.parametrize(("value", "amount", "currency"), READ)
def test_a_price_is_read(value, amount, currency):
    money = parse_money(value)
    assert (money.amount, money.currency) == (Decimal(amount), currency)


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: type(value).__name__)
def test_what_is_no_price_is_refused(value):
    with pytest.raises(Unreadable) as error:
        parse_money(value)
    assert error.value.note.code == "invalid_price"


@pytest.mark.parametrize("value", ["", "   ", "\t\n"])
def test_a_blank_price_is_none(value):
    assert parse_money(value) is None


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("349.99", "349.99"),
        ("349.9", "349.90"),
        ("349", "349.00"),
        ("349.9900", "349.99"),
        ("0.1250", "0.125"),
        ("0.0001", "0.0001"),
        ("1E+3", "1000.00"),
        ("0", "0.00"),
        ("-5", "-5.00"),
        ("9999999999.9999", "9999999999.9999"),
    ],
)
def test_money_is_shown_with_at_least_two_places(amount, text):
    assert money_text(Decimal(amount)) == text


def test_no_money_is_shown_as_nothing():
    assert money_text(None) is None


@pytest.mark.parametrize(
    ("price", "sale", "paid"),
    [
        ("20", "15", "15"),
        ("20", "20", "20"),
        ("20", "25", "20"),
        ("20", "0", "20"),
        ("20", None, "20"),
        (None, "15", None),
        (None, None, None),
    ],
)
def test_a_shopper_pays_the_lower_sale_price(price, sale, paid):
    amounts = [None if text is None else Decimal(text) for text in (price, sale, paid)]
    assert current_price(*amounts[:2]) == amounts[2]


@pytest.mark.parametrize(
    ("value", "code"),
    [("USD", "USD"), (" usd ", "USD"), ("€", "EUR"), ("XTS", "XTS"), ("", None)],
)
def test_a_currency_is_read(value, code):
    assert parse_currency(value) == code


@pytest.mark.parametrize("value", ["$", "dollars", "US", "ÄÖÜ", 1, True, {}, ["USD"]])
def test_what_is_no_currency_is_refused(value):
    with pytest.raises(Unreadable):
        parse_currency(value)
