"""Which products a question speaks of: pointed at, named, or to be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from chatbot import words
from chatbot.answering import attributes, intents, phrasing, reading
from chatbot.answering.reading import Question
from chatbot.answering.turn import Context, Turn
from chatbot.embedders import current_embedder
from chatbot.retrieval import Hit, search_products
from commerce.models import Product, Store

FOUND = 8  # products a search for the shopper looks at
MAX_NAMED = 3  # so many may share a name: men's, women's, kids'
# A hit is what was asked for when its score is so far above the model's floor (tried on
# the demo catalogue: questions about other things stay below, ones about its products
# reach it), or when it has half of the telling words, one of them in its name or kind.
ABOVE_FLOOR = 0.18
MIN_SHARE = 0.5


class How(Enum):
    POINTED = "pointed"  # "it", "the second one"
    NAMED = "named"
    FOUND = "found"


@dataclass
class Subjects:
    """The products, best first. remark: what the search says about its limits."""

    products: list[Product]
    how: How
    remark: str = ""
    understood: dict[str, object] = field(default_factory=dict)


def load(store: Store, external_ids: Sequence[str]) -> list[Product]:
    """Return those live products of the store, in that order."""
    rows = Product.objects.filter(
        store=store, external_id__in=external_ids, deleted_at__isnull=True
    ).defer("raw")
    found = {product.external_id: product for product in rows}
    for product in rows:
        product.store = store
    return [found[key] for key in external_ids if key in found]


def subjects_of(turn: Turn, question: Question) -> Subjects:
    """Find out what the question is about; products are empty when nothing fits."""
    shown = load(turn.store, turn.context.shown)
    if pointed := by_place(shown, intents.ordinals_in(question.asked)):
        return Subjects(pointed, How.POINTED)
    current = current_of(turn.context, shown, turn.store)
    if not question.content and not asks_for_limits(question):
        return Subjects(current, How.POINTED)
    if named := named_among(shown, question):
        return Subjects(named, How.NAMED)
    result = search_products(turn.store, query_of(turn, question), limit=FOUND)
    hits = relevant(result.hits, question)
    is_back = bool(current) and bool(question.content) and goes_on(question, current)
    if len(current) > 1 and intents.refines(question.asked):
        is_back = False
    named = named_among([hit.product for hit in hits], question, is_strict=is_back)
    if named:
        return Subjects(named, How.NAMED, result.remark, result.understood)
    if is_back:
        return Subjects(current, How.POINTED)
    return Subjects(
        [hit.product for hit in hits], How.FOUND, result.remark, result.understood
    )


def asks_for_limits(question: Question) -> bool:
    """Whether limits alone say what is wanted: "what costs less than $20?"."""
    limits = question.limits
    is_wanted = limits.has_price or limits.on_sale or limits.sort is not None
    return is_wanted and not intents.points_back(question.asked)


def query_of(turn: Turn, question: Question) -> str:
    """What to search for; "and for kids?" is about the jackets asked for before."""
    if turn.context.thing and intents.refines(question.asked):
        return f"{turn.context.thing} {question.search}"
    return question.search


def by_place(shown: list[Product], places: list[int]) -> list[Product]:
    return [shown[place] for place in places if -len(shown) <= place < len(shown)]


def current_of(context: Context, shown: list[Product], store: Store) -> list[Product]:
    """The product under discussion; without one, all that were shown."""
    if not context.subject:
        return shown
    known = [p for p in shown if p.external_id == context.subject]
    return known or load(store, [context.subject])


def goes_on(question: Question, current: list[Product]) -> bool:
    """Whether the question is about `current` although it names something."""
    if intents.points_back(question.asked):
        return True
    is_short = intents.continues(question.asked) or len(question.words) <= 3
    if is_short and attributes.names_option(question.asked):
        return True
    # "Can the sole be replaced?" asks about a part of what is being talked about.
    is_part = " the " in question.asked and not intents.asks_offer(question.asked)
    if not is_short and not is_part:
        return False
    kinds = set().union(*(reading.kind_stems(product) for product in current))
    wanted = question.stems
    known = set().union(*(attributes.vocabulary(product) for product in current))
    return bool(wanted) and wanted <= known and not wanted <= kinds


def relevant(hits: list[Hit], question: Question) -> list[Hit]:
    """Keep the hits that are about what was asked."""
    wanted = question.stems
    if not wanted:
        return hits
    enough = current_embedder().calibration.floor + ABOVE_FLOOR
    return [
        hit
        for hit in hits
        if (hit.cosine is not None and hit.score >= enough)
        or has_the_words(hit, wanted, question.language)
    ]


def has_the_words(hit: Hit, wanted: set[str], language: str) -> bool:
    """Whether the product has half of the wanted words, and not by the way."""
    has = wanted & reading.stems(hit.words, language)
    if len(has) < MIN_SHARE * len(wanted) or all(word.isdigit() for word in has):
        return False
    product = hit.product
    return bool(has & (reading.name_stems(product) | reading.kind_stems(product)))


def named_among(
    products: list[Product], question: Question, *, is_strict: bool = False
) -> list[Product]:
    """Return the products the question calls by name; several when it fits them alike.

    A name is told by a word that is no kind of thing: "Skarn", not "tent". is_strict:
    one such word is not enough.
    """
    wanted = question.stems
    scored = []
    for place, product in enumerate(products):
        name = reading.name_stems(product)
        matched = name & wanted
        # "Tent for 4 people" does not name the Homestead 4.
        telling = {
            word
            for word in matched - reading.kind_stems(product)
            if not word[0].isdigit()
        }
        if not telling and not is_spelt_out(product, question):
            continue
        if len(matched) < 2 and (is_strict or not is_enough(product, matched, wanted)):
            continue
        scored.append(((len(matched), longest_run(product, question)), place, product))
    if not scored:
        return []
    best = max(score for score, _, _ in scored)
    alike = [product for score, _, product in scored if score == best]
    exact = [p for p in alike if reading.name_stems(p) <= wanted]
    alike = exact or alike
    return alike if len(alike) <= MAX_NAMED else []


def is_enough(product: Product, matched: set[str], wanted: set[str]) -> bool:
    """Whether one word calls a product: "Skarn", but not "smartphone", which a screen
    protector's name holds as well.
    """
    if len(matched) < 1 or len(wanted) > 1:
        return len(reading.name_stems(product)) <= 2
    first = reading.stems(words.cut(product.name)[:1], product.store.language)
    return matched <= first or 3 * len(matched) >= len(reading.name_stems(product))


def is_spelt_out(product: Product, question: Question) -> bool:
    """Whether the question holds the name up to its first comma: "the chef's knife".

    Not when it asks for such things in general, nor for names of one word.
    """
    head = words.cut(phrasing.head_of(product))
    return (
        len(head) > 1
        and not intents.asks_offer(question.asked)
        and f" {' '.join(head)} " in f" {' '.join(question.words)} "
    )


def longest_run(product: Product, question: Question) -> int:
    """The most words in a row that name and question share."""
    name = f" {' '.join(words.cut(product.name))} "
    asked = question.words
    best = 0
    for start in range(len(asked)):
        for end in range(start + best + 1, len(asked) + 1):
            if f" {' '.join(asked[start:end])} " not in name:
                break
            best = end - start
    return best
