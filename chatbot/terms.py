"""The words of a question that a store's catalogue knows, typos mended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from chatbot import words
from chatbot.bm25 import question_weight
from chatbot.candidates import Term, fetch
from chatbot.models import SearchIndex, SearchTerm

MAX_WORDS = 32
MAX_MENDED = 4  # unknown words of one question that are looked for
# A typo of one letter from so many letters on, of two from so many.
ONE_TYPO, TWO_TYPOS = 5, 7
MENDED_SHARE = 0.8  # what a guessed word weighs of a known one
# "head lamp" for "headlamp", "powerbank" for "power bank".
JOINED_SHARE = 0.8
# A model number weighs more than its rarity: who types one means it.
MODEL_SHARE = 1.5
_MODEL = re.compile(r"(?=.*\d)[^\W_]{5,}\Z")

_IN_CATEGORY = re.compile(
    r"(?:\b(?:in|from|under|of)(?: the| your)? )?(?P<name>[^,.?!]+?) "
    r"(?:category|section|department)\b|\bcategory:? (?P<named>[^,.?!]+)"
)


@dataclass(frozen=True)
class Category:
    """A category of the store that the question names."""

    id: int
    name: str
    # Asked for as such ("in the tents category"), not merely the same words.
    is_limit: bool = False


@dataclass
class Words:
    """terms: the rarest first. corrected: {as typed: as the catalogue has it}.

    count: words that say something, those the store does not know included.
    """

    count: int = 0
    terms: list[Term] = field(default_factory=list)
    corrected: dict[str, str] = field(default_factory=dict)
    category: Category | None = None


def find_words(index: SearchIndex, language: str, question: str) -> Words:
    """Return what the store knows of the question's words; two queries, as a rule."""
    stemmer = words.stemmer_of(language)
    written = list(dict.fromkeys(words.cut(question)))[:MAX_WORDS]
    joined = [a + b for a, b in pairwise(written) if a.isalpha() and b.isalpha()]
    stems = words.stems_of([*written, *joined], stemmer)
    shares = {stems[w]: (w, share_of(w)) for w in reversed(written) if stems[w]}
    extra = {stems[w]: (w, JOINED_SHARE) for w in joined if stems[w]}
    category = words.category_word(shares)
    known = known_words(index, [*shares, *extra, category])
    found = Words(count=len(shares))
    for stem, (word, share) in (extra | shares).items():
        if stem in known:
            found.terms.append(term_of(known[stem], word, share, index))
    mend(found, index, [w for w in written if stems[w] and stems[w] not in known])
    if category in known and shares:
        row = known[category]
        found.category = Category(row.term_id, row.spelling)
    found.terms.sort(key=lambda term: (term.documents, term.id))
    return found


def share_of(word: str) -> float:
    return MODEL_SHARE if _MODEL.match(word) else 1.0


def term_of(row: SearchTerm, word: str, share: float, index: SearchIndex) -> Term:
    weight = question_weight(row.documents, index.documents) * share
    return Term(row.term_id, word, weight, row.documents)


def known_words(index: SearchIndex, stems: Iterable[str]) -> dict[str, SearchTerm]:
    ids = [words.term_id(index.pk, stem) for stem in stems]
    rows = SearchTerm.objects.filter(store=index.pk, term_id__in=ids)
    return {row.word: row for row in rows}


def find_category(
    index: SearchIndex, language: str, question: str
) -> tuple[str, Category | None]:
    """Return the question without "in the ... category", and that category."""
    match = _IN_CATEGORY.search(question)
    if match is None:
        return question, None
    asked = (match["name"] or match["named"]).split()
    stemmer = words.stemmer_of(language)
    for start in range(len(asked)):  # "tents in the family tents category"
        name = " ".join(asked[start:])
        stems = words.stems_of(words.cut(name), stemmer)
        word = words.category_word(stem for stem in stems.values() if stem)
        if row := known_words(index, [word]).get(word):
            rest = f"{question[: match.start()]} {' '.join(asked[:start])} "
            rest += question[match.end() :]
            category = Category(row.term_id, row.spelling, is_limit=True)
            return " ".join(rest.split()), category
    return question, None


def mend(found: Words, index: SearchIndex, unknown: Sequence[str]) -> None:
    """Add to `found` what unknown words were probably meant to be."""
    long_enough = [w for w in unknown if w.isalpha() and len(w) >= ONE_TYPO]
    for word in long_enough[:MAX_MENDED]:
        if halves := split(index, word):
            found.terms += [term_of(row, word, JOINED_SHARE, index) for row in halves]
            found.corrected[word] = " ".join(row.spelling for row in halves)
        elif row := nearest(index, word):
            found.terms.append(term_of(row, word, MENDED_SHARE, index))
            found.corrected[word] = row.spelling


def split(index: SearchIndex, word: str) -> list[SearchTerm]:
    """Return the two known words that `word` is written of, if it is."""
    halves = [(word[:i], word[i:]) for i in range(3, len(word) - 2)]
    rows = SearchTerm.objects.filter(
        store=index.pk, spelling__in={half for pair in halves for half in pair}
    )
    known = {row.spelling: row for row in rows}
    pairs = [pair for pair in halves if pair[0] in known and pair[1] in known]
    pairs.sort(key=lambda pair: -min(known[half].documents for half in pair))
    return [known[half] for half in pairs[0]] if pairs else []


def nearest(index: SearchIndex, word: str) -> SearchTerm | None:
    """Return the store's word that differs by a typo or two, the commonest of those."""
    allowed = 2 if len(word) >= TWO_TYPOS else 1
    rows = fetch(
        # Two letters changed places: two edits to PostgreSQL, one typo to us.
        "SELECT term_id, spelling, word FROM chatbot_searchterm WHERE store_id = %s"
        " AND length(word) BETWEEN %s AND %s AND word NOT LIKE %s"
        " AND (levenshtein_less_equal(spelling, %s, 2) <= 2"
        " OR levenshtein_less_equal(word, %s, 2) <= 2)",
        [
            index.pk,
            len(word) - allowed - 3,  # a stem is shorter
            len(word) + allowed,
            words.CATEGORY + "%",
            word,
            word,
        ],
    )
    near = {
        key: distance
        for key, *told in rows
        # The first letter is rarely mistyped: "iphone" is no "phone".
        if (told[0][0] == word[0] or len(word) > TWO_TYPOS)
        and (distance := min(typos(word, one) for one in told)) <= allowed
    }
    return min(
        SearchTerm.objects.filter(store=index.pk, term_id__in=near),
        key=lambda row: (
            near[row.term_id],
            row.spelling[:1] != word[:1],
            -row.documents,
        ),
        default=None,
    )


def typos(left: str, right: str) -> int:
    """Count letters added, left out, changed, or swapped with their neighbour."""
    rows = [list(range(len(right) + 1))]
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
