"""What a question asks beside its words: price, stock, sale, order.

"Do you have waterproof boots under $150 in stock?" is the words "waterproof boots", a
highest price of 150 dollars, and only what is in stock. What is not certainly a limit
stays a word: "4K under cabinet", "tent under 2 kg", "over ear headphones".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from commerce.mapping.money import money_text
from commerce.models import Product, StockStatus

# What a shopper writes -> the ISO 4217 codes it may mean.
CODES = (
    "USD EUR GBP CAD AUD NZD CHF JPY CNY INR SEK NOK DKK PLN CZK HUF RON BGN TRY BRL MXN "
    "ZAR SGD HKD KRW AED SAR ILS THB"
)
DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN")
CURRENCIES: dict[str, tuple[str, ...]] = {
    "$": DOLLARS,
    "us$": ("USD",),
    "c$": ("CAD",),
    "a$": ("AUD",),
    "dollar": DOLLARS,
    "dollars": DOLLARS,
    "buck": DOLLARS,
    "bucks": DOLLARS,
    "€": ("EUR",),
    "euro": ("EUR",),
    "euros": ("EUR",),
    "£": ("GBP",),
    "pound": ("GBP",),
    "pounds": ("GBP",),
    "quid": ("GBP",),
    "¥": ("JPY", "CNY"),
    "yen": ("JPY",),
    "yuan": ("CNY",),
    "₹": ("INR",),
    "rupees": ("INR",),
    "rs": ("INR", "PKR"),
    "kr": ("SEK", "NOK", "DKK"),
    "zł": ("PLN",),
    "zl": ("PLN",),
    "fr": ("CHF",),
    "r$": ("BRL",),
    "₺": ("TRY",),
    "₩": ("KRW",),
    "kč": ("CZK",),
    "lei": ("RON",),
} | {code.lower(): (code,) for code in CODES.split()}

_MARK = "|".join(
    re.escape(mark) + (r"(?![^\W\d_])" if mark[-1].isalpha() else "")
    for mark in sorted(CURRENCIES, key=len, reverse=True)
)
_NUMBER = (
    r"\d{1,3}(?:[ ,.']\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?![\d.,]*\d)"
)


def _money(group: str) -> str:
    """A pattern for an amount with its currency before or after it, if any."""
    return (
        rf"(?:(?P<{group}b>{_MARK})\s?)?(?P<{group}n>{_NUMBER})(?P<{group}k>k\b)?"
        rf"(?:\s?(?P<{group}a>{_MARK}))?"
    )


MONEY, OTHER = _money("x"), _money("y")

_BELOW = (
    r"under|below|beneath|less than|lower than|cheaper than|no more than|not more than|"
    r"not over|at most|up to|upto|within|max(?:imum)?(?: of)?|<=?|"
    r"(?:a |my )?budget(?: is| of)?|(?:for )?max\.?|"
    r"unter|bis(?: zu)?|höchstens|maximal|weniger als|moins de|jusqu'à|maximum|"
    r"menos de|por debajo de|hasta|meno di|sotto(?: i)?|fino a|onder(?: de)?|"
    r"minder dan|hoogstens|abaixo de|até"
)
_ABOVE = (
    r"over|above|more than|higher than|at least|no less than|not less than|min(?:imum)?"
    r"(?: of)?|starting (?:at|from)|>=?|from|"
    r"über|mehr als|mindestens|ab|plus de|au moins|más de|al menos|più di|almeno|oltre|"
    r"boven|meer dan|minstens|acima de|mais de|pelo menos"
)
_PRICED = r"(?:priced? |prices? |cost(?:s|ing)? |for )?"

BETWEEN = re.compile(
    rf"\b{_PRICED}(?:between|from|in the range(?: of)?|zwischen|von|entre|"
    rf"tra|tussen|van|de) {MONEY}\s?(?:and|to|-|–|—|und|bis|et|à|y|a|e|en|tot|até)"
    rf"\s?{OTHER}"
)
RANGE = re.compile(rf"(?<![\w-]){MONEY}\s?(?:-|–|—|to)\s?{OTHER}")
BELOW = re.compile(rf"(?<!\w){_PRICED}(?:{_BELOW}) ?{MONEY}")
ABOVE = re.compile(rf"(?<!\w){_PRICED}(?:{_ABOVE}) ?{MONEY}")
OR_LESS = re.compile(
    rf"(?<![\w-]){MONEY}\s?(?P<word>or less|or under|or below|or cheaper|max(?:imum)?|"
    r"tops|or more|or over|or above|and up|\+)(?!\w)"
)
ABOUT = re.compile(
    rf"(?<!\w){_PRICED}(?:around|about|roughly|approximately|circa|~) ?{MONEY}"
)

# A number without a currency is a price only where nothing follows that it counts.
_ENDS = re.compile(
    r"\s*(?:$|[?.!,;:)]|(?:and|or|in|with|for|please|that|which|if|but|from|on|to|as|"
    r"available|shipped|delivered|ideally|preferably|"
    r"und|oder|mit|für|auf|et|ou|avec|pour|y|con|para|e|per|en|met|voor|op|com)\b)"
)
# ... and nothing precedes that is counted in years, sizes or so.
_NOT_PRICED = re.compile(
    r"\b(?:age[sd]?|aged|kids?|child(?:ren)?|bab(?:y|ies)|toddlers?|years?|sizes?|"
    r"weigh(?:s|ing|t)?|wattage|watts?|lumens?|length|width|height|diameter|volume|"
    r"capacity|temperatures?|temps?|degrees?|rated|seats|sleeps|people|persons?)\s*$"
)

IN_STOCK = re.compile(
    r"(?<!not )\b(?:that (?:is|are) |which (?:is|are) |currently |still |now )?"
    r"(?:in[ -]stock|available (?:now|today|right now|immediately)|currently available|"
    r"ready to ship|on hand)(?: right now| now| today| currently)?\b(?! or)|"
    r"\b(?:auf lager|vorrätig|sofort lieferbar|en stock|en existencia|in magazzino|"
    r"op voorraad|em estoque)\b"
)
ON_SALE = re.compile(
    r"\b(?:that (?:is|are) |currently )?(?:on sale|in the sale|discounted|reduced in price|"
    r"on special(?: offer)?|on offer|with a discount)\b"
)
CHEAPEST = re.compile(
    r"\b(?:your |the )?(?:cheapest|least expensive|lowest[ -]priced?|most affordable)\b|"
    r"\b(?:sort(?:ed)? by )?price(?:s)?:? (?:low to high|ascending)\b|"
    r"\b(?:günstigste|billigste|preiswerteste)[nrsm]?\b|\b(?:le |la |les )?moins "
    r"ch(?:er|ère)s?\b|\b(?:el |la )?(?:más|mais) barat[oa]s?\b|"
    r"\b(?:il |la )?(?:più economic[oa]|meno car[oa])\b|\bgoedkoopste\b"
)
DEAREST = re.compile(
    r"\b(?:your |the )?(?:most expensive|priciest|dearest|highest[ -]priced?)\b|"
    r"\b(?:sort(?:ed)? by )?price(?:s)?:? (?:high to low|descending)\b"
)
NEWEST = re.compile(
    r"\b(?:your |the )?(?:newest|latest|most recent|new arrivals?|new in|just in|"
    r"recently added|what(?:'|’)?s new)\b|\bneueste[nrsm]?\b|\bnieuwste\b|"
    r"\bles? plus récent[es]*\b|\bmás nuev[oa]s?\b|\bpiù recent[ei]\b"
)


class Sort(StrEnum):
    """In which order hits are wanted, when not the best first."""

    CHEAPEST = "price_low_to_high"
    DEAREST = "price_high_to_low"
    NEWEST = "newest"


@dataclass(frozen=True)
class Limits:
    """What a product has to be, as the question says. Money in major units.

    currencies: the ISO codes the price may be in; empty when none was named.
    """

    min_price: Decimal | None = None
    max_price: Decimal | None = None
    currencies: tuple[str, ...] = ()
    in_stock: bool = False
    on_sale: bool = False
    sort: Sort | None = None

    @property
    def has_price(self) -> bool:
        return self.min_price is not None or self.max_price is not None

    @property
    def is_limiting(self) -> bool:
        return self.has_price or self.in_stock or self.on_sale

    def allow(self, product: Product) -> bool:
        """Whether the product, as it is now, keeps to the limits."""
        price = product.current_price
        currency = product.currency or product.store.currency
        return (
            (self.min_price is None or (price is not None and price >= self.min_price))
            and (
                self.max_price is None
                or (price is not None and price <= self.max_price)
            )
            and (not self.currencies or currency in ("", *self.currencies))
            and (not self.in_stock or product.stock_status == StockStatus.IN_STOCK)
            and (not self.on_sale or is_on_sale(product))
        )

    def relaxed(self) -> Iterator[Limits]:
        """Yield the limits with one less each: sale, stock, price."""
        if self.on_sale:
            yield replace(self, on_sale=False)
        if self.in_stock:
            yield replace(self, in_stock=False)
        if self.has_price:
            yield replace(self, min_price=None, max_price=None, currencies=())

    def remarks(self, kept: Limits, currency: str) -> list[str]:
        """Say which of the limits are not in `kept`. currency: the store's, or ""."""
        said = []
        if self.has_price and not kept.has_price:
            if self.currencies and currency and currency not in self.currencies:
                said.append(
                    f"Prices here are in {currency}, so the price limit was left out."
                )
            else:
                said.append(
                    "Nothing that matches is in that price range; these are the "
                    "nearest matches at other prices."
                )
        if self.in_stock and not kept.in_stock:
            said.append("None of these is known to be in stock.")
        if self.on_sale and not kept.on_sale:
            said.append("Nothing that matches is on sale.")
        return said

    def shown(self) -> dict[str, object]:
        """Return the limits as JSON, absent ones left out."""
        shown: dict[str, object] = {}
        if self.min_price is not None:
            shown["min_price"] = money_text(self.min_price)
        if self.max_price is not None:
            shown["max_price"] = money_text(self.max_price)
        if len(self.currencies) == 1:
            shown["currency"] = self.currencies[0]
        if self.in_stock:
            shown["in_stock"] = True
        if self.on_sale:
            shown["on_sale"] = True
        if self.sort:
            shown["sort"] = str(self.sort)
        return shown


def is_on_sale(product: Product) -> bool:
    """Whether a shopper pays less than usual."""
    price = product.current_price
    usual = max(product.price or Decimal(0), product.regular_price or Decimal(0))
    return price is not None and price < usual


def read_limits(question: str) -> tuple[str, Limits]:
    """Return the question without its limits, and the limits."""
    text = re.sub(r"\s+", " ", question.lower().replace("’", "'")).strip()
    limits = Limits()
    text, limits = read_price(text, limits)
    for pattern, change in (
        (IN_STOCK, {"in_stock": True}),
        (ON_SALE, {"on_sale": True}),
        (CHEAPEST, {"sort": Sort.CHEAPEST}),
        (DEAREST, {"sort": Sort.DEAREST}),
        (NEWEST, {"sort": Sort.NEWEST}),
    ):
        text, count = pattern.subn(" ", text)
        if count:
            limits = replace(limits, **change)
    return " ".join(text.split()), limits


def read_price(text: str, limits: Limits) -> tuple[str, Limits]:
    """Take the price out of `text`: a range, or a lower and an upper bound."""
    for pattern in (BETWEEN, RANGE):
        for match in pattern.finditer(text):
            if found := range_of(match, text, is_named=pattern is BETWEEN):
                return cut_out(text, match), merged(limits, *found)
    for pattern in (OR_LESS, ABOUT, BELOW, ABOVE):
        for match in pattern.finditer(text):
            price = price_of(match, "x")
            if price is None or not is_price(match, text, price[1]):
                continue
            amount, currencies = price
            low, high = bounds_of(pattern, match, amount)
            text, limits = (
                cut_out(text, match),
                merged(limits, low, high, currencies),
            )
            break
    return text, limits


def bounds_of(
    pattern: re.Pattern[str], match: re.Match[str], amount: Decimal
) -> tuple[Decimal | None, Decimal | None]:
    """Return (lowest, highest) price a phrase means; "about" is a fifth either way."""
    if pattern is ABOUT:
        return amount * Decimal("0.8"), amount * Decimal("1.2")
    if pattern is OR_LESS:
        more = match["word"].endswith(("more", "over", "above", "up", "+"))
        return (amount, None) if more else (None, amount)
    return (None, amount) if pattern is BELOW else (amount, None)


def range_of(
    match: re.Match[str], text: str, *, is_named: bool
) -> tuple[Decimal, Decimal, tuple[str, ...]] | None:
    """Return (lowest, highest, currencies) of a range, whichever way round."""
    first, second = price_of(match, "x"), price_of(match, "y")
    if first is None or second is None:
        return None
    currencies = first[1] or second[1]
    # "20-30" alone is anything; "between 20 and 30" a price where nothing is counted.
    if not currencies and not (is_named and is_price(match, text, ())):
        return None
    low, high = sorted((first[0], second[0]))
    return low, high, currencies


def price_of(
    match: re.Match[str], group: str
) -> tuple[Decimal, tuple[str, ...]] | None:
    """Return (amount, currencies) of a money group; None for what is no amount."""
    mark = match[f"{group}b"] or match[f"{group}a"] or ""
    amount = amount_of(match[f"{group}n"])
    if amount is None:
        return None
    if match[f"{group}k"]:
        if not mark:
            return None  # 4k is a screen
        amount *= 1000
    return amount, CURRENCIES.get(mark, ())


def amount_of(text: str) -> Decimal | None:
    """Read "1,299.50", "1.299,50", "1 299", "49,5"; three digits are thousands."""
    digits = re.sub(r"[ ,.'](?=\d{3}(?!\d))", "", text).replace(",", ".")
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None


def is_price(match: re.Match[str], text: str, currencies: tuple[str, ...]) -> bool:
    """Whether a number is money: it has a currency, or counts nothing else."""
    if currencies:
        return True
    return bool(
        _ENDS.match(text, match.end())
        and not _NOT_PRICED.search(text, 0, match.start())
        or re.match(r"(?:priced?|prices?|costs?|costing|cheaper|.*budget)", match[0])
    )


def cut_out(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}".strip()


def merged(
    limits: Limits,
    low: Decimal | None,
    high: Decimal | None,
    currencies: tuple[str, ...],
) -> Limits:
    return replace(
        limits,
        min_price=limits.min_price if low is None else low,
        max_price=limits.max_price if high is None else high,
        currencies=currencies or limits.currencies,
    )
