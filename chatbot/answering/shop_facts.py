"""Answers from the text the merchant wrote about the shop: its own sentences, or none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chatbot import words
from chatbot.answering.phrasing import sentences_of
from chatbot.answering.word_lists import FILLING
from commerce.mapping.text import one_line

MAX_SENTENCES = 3
MAX_CHARACTERS = 500
MAX_HEADING = 60

_BULLET = re.compile(r"^\s*(?:[-*•–—·]|\d{1,2}[.)])\s+")
_MARKUP = re.compile(r"^#{1,6}\s*|\*\*|__")
_AMOUNT = r"\d|\bfree\b"
_TIME = r"\b(?:days?|weeks?|hours?|months?|same day|next day|tomorrow|noon)\b"


@dataclass(frozen=True)
class Topic:
    """A subject shoppers ask shops about.

    asked: what a question about it says. told: what a sentence about it says.
    """

    name: str
    asked: re.Pattern[str]
    told: re.Pattern[str]


def _topic(name: str, asked: str, told: str = "") -> Topic:
    return Topic(name, re.compile(asked), re.compile(told or asked))


TOPICS = (
    _topic(
        "returns",
        r"\breturns?\b(?! to)|\brefund\w*|\bexchang(?:e|es|ed|ing)\b|\bmoney back\b|"
        r"\bsen[dt] .{0,30}\bback\b|\bbring .{0,30}\bback\b|\breturn(?:ed|ing) (?:it|an?)\b|"
        r"\bchange my mind\b|\bdoesn't fit\b|\breturn (?:policy|label)",
        r"\breturn|\brefund|\bexchang|\bsen[dt] .{0,30}\bback\b|\bmoney back\b|\bkeep it\b",
    ),
    _topic(
        "shipping",
        r"\bshipping\b|\bship(?:s|ped)?\b(?! with)|\bdeliver(?:y|ies|ed|s)?\b|\bpostage\b|"
        r"\bcourier\b|\bpick[ -]?up\b|\bdispatch|\bhow (?:long|soon|fast) .*"
        r"\b(?:arrive|take|get (?:here|it))\b|\bexpress\b|\bcustoms\b",
        r"\bship|\bdeliver|\bpostage\b|\bcourier\b|\bpick(?:ed)?[ -]?up\b|\bdispatch|"
        r"\barriv|\bexpress\b|\bcustoms\b|\bstandard\b|\btracking\b|\bparcel|\bleaves?\b",
    ),
    _topic(
        "hours",
        r"\b(?:opening|business|store|shop) (?:hours|times?)\b|\b(?:are|is) (?:you|the shop|"
        r"the store) (?:still )?(?:open|closed)\b|\bopen (?:on|today|tomorrow|now|until|"
        r"till|at)\b|\bwhen (?:do|are|does) .*\b(?:open|close)\b|\bwhat (?:time|hours)\b|"
        r"\bopening\b(?! for)",
        r"\bopen(?:s|ing)?\b|\bclos(?:e|ed|es)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|"
        r"\d ?(?:am|pm)\b|\bhours\b|\d{1,2}:\d\d",
    ),
    _topic(
        "place",
        r"\bwhere (?:are you|is (?:your|the) (?:shop|store)|(?:can|do) i find you)\b|"
        r"\b(?:your|the) (?:address|location)\b|\bvisit\b|\bshowroom\b|"
        r"\bphysical (?:shop|store)\b|\blocated\b|\bparking\b",
        r"\bstreet\b|\broad\b|\bavenue\b|\baddress\b|\bvisit\b|\bshowroom\b|\blocated\b|"
        r"\bparking\b|\bfind us\b|\bwarehouse\b",
    ),
    _topic(
        "payment",
        r"\bpay(?:ment|ing)?s?\b|\bcredit cards?\b|\bpaypal\b|\bklarna\b|\bapple pay\b|"
        r"\binvoice\b|\binstal\w+|\bgift ?cards?\b|\bvouchers?\b|\bcoupons?\b|"
        r"\bdiscount codes?\b",
        r"\bpay|\bcards?\b|\bpaypal\b|\bklarna\b|\binvoice|\binstal|\bvoucher|\bcoupon|"
        r"\bcodes?\b",
    ),
    _topic(
        "warranty",
        r"\bwarrant(?:y|ies)\b|\bguarantee[ds]?\b|\brepair(?:s|ed|ing)?\b|\bbroken\b|"
        r"\bdamaged\b|\bdefect\w*|\bfaulty\b|\bspare parts?\b",
        r"\bwarrant|\bguarantee|\brepair|\bmends?\b|\bbroken?\b|\bdamaged\b|\bdefect|"
        r"\bfaulty\b|\bspare parts?\b|\bworkshop\b",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A sentence of the merchant's text, under the heading it stands below."""

    text: str
    heading: str


def topics_in(text: str) -> list[Topic]:
    """Return what a folded question asks about the shop itself."""
    return [topic for topic in TOPICS if topic.asked.search(text)]


def facts_of(shop_facts: str) -> list[Fact]:
    """Cut the merchant's text into sentences; short lines without an end are headings."""
    facts: list[Fact] = []
    heading = ""
    for line in shop_facts.splitlines():
        text = one_line(_MARKUP.sub("", line))
        if not text:
            continue
        is_bullet = bool(_BULLET.match(text))
        text = _BULLET.sub("", text)
        is_heading = len(text) <= MAX_HEADING and (
            text.endswith(":") or line.lstrip().startswith("#")
        )
        if is_heading or (
            not is_bullet and len(text.split()) <= 4 and text[-1] not in ".!?"
            and not re.search(r"\d", text)
        ):  # fmt: skip
            heading = text.rstrip(":")
            continue
        facts += [Fact(sentence, heading) for sentence in sentences_of(text)]
    return facts


def answer_topics(shop_facts: str, question: str, topics: list[Topic]) -> str:
    """Return the sentences that answer a folded question about `topics`, or ""."""
    if is_general(question, topics) and (section := section_about(shop_facts, topics)):
        return section
    scored = []
    facts = [
        (place, fact, is_told)
        for place, fact in enumerate(facts_of(shop_facts))
        if (is_told := any(t.told.search(fact.text.casefold()) for t in topics))
        or any(t.told.search(fact.heading.casefold()) for t in topics)
    ]
    told = [content_stems(fact.text) for _, fact, _ in facts]
    asked = content_stems(question)
    for (place, fact, is_told), has in zip(facts, told, strict=True):
        # A word of few sentences tells more than one that all of them have.
        score = sum(rarity(word, told) for word in asked & has)
        score += 0.5 * is_told + shape_score(question, fact.text.casefold())
        scored.append((score, place, fact.text))
    return chosen(scored)


def is_general(question: str, topics: list[Topic]) -> bool:
    """Whether a topic is all that is named: "What is your return policy?"."""
    if re.search(r"\bhow\b|\bwhen\b|\bwhere\b|^(?:do|does|can|is|are)\b", question):
        return False
    rest = content_stems(question) - content_stems("policy policies rules information")
    return len(rest) == 1 and any(t.told.search(word) for word in rest for t in topics)


def section_about(shop_facts: str, topics: list[Topic]) -> str:
    """The beginning of the section whose heading names a topic, or ""."""
    facts = [
        (1.0, place, fact.text)
        for place, fact in enumerate(facts_of(shop_facts))
        if any(t.told.search(fact.heading.casefold()) for t in topics)
    ]
    return chosen(facts)


def rarity(word: str, texts: list[set[str]]) -> float:
    """1 for a word that one of many texts has, near 0 for one that all have."""
    having = sum(word in text for text in texts)
    return 3.0 * (1 - (having - 1) / len(texts))


def answer_wording(shop_facts: str, question: str) -> str:
    """Return the sentence that has every telling word of the question, or ""."""
    asked = content_stems(question)
    if not asked:
        return ""
    scored = [
        (float(len(asked)), place, fact.text)
        for place, fact in enumerate(facts_of(shop_facts))
        if asked <= content_stems(f"{fact.heading} {fact.text}")
    ]
    return chosen(scored[:1])


def shape_score(question: str, sentence: str) -> float:
    """Prefer an amount to "how much", a time to "how long", a place to "to Canada"."""
    score = 0.0
    if re.search(r"\bhow much\b|\bcosts?\b|\bfree\b|\bprice\b|\bfee\b", question):
        score += 1.5 * bool(re.search(r"[$€£¥]|\bfree\b|\bcosts?\b", sentence))
    if re.search(r"\bhow (?:long|soon|fast|many days)\b|\bwhen\b", question):
        score += 1.5 * bool(re.search(_AMOUNT, sentence) and re.search(_TIME, sentence))
    if re.search(r"\b(?:to|in|within|outside|abroad|international)", question):
        score += 1.0 * bool(re.search(r"\bwithin\b|\binternational|\bworldwide\b|"
                                      r"\bcountr(?:y|ies)\b|\bship to\b", sentence))  # fmt: skip
    return score


def chosen(scored: list[tuple[float, int, str]]) -> str:
    """The best sentences in the merchant's order, as many as are worth reading."""
    if not scored:
        return ""
    best = max(score for score, _, _ in scored)
    kept = [row for row in scored if row[0] >= 0.7 * best]
    kept = sorted(kept, key=lambda row: (-row[0], row[1]))[:MAX_SENTENCES]
    text = ""
    for _, _, sentence in sorted(kept, key=lambda row: row[1]):
        if text and len(text) + len(sentence) > MAX_CHARACTERS:
            break
        sentence = sentence if sentence[-1] in ".!?…:" else f"{sentence}."
        text = f"{text} {sentence}".strip()
    return text


def content_stems(text: str) -> set[str]:
    """The telling words of a text, stemmed as English."""
    cut = [
        word
        for word in words.cut(text)
        if word not in FILLING and (len(word) > 1 or word.isdigit())
    ]
    return {stem for stem in words.stems_of(cut, "english_stem").values() if stem}
