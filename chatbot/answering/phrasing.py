"""How facts read: money, dates, lists, names, the facts of one product."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from chatbot.documents import plain
from commerce.mapping.text import shorten
from commerce.models import Product, StockStatus, Store

MIN_NAME, MAX_NAME = 12, 70  # characters of a name in a sentence
PROSE = Locale("en")  # the language the composer writes
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[\"“‘'(]?[A-Z0-9À-Þ])")
_ABBREVIATED = re.compile(
    r"\b(?:e\.g|i\.e|approx|ca|incl|no|vs|dr|mr|mrs|st|etc)\.\Z", re.IGNORECASE
)
# Where the head of a product's name ends: "Tent Stakes, Set of 8", "Scale with Timer".
_HEAD_END = re.compile(
    r"\s*[,(\[|/–—:]|\s+-\s|\s+(?:with|for|of|in|and|by|from)\s", re.IGNORECASE
)


def locale_of(store: Store) -> Locale:
    """Return the locale of the store's language, English when it is unknown."""
    try:
        return Locale.parse(store.language.replace("-", "_") or "en")
    except (ValueError, TypeError, UnknownLocaleError):
        return PROSE


def money(amount: Decimal, currency: str, store: Store) -> str:
    """`amount` as the store's language writes it: "$1,299.00", "1.299,00 €"."""
    locale = locale_of(store)
    is_plain = amount == amount.quantize(Decimal("0.01"))
    if not currency:
        return str(format_decimal(amount, "#,##0.00##", locale=locale))
    return str(
        format_currency(amount, currency, locale=locale, decimal_quantization=is_plain)
    )


def price_of(product: Product) -> str:
    """What a shopper pays, or "" where the store told no price."""
    price = product.current_price
    if price is None:
        return ""
    return money(price, currency_of(product), product.store)


def was_price_of(product: Product) -> str:
    """The price before a reduction, or ""."""
    now = product.current_price
    before = max(
        (p for p in (product.price, product.regular_price) if p is not None),
        default=None,
    )
    if now is None or before is None or before <= now:
        return ""
    return money(before, currency_of(product), product.store)


def currency_of(product: Product) -> str:
    return product.currency or product.store.currency


def day(moment: datetime) -> str:
    return str(format_date(moment, "d MMMM y", locale=PROSE))


def join(parts: Sequence[str], word: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    *first, last = parts
    return f"{', '.join(first)} {word} {last}" if first else last


def head_of(product: Product) -> str:
    """The name without what only describes it: "Chef's Knife" of "Chef's Knife, 20 cm"."""
    return _HEAD_END.split(product.name, maxsplit=1)[0]


def name_of(product: Product) -> str:
    """The name as a sentence can bear it; some shops put every feature into it."""
    if len(product.name) <= MAX_NAME:
        return product.name
    head = head_of(product)
    return (
        head if MIN_NAME <= len(head) <= MAX_NAME else shorten(product.name, MAX_NAME)
    )


def is_plural(product: Product) -> bool:
    """Whether the name reads as several things: "Trekking Poles", not "Compass"."""
    head = head_of(product).split()
    word = head[-1] if head else ""
    return (
        len(word) > 3
        and word[-1] == "s"
        and word[-2] not in "suioa"
        and word[:-1].isalpha()
        and not word.isupper()
    )


def verb(product: Product, singular: str, plural: str) -> str:
    return plural if is_plural(product) else singular


def price_sentence(product: Product) -> str:
    price = price_of(product)
    if not price:
        return f"The shop gives no price for {name_of(product)}."
    sentence = f"{name_of(product)} {verb(product, 'costs', 'cost')} {price}"
    if before := was_price_of(product):
        sentence += f", reduced from {before}"
    return f"{sentence}."


def stock_sentence(product: Product, subject: str = "") -> str:
    """subject: how the product is called; its name if not given."""
    name = subject or name_of(product)
    be = "are" if name == "They" or (not subject and is_plural(product)) else "is"
    if product.stock_status == StockStatus.OUT_OF_STOCK:
        return f"{name} {be} out of stock at the moment."
    if product.stock_status == StockStatus.IN_STOCK:
        few = product.stock_quantity
        if few is not None and 0 < few <= 5:
            return f"{name} {be} in stock, but only {few} {be_left(few)} left."
        return f"{name} {be} in stock."
    return f"The shop doesn’t say whether {name} {be} in stock."


def be_left(count: int) -> str:
    return "is" if count == 1 else "are"


def pronoun(product: Product) -> str:
    return verb(product, "It", "They")


def line_of(product: Product) -> str:
    """One line of a list: name, price, stock."""
    facts = [price_of(product) or "price not given"]
    if before := was_price_of(product):
        facts.append(f"was {before}")
    if product.stock_status:
        facts.append(product.get_stock_status_display().lower())
    return f"• {name_of(product)}: {', '.join(facts)}"


def bullet_list(products: Sequence[Product]) -> str:
    return "\n".join(line_of(product) for product in products)


def sentences_of(text: str) -> list[str]:
    """Cut plain text into sentences; abbreviations do not end one."""
    whole: list[str] = []
    for piece in _SENTENCE_END.split(text.strip()):
        if whole and _ABBREVIATED.search(whole[-1]):
            whole[-1] += f" {piece}"
        elif piece:
            whole.append(piece)
    return whole


def summary_of(product: Product, limit: int = 420) -> str:
    """What the product is, in the shop's words: whole sentences, at most `limit`."""
    short, long = plain(product.short_description), plain(product.description)
    chosen: list[str] = []
    for sentence in [*sentences_of(short), *sentences_of(long)]:
        if sentence in chosen:
            continue
        if len(" ".join([*chosen, sentence])) > limit:
            break
        chosen.append(sentence)
    text = " ".join(chosen) or shorten(short or long, limit)
    return text if not text or text[-1] in ".!?…" else f"{text}."


def label_of(attribute: str) -> str:
    """An attribute's name as prose has it: "dishwasherSafe" is "dishwasher safe"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", attribute)
    words = re.sub(r"[_\s-]+", " ", words).strip()
    return words if words.isupper() else words.lower()
