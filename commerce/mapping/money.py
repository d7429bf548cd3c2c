"""Prices: JSON in, Decimal and currency out. Strict: a wrong price is worse than none.

Rules: the specification's "Accepted price formats" and DESIGN section 6, row "price".
"""

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from commerce.mapping.notes import Unreadable

LIMIT = Decimal(10) ** 10  # 14 digits, 4 of them behind the point
STEP = Decimal("0.0001")
MAX_PRICE_TEXT = 64

_PLAIN = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DIGIT = re.compile("[0-9]")
_BLANKS = " \u00a0\u2009\u202f"
_APOSTROPHES = "'’ʼ`´"
# Thousands: groups of three behind the same separator, or the Indian 1,23,456.
_GROUPED = re.compile(
    rf"[0-9]{{1,3}}(?:([.,{_BLANKS}{_APOSTROPHES}])[0-9]{{3}}(?:\1[0-9]{{3}})*)?"
    r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}"
)
_DIGITS = re.compile("[0-9]*")
_NO_CENTS = re.compile(r"[.,](?:[-‐-―]{1,2}|$)")  # what ends 349,- and 349.– and $349.

# ISO 4217, the currencies in use.
_CODES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD
    BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB
    EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK
    JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK
    PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
    SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST
    XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())

# What stands beside a number, in lower case. None: used by several currencies, so the
# number is read and no currency told ("$" alone may be any of a dozen dollars).
SYMBOLS: dict[str, str | None] = {
    "$": None, "¥": None, "￥": None, "kr": None, "kr.": None, "rs": None, "rs.": None,
    "fr": None, "fr.": None, "₨": None, "lei": None, "元": None, "円": "JPY",
    "€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₩": "KRW", "₪": "ILS", "₺": "TRY",
    "₫": "VND", "฿": "THB", "₱": "PHP", "₴": "UAH", "₦": "NGN", "₡": "CRC", "₲": "PYG",
    "₵": "GHS", "৳": "BDT", "₸": "KZT", "₼": "AZN", "₾": "GEL", "₮": "MNT", "₭": "LAK",
    "₿": None, "us$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD",
    "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "nt$": "TWD", "mx$": "MXN", "r$": "BRL",
    "cn¥": "CNY", "rmb": "CNY", "zł": "PLN", "zl": "PLN", "kč": "CZK", "ft": "HUF",
    "r": "ZAR", "rm": "MYR", "rp": "IDR", "rp.": "IDR", "s/": "PEN", "s/.": "PEN",
    "euro": "EUR", "руб": "RUB", "руб.": "RUB", "лв": "BGN", "лв.": "BGN", "tl": "TRY",
}  # fmt: skip


class Money(NamedTuple):
    """amount: at most 10 digits before the point and 4 behind; currency: ISO 4217."""

    amount: Decimal
    currency: str | None = None


def money_text(value: Decimal | None) -> str | None:
    """`value` as the APIs show it: "349.99", "0.125", "20.00"; None stays None."""
    if value is None:
        return None
    whole, _, cents = format(value, "f").partition(".")
    return f"{whole}.{cents.rstrip('0').ljust(2, '0')}"


def current_price(price: Decimal | None, sale_price: Decimal | None) -> Decimal | None:
    """What a shopper pays: the sale price if above 0 and below the price, else that."""
    if price is not None and sale_price is not None and 0 < sale_price < price:
        return sale_price
    return price


def parse_money(value: object) -> Money | None:
    """A price from a JSON number or text; None when the text is blank.

    Raises Unreadable (invalid_price) for anything else, also booleans, NaN, infinities
    and amounts of 10,000,000,000 and more. Negative amounts are returned as they are.
    """
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _not_a_price()
    if isinstance(value, int):  # compared before Decimal() sees a million digits
        if abs(value) >= LIMIT:
            raise _too_large()
        return Money(Decimal(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _not_a_price()
        value = Decimal(repr(value))
    return Money(_within_limits(value))


def parse_currency(value: object) -> str | None:
    """An ISO 4217 code from a code or an unambiguous symbol; None when blank.

    Raises Unreadable (invalid_currency). Codes unknown to CURRENCIES are believed.
    """
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str):
        if not text:
            return None
        if len(text) == 3 and text.isascii() and text.isalpha():
            return text.upper()
        if symbol := SYMBOLS.get(text.lower()):
            return symbol
    raise Unreadable(
        "invalid_currency",
        "which is not a currency; send its ISO 4217 code, such as USD",
    )


def _parse_text(text: str) -> Money | None:
    if _PLAIN.fullmatch(text) and len(text) <= MAX_PRICE_TEXT:
        return Money(_within_limits(Decimal(text)))
    text = text.strip()
    if not text:
        return None
    if len(text) > MAX_PRICE_TEXT or not (first := _DIGIT.search(text)):
        raise _not_a_price()
    last = max(text.rfind(digit) for digit in "0123456789")
    before, point, sign = _split_front(text[: first.start()])
    number = point + text[first.start() : last + 1]
    behind = text[last + 1 :]
    if ending := _NO_CENTS.match(behind):
        behind = behind[ending.end() :]
    currency = _read_currency(before, behind)
    return Money(_within_limits(Decimal(sign + _plain_number(number))), currency)


def _split_front(before: str) -> tuple[str, str, str]:
    """What stands before the first digit, as currency, decimal point and sign."""
    before, sign, point = before.strip(), "", ""
    if before.lower() not in SYMBOLS and before.endswith((".", ",")):
        before, point = before[:-1].rstrip(), "."
    for mark in ("-", "−", "+"):
        if mark in (before[:1], before[-1:]):
            sign = "" if mark == "+" else "-"
            before = before.replace(mark, "", 1).strip()
            break
    return before, point, sign


def _read_currency(*sides: str) -> str | None:
    """The currency told beside a number, if any. Raises Unreadable for other words."""
    told: set[str | None] = set()
    for word in " ".join(sides).split():
        if word.upper() in CURRENCIES:
            told.add(word.upper())
        elif (known := SYMBOLS.get(word.lower(), "")) is None or known:
            told.add(known)
        else:
            told |= _read_glued(word)
    told.discard(None)
    if len(told) > 1:
        raise _not_a_price()
    return told.pop() if told else None


def _read_glued(word: str) -> set[str | None]:
    """A code and a symbol without a blank between them: "USD$", "€EUR"."""
    for code, symbol in ((word[:3], word[3:]), (word[-3:], word[:-3])):
        if code.upper() in CURRENCIES and symbol.lower() in SYMBOLS:
            return {code.upper(), SYMBOLS[symbol.lower()]}
    raise _not_a_price()


def _plain_number(number: str) -> str:
    """Digits with at most one point, from digits with separators."""
    whole, cents = _split_decimals(number)
    if not _DIGITS.fullmatch(cents):
        raise _not_a_price()
    if not _DIGITS.fullmatch(whole):
        if not _GROUPED.fullmatch(whole):
            raise _not_a_price()
        whole = re.sub("[^0-9]", "", whole)
    return f"{whole or '0'}.{cents or '0'}"


def _split_decimals(number: str) -> tuple[str, str]:
    """Part before and after the decimal separator, whichever of the two it is."""
    points, commas = number.count("."), number.count(",")
    if points and commas:
        mark = max(".", ",", key=number.rfind)
        # The decimal separator stands once; "1.299,000.5" is neither way a number.
        if number.count(mark) > 1:
            raise _not_a_price()
    elif points == 1:
        mark = "."
    elif commas == 1 and not _is_thousand(number):
        mark = ","
    else:
        return number, ""
    whole, _, cents = number.rpartition(mark)
    return whole, cents


def _is_thousand(number: str) -> bool:
    """Whether one comma separates thousands: "1,299" does, "0,500" and "1,29" not."""
    whole, _, behind = number.partition(",")
    return len(behind) == 3 and whole != "0"


def _within_limits(amount: Decimal) -> Decimal:
    if not amount.is_finite():
        raise _not_a_price()
    if amount.adjusted() >= 10 and amount:  # before anything writes out 1e999999
        raise _too_large()
    if -4 <= amount.as_tuple().exponent <= 0:  # type: ignore[operator]
        return amount or Decimal(0)  # no negative zero
    amount = amount.quantize(STEP, ROUND_HALF_UP)
    if abs(amount) >= LIMIT:
        raise _too_large()
    return amount or Decimal(0)


def _not_a_price() -> Unreadable:
    return Unreadable(
        "invalid_price",
        "which is not a price; send a number such as 349.99 or a text such as"
        ' "USD 349.99"',
    )


def _too_large() -> Unreadable:
    return Unreadable(
        "invalid_price", "which is too large; prices stay below 10,000,000,000"
    )
