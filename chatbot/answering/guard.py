"""Lets no price and no link through that is not among the facts, however it is cut.

A model writes in pieces. What might become a price or a link is held back until it is
whole, and then either known or replaced; everything else goes on at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from commerce.mapping.money import CURRENCIES, SYMBOLS

PRICE_REPLACED = "the price shown below"
PRICE_UNKNOWN = "a price I can’t confirm"
UNVERIFIED_PRICE, UNVERIFIED_LINK = "unverified_price", "unverified_link"
MAX_HELD = 400  # characters; nothing true is that long in one piece

_WORDS = (
    "dollars?|bucks?|cents?|pence|pounds?|quid|euros?|francs?|crowns?|krona|kronor|"
    "kroner|usd|eur|gbp|cad|aud|nzd|chf|sek|nok|dkk|pln|czk|inr|jpy|yen|yuan|rupees?|rubles?|zloty|pesos?|reais|real|lira|won|dirhams?|grand"
)
_COUNTED = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    "fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|"
    "sixty|seventy|eighty|ninety|hundred|thousand|million"
)
_MARKS = "".join(
    sorted({c for mark in SYMBOLS for c in mark if unicodedata.category(c) == "Sc"})
    + ["¢"]
)
# Codes that are words as well: "ALL 5 sizes", "TOP 10".
_WORDS_TOO = {"ALL", "TOP", "TRY", "CUP", "GEL", "MOP", "PEN", "SOS", "MAD", "BAM"}
_CODES = "|".join(sorted(CURRENCIES - _WORDS_TOO))
# Never a part of a longer number.
_NUMBER = r"\d+(?:[.,'’]\d+|[\u00a0\u202f ]\d{3}(?!\d))*(?![.,]?\d)"
# What a bare number counts when it is no price.
_UNITS = (
    r"\s?(?:%|°|x\b|×|-?(?:[kmg]?g|lbs?|oz|[mck]?m|in|inch(?:es)?|ft|feet|foot|[mc]?l|"
    r"k?wh?|v|m?ah|[mgk]?hz|[mgt]b|lm|lumens?|watts?|h|hrs?|hours?|min(?:ute)?s?|days?|"
    r"weeks?|months?|years?|people|persons?|left|sizes?|colou?rs?|units?|pieces?|items?|"
    r"pairs?|sets?|sachets?|cups?|stars?|(?:centi|milli|kilo)?(?:met(?:er|re)|lit(?:er|re)|"
    r"gram|byte)s?|gallons?|degrees?|functions?|pages?|layers?|seasons?)\b)"
)
# A number with its currency before or behind it, or one that only a price looks like.
_PRICE = re.compile(
    rf"(?:(?:US|AU|CA|NZ|HK|[ACSR])?[{_MARKS}]|\b(?:{_CODES}|Rs\.?|kr\.?)(?=[\s\d]))\s?"
    rf"(?P<a>{_NUMBER})(?P<thousand>\s?[kK]\b)?(?:[.,]?-{{1,2}}(?!\w))?"
    rf"(?:\s?(?:{_CODES})\b|\s?[{_MARKS}](?!\s?\d))?"
    rf"|(?<![\w.,])(?P<b>{_NUMBER})(?:[.,]?-{{1,2}})?\s?(?:[{_MARKS}]|"
    rf"(?:{_CODES}|Kč|zł|kr|Ft|lei|лв|руб)\b|"
    rf"(?i:(?:US |American |Canadian |Australian )?(?:{_WORDS})\b))"
    rf"|(?<![\w.,])(?P<c>(?:\d{{1,3}}(?:[,.' ]\d{{3}})+|\d+)[.,]\d\d)(?![\w]|[.,]\d|(?i:{_UNITS}))"
    r"|(?i:\b(?:costs?|pay|priced at|prices? (?:is|of|at|was)|(?:sells?|yours|going) for|"
    r"for only|just at|down to|now at|reduced to|discounted to)\s(?:only |just |about )?)"
    rf"(?P<d>\d[\d,.]*\d|\d)(?![\w%]|[.,]\d|(?i:{_UNITS}))"
    rf"(?:\s?(?:[{_MARKS}]|(?:{_CODES})\b|(?i:(?:{_WORDS})\b)))?"
)
_SPELT = re.compile(
    rf"\b(?:(?:{_COUNTED}|a|and)[\s-]+)*(?:{_COUNTED})[\s-]+(?:US |American )?(?:{_WORDS})\b",
    re.IGNORECASE,
)
_SHARE_OFF = re.compile(
    r"\b(\d{1,3}(?:[.,]\d+)?)\s?(?:%|percent|per cent)\s(?:off|discount|less|cheaper|reduction)\b",
    re.IGNORECASE,
)
_TLD = (
    "com|net|org|info|biz|shop|store|online|site|app|dev|io|co|me|xyz|top|club|link|ly|gg|"
    "cc|ws|eu|uk|de|fr|es|it|nl|be|at|ch|se|no|dk|fi|pl|cz|pt|ru|us|ca|au|nz|cn|jp|in|br|"
    "example|test|click|live|page|to|tk|ml|zip|mov"
)
_LINK = re.compile(
    r"!?\[(?P<label>[^\]\n]{0,200})\]\(\s*(?P<target>[^)\s]*)[^)\n]{0,100}\)"
    r"|<(?P<angle>[a-z][\w+.-]*:[^>\s]*)>"
    r"|\b(?P<url>(?:[a-z][a-z0-9+.-]{1,20}:/{1,}|(?:javascript|data|mailto|tel|sms|vbscript|file|blob):)[^\s<>\"“”]+)"
    rf"|(?<![\w@.-])(?P<bare>(?:[\w-]+\.)+(?:{_TLD})(?![\w-])(?::\d+)?(?:[/?#][^\s<>\"“”]*)?)"
    r"|(?P<mail>[\w.+'-]+@[\w.-]+\.[a-z]{2,})",
    re.IGNORECASE,
)
_WORD_BEGUN = re.compile(r"[\w.+'-]+\Z")
_TAIL = ".,;:!?)]}'’*_"

# What may be the beginning of any of these.
_RISKY = re.compile(rf"[\d{_MARKS}@:/\[\]()<%.]")
_LEADS = frozenset(
    ["http", "https", "www", "javascript", "mailto", "data", "tel", "rs", "kr"]
    + _COUNTED.split("|")
    + ["cost", "costs", "pay", "priced", "price", "sells", "sell", "yours", "for", "only",
       "down", "reduced", "discounted", "available", "offered", "going", "now"]
)  # fmt: skip
_CODE_PREFIXES = frozenset(
    code[:n] for code in [*CURRENCIES, "US", "CA", "AU"] for n in range(1, 4)
)
_LEAD_PREFIXES = frozenset(lead[:n] for lead in _LEADS for n in range(1, len(lead) + 1))
_TRAILS = frozenset(
    re.sub(r"\?", "", f"{_WORDS}|dollar|euro|pound|buck|cent|us|american|off|discount|less|"
           "cheaper|reduction|percent|per|is|of|at|to|for|kč|zł|ft|lei|лв|руб|a|and").split("|")
) | _LEADS  # fmt: skip
_TRAIL_PREFIXES = frozenset(w[:n] for w in _TRAILS for n in range(1, len(w) + 1))
_WORD = re.compile(r"\S+\s*|\s+")


class Guard:
    """Passes a text on piece by piece, without what is not among the facts.

    amounts: every price that may be stated. links: every address that may be.
    shares: every discount in per cent that may be. limits: amounts the shopper named,
    which may be repeated behind "under", "over" and the like, never as a price.
    """

    def __init__(
        self,
        amounts: Iterable[Decimal] = (),
        links: Iterable[str] = (),
        limits: Iterable[Decimal] = (),
    ) -> None:
        self.amounts = set(amounts)
        self.links = {plain_link(link) for link in links if link}
        self.shares: set[Decimal] = set()
        self.limits = set(limits)
        self.has_cards = False
        self.removed: list[str] = []  # codes, for the merchant and the log
        self._held = ""
        self._before = ""

    def feed(self, piece: str) -> str:
        """Take the next piece; return what may be shown by now."""
        self._held += piece
        if len(self._held) > MAX_HELD:
            return self.flush()
        cut = safe_length(self._held)
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._release(ready)

    def flush(self) -> str:
        """Return what is left; the text is at its end."""
        ready, self._held = self._held, ""
        return self._release(ready)

    def _release(self, text: str) -> str:
        if not text:
            return ""
        begun, rest = self._finish_word(text)
        shown = begun + self.check(rest)
        self._before = (self._before + shown)[-80:]
        return shown

    def _finish_word(self, text: str) -> tuple[str, str]:
        """Judge a link whose first letters have been shown: "evil", then ".com"."""
        match = _WORD_BEGUN.search(self._before)
        first = text.split(maxsplit=1)[0] if not text[0].isspace() else ""
        if not match or not first:
            return "", text
        link = _LINK.match(match[0] + first)
        if link is None or link.end() <= len(match[0]):
            return "", text
        end = link.end() - len(match[0])
        if plain_link(link[0].rstrip(_TAIL)) in self.links:
            return text[:end], text[end:]
        self._remove(UNVERIFIED_LINK)
        return "", text[end:]

    def check(self, text: str) -> str:
        """Return `text` with every unknown link and price replaced."""
        text = text.replace("**", "").replace("`", "")
        text = _LINK.sub(self._check_link, text)
        text = _SHARE_OFF.sub(self._check_share, text)
        text = _SPELT.sub(self._replace_price, text)
        return _PRICE.sub(self._check_price, text)

    def _check_link(self, match: re.Match[str]) -> str:
        if match["label"] is not None:
            label = self.check(match["label"])
            known = plain_link(match["target"]) in self.links
            if not known:
                self._remove(UNVERIFIED_LINK)
            return f"{label} ({match['target']})" if known else label
        written = match[0].strip("<>")
        target = written.rstrip(_TAIL)
        if plain_link(target) in self.links:
            return written
        self._remove(UNVERIFIED_LINK)
        return written[len(target) :]

    def _check_share(self, match: re.Match[str]) -> str:
        if (share := amount_of(match[1])) is not None and share in self.shares:
            return match[0]
        self._remove(UNVERIFIED_PRICE)
        return "reduced"

    def _check_price(self, match: re.Match[str]) -> str:
        values = readings_of(number_of(match))
        if match["thousand"]:
            values = {value * 1000 for value in values}
        if values & self.amounts:
            return match[0]
        before = (self._before + match.string[: match.start()])[-40:]
        if values & self.limits and _LIMITING.search(before):
            return match[0]
        lead = match[0][: match.start("d") - match.start()] if match["d"] else ""
        return lead + self._replace_price(match)

    def _replace_price(self, match: re.Match[str]) -> str:
        self._remove(UNVERIFIED_PRICE)
        return PRICE_REPLACED if self.has_cards else PRICE_UNKNOWN

    def _remove(self, code: str) -> None:
        if code not in self.removed:
            self.removed.append(code)


_LIMITING = re.compile(
    r"\b(?:under|below|over|above|than|up to|at most|at least|within|budget of|between|"
    r"and|around|about|max(?:imum)?(?: of)?|min(?:imum)?(?: of)?)\s*(?:your )?(?:budget )?(?:of )?$",
    re.IGNORECASE,
)


def safe_length(text: str) -> int:
    """How much of `text` may be judged now: the rest might become a price or a link.

    From the end back, words that may belong to one are held, beginning with the first
    that one can begin with.
    """
    words = [match[0] for match in _WORD.finditer(text)]
    first = len(words)
    while first and is_held(words, first - 1):
        first -= 1
    for place in range(first, len(words)):
        if may_begin(words[place].strip(), is_last=is_open(words, place)):
            return len("".join(words[:place]))
    return len(text)


def is_open(words: list[str], place: int) -> bool:
    """Whether more letters of this word may come."""
    return place == len(words) - 1 and not words[place][-1].isspace()


def is_held(words: list[str], place: int) -> bool:
    """Whether this word may go on with a price or link; behind a number any begun may:
    "5.25 inc" is no price, "5.25 eur" is one.
    """
    is_last = is_open(words, place)
    if is_last and place and re.search(r"\d\s*\Z", words[place - 1]):
        return True
    return may_belong(words[place].strip(), is_last=is_last)


def may_begin(word: str, *, is_last: bool) -> bool:
    """Whether a price or a link may begin with this word."""
    if _RISKY.search(word if is_last else word.rstrip(".,:;!?")):
        return True
    bare = word.strip("\"'“”‘’(*_")
    return bool(bare) and (
        bare in _CODE_PREFIXES
        or is_among(bare.casefold(), _LEADS, _LEAD_PREFIXES, is_last=is_last)
    )


def may_belong(word: str, *, is_last: bool) -> bool:
    """Whether this word may go on with a price or a link that has begun."""
    bare = word.strip(".,:;!?\"'“”‘’()*_")
    if not bare or bare in _CODE_PREFIXES or _RISKY.search(word):
        return True
    return is_among(bare.casefold(), _TRAILS, _TRAIL_PREFIXES, is_last=is_last)


def is_among(
    word: str, whole: frozenset[str], begun: frozenset[str], *, is_last: bool
) -> bool:
    """Whether a word, or each part of "twenty-five", is known; the last may be begun."""
    *parts, last = word.split("-")
    if any(part not in whole for part in parts):
        return False
    return last in whole or (is_last and (last in begun or not last))


def number_of(match: re.Match[str]) -> str:
    """The digits of a price that was found."""
    return next(match[name] for name in ("a", "b", "c", "d") if match[name] is not None)


def readings_of(number: str) -> set[Decimal]:
    """The amounts a written number may stand for: "1.299" is 1299 or 1.299.

    Of two kinds of separators the last one is the decimal one; a lone one before other
    than three digits is decimal, and one that repeats never is.
    """
    digits = re.sub(r"[\s'’\u00a0\u202f]", "", number)
    marks = [mark for mark in digits if mark in ".,"]
    whole = amount_of(re.sub("[.,]", "", digits))
    if not marks:
        return {whole} if whole is not None else set()
    decimal = amount_of(
        re.sub("[.,]", "", digits[: digits.rfind(marks[-1])])
        + "."
        + digits[digits.rfind(marks[-1]) + 1 :]
    )
    is_thousands = len(digits) - digits.rfind(marks[-1]) == 4
    if len(marks) > 1 and len(set(marks)) == 1:
        found = {whole}
    elif len(marks) == 1 and is_thousands:
        found = {whole, decimal}
    else:
        found = {decimal}
    return {value for value in found if value is not None}


def amount_of(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def plain_link(address: str) -> str:
    """An address without what makes no difference: case of the host, a last slash."""
    address = address.strip().rstrip("/")
    if "@" in address and "//" not in address:
        return address.casefold().removeprefix("mailto:")
    parts = urlsplit(address if "//" in address else f"//{address}")
    host = parts.netloc.casefold().removeprefix("www.")
    path = parts.path.rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{path}{query}"


def amounts_in(text: str) -> set[Decimal]:
    """Every amount of money a text names."""
    found: set[Decimal] = set()
    for match in _PRICE.finditer(text):
        found |= readings_of(number_of(match))
    return found


def numbers_in(text: str) -> set[Decimal]:
    """Every number of a text, whatever it counts."""
    found: set[Decimal] = set()
    for match in re.finditer(_NUMBER, text):
        found |= readings_of(match[0])
    return found


def links_in(text: str) -> set[str]:
    """Every address a text names."""
    found = set()
    for match in _LINK.finditer(text):
        target = match["target"] or match["angle"] or match[0]
        found.add(target.rstrip(_TAIL))
    return found
