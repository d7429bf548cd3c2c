"""From text to the words of the index: cut, fold, stem, number.

Documents and questions go the same way. Cutting and folding are pure; stems and stop
words are PostgreSQL's, by the language of the store.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from django.db import connection

from chatbot.models.search import TERM_SPACE

# Another way of cutting needs another number: documents cut the old way are made anew.
VERSION = 2
MAX_WORD = 60
CATEGORY = "category:"
NO_STOP_WORDS = frozenset({"down"})  # what jackets are filled with
MAX_PARTS = 6  # of a compound that is also found in one piece

# ISO 639-1 -> PostgreSQL's stemming dictionary (`\dFd`), of the server's own.
STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}

# Written without blanks: cut into pairs of characters.
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(r"[^\W_]+(?:[-./'’‐‑–&+][^\W_]+)*")
_PART = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]+\Z")
_POSSESSIVE = re.compile(r"['’]s?\Z")
_NUMBER = re.compile(r"\d+(?:\.\d+)?\Z")
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)([a-z]{1,4})\Z")
_UNIT = re.compile(
    r"(?:[kmgt]b|[kmg]?hz|[mck]?m|[mk]?g|[mc]?l|k?w|k?v|m?ah|wh|lm|pcs?|ft|in|inch|oz|"
    r"lbs?|mp|p|k|db)\Z"
)
# Letters NFKD leaves alone.
_FOLDED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
_stems: dict[str, dict[str, str]] = {}
_MAX_STEMS = 200_000


def stemmer_of(language: str) -> str:
    """Return PostgreSQL's dictionary for a language tag ("de-AT"), else "simple"."""
    name = STEMMERS.get(language.lower().replace("_", "-").split("-")[0])
    return f"{name}_stem" if name else "simple"


def analysis_of(language: str) -> str:
    """Name how words are cut, so that documents cut otherwise can be found."""
    return f"{VERSION}:{stemmer_of(language)}"


def fold(text: str) -> str:
    """Return `text` in lower case without accents ("Café" is "cafe").

    Only Latin and Greek letters lose their marks: elsewhere a mark is a letter.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isascii():
        return text
    kept: list[str] = []
    for character in unicodedata.normalize("NFD", text.replace("ё", "е")):
        if unicodedata.combining(character) and kept and kept[-1] < "\u0400":
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_FOLDED)


def cut(text: str) -> list[str]:
    """Return the words of `text`, folded, in order, repeated as often as they stand.

    A compound gives its parts and itself in one piece: "dv7-1211ea" is dv7, 1211ea and
    dv71211ea, "wi-fi" also wifi. An amount is found however it is written: "500 GB" and
    "500GB" both give 500, gb, 500gb.
    """
    words: list[str] = []
    for run in _RUN.findall(fold(text)):
        words += cut_run(run)
    joined = {
        left + right
        for left, right in pairwise(words)
        if _NUMBER.match(left) and _UNIT.match(right)
    }
    words += joined.difference(words)
    return [word[:MAX_WORD] for word in words]


@lru_cache(100_000)  # a catalogue says the same words again and again
def cut_run(run: str) -> tuple[str, ...]:
    """Return the words of one run of letters, digits and what joins them."""
    run = _POSSESSIVE.sub("", run)
    if _NUMBER.match(run):
        return (run,)
    parts = [part for piece in _PART.findall(run) for part in cut_part(piece)]
    if 1 < len(parts) <= MAX_PARTS and not run.isalnum():
        parts.append("".join(character for character in run if character.isalnum()))
    return tuple(parts)


def cut_part(part: str) -> list[str]:
    if _UNSPACED_RUN.match(part):
        return [part[i : i + 2] for i in range(max(len(part) - 1, 1))]
    if (amount := _AMOUNT.match(part)) and _UNIT.match(amount[2]):
        return [amount[1], amount[2], part]
    return [part]


def stems_of(words: Iterable[str], stemmer: str) -> dict[str, str]:
    """Return {word: stem}; stop words have the stem "".

    Words with a digit are nobody's plural and stay as they are. One query at most, none
    for words seen before.
    """
    known = _stems.setdefault(stemmer, {})
    if len(known) > _MAX_STEMS:
        known.clear()
    wanted = set(words)
    unknown = [word for word in wanted if word not in known and word.isalpha()]
    if unknown:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word, ts_lexize(%s::regdictionary, word)"
                " FROM unnest(%s::text[]) AS word",
                [stemmer, unknown],
            )
            known.update(
                (word, stem_of(word, lexemes)) for word, lexemes in cursor.fetchall()
            )
    return {word: known.get(word, word) for word in wanted}


def stem_of(word: str, lexemes: list[str] | None) -> str:
    """Read ts_lexize: a list of one, an empty one for stop words, null for unknown."""
    if lexemes:
        return lexemes[0]
    return "" if lexemes == [] and word not in NO_STOP_WORDS else word


def category_word(stems: Iterable[str]) -> str:
    """Return what stands for a whole category among the words: found by its name."""
    return f"{CATEGORY}{' '.join(sorted(set(stems)))}"[:MAX_WORD]


def term_id(store_id: int, word: str) -> int:
    """Return the number of a store's word, the same in every process."""
    digest = blake2b(f"{store_id}:{word}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % TERM_SPACE
