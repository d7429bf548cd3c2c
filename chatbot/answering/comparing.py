"""Two products side by side, and the cheapest or dearest of many."""

from __future__ import annotations

import re
from decimal import Decimal

from chatbot.answering import intents, phrasing, reading
from chatbot.answering.product_talk import MAX_LISTED, of_one_kind, remember
from chatbot.answering.reading import Question
from chatbot.answering.subjects import by_place, load, named_among, relevant
from chatbot.answering.turn import Reply, Turn
from chatbot.retrieval import search_products
from commerce.models import Product

MAX_ROWS = 7  # attributes told of two products
MAX_PARTS = 4  # things named in one question
POOL = 60  # products among which the cheapest is looked for

_LEAD = re.compile(
    r"^.*?\b(?:compared?|comparison|differences?|differ|different|better|lighter|warmer|"
    r"bigger|larger|smaller|heavier|longer|brighter|stronger|cheaper)\b[\s,:]*"
    r"(?:between|from|of|is|in)?\s*"
)
_BETWEEN = re.compile(
    r"\s*(?:\band\b|\bwith\b|\bto\b|\bvs\b\.?|\bversus\b|\bor\b|,|&)\s*"
)
_MEASURE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(kg|g|lb|lbs|oz|mm|cm|m|ml|l|h|hours?|lumens?|lm|w|wh|mah)\b", re.IGNORECASE)  # fmt: skip
_UNITS: dict[str, tuple[str, Decimal]] = {
    "kg": ("g", Decimal(1000)), "g": ("g", Decimal(1)), "lb": ("g", Decimal("453.592")),
    "lbs": ("g", Decimal("453.592")), "oz": ("g", Decimal("28.3495")),
    "mm": ("mm", Decimal(1)), "cm": ("mm", Decimal(10)), "m": ("mm", Decimal(1000)),
    "ml": ("ml", Decimal(1)), "l": ("ml", Decimal(1000)),
}  # fmt: skip
_LIGHTER = re.compile(r"\blight(?:er|est)\b|\bweighs? less\b")
_HEAVIER = re.compile(r"\bheav(?:ier|iest)\b|\bweighs? more\b")


def compare(turn: Turn, question: Question) -> Reply | None:
    """Put two products side by side; None when two cannot be told."""
    pair = pair_of(turn, question)
    if len(pair) < 2:
        return None
    one, other = pair[:2]
    turn.context.subject = ""
    turn.context.topic = ""
    remember(turn, [one, other], question)
    lines = [
        verdict(one, other, question),
        f"{phrasing.name_of(one)} and {phrasing.name_of(other)} compared:",
    ]
    for label, left, right in rows_of(one, other):
        lines.append(f"• {label}: {left} against {right}")
    if same := same_of(one, other):
        lines.append(f"Alike in both: {phrasing.join(same)}.")
    return Reply("\n".join(filter(None, lines)), [one, other])


def pair_of(turn: Turn, question: Question) -> list[Product]:
    """The two products meant: by place, by name, or the last two shown."""
    shown = load(turn.store, turn.context.shown)
    if len(placed := by_place(shown, intents.ordinals_in(question.asked))) > 1:
        return placed
    named = named_in_parts(turn, question)
    if not named and placed:
        named = placed  # "is the second one heavier?": than what is talked about
    if len(named) == 1:
        # "Compare it with the Skarn 3": what is talked about comes first.
        current = [*subject_of(turn, shown), *placed]
        named = [*[p for p in current if p.pk != named[0].pk][:1], *named]
    if named:
        return named
    return (
        shown[:2] if not question.content or intents.points_back(question.asked) else []
    )


def subject_of(turn: Turn, shown: list[Product]) -> list[Product]:
    return load(turn.store, [turn.context.subject]) if turn.context.subject else shown


def named_in_parts(turn: Turn, question: Question) -> list[Product]:
    """One product for each part of "A and B" that calls one by name."""
    behind = _LEAD.sub("", question.asked).strip(" ?!.")
    # "Which is lighter, A or B?" or "A or B, which is lighter?"
    text = behind or re.sub(r"\bwhich\b.*", "", question.asked)
    parts = [part for part in _BETWEEN.split(text) if part]
    products: list[Product] = []
    before = ""
    for part in parts[:MAX_PARTS]:
        asked = Question(part.strip(" ?!."), question.language)
        if not asked.content:
            continue
        product = named_product(turn, asked)
        if product is None and before:
            # "Skarn 2 and 3": the second lacks its name.
            whole = f"{before.split()[0]} {asked.asked}"
            product = named_product(turn, Question(whole, question.language))
        if product is not None:
            before = " ".join(asked.content)
            if product.pk not in {known.pk for known in products}:
                products.append(product)
    return products


def named_product(turn: Turn, question: Question) -> Product | None:
    result = search_products(turn.store, question.search)
    products = [hit.product for hit in relevant(result.hits, question)]
    named = named_among(products, question)
    return named[0] if named else None


def rows_of(one: Product, other: Product) -> list[tuple[str, str, str]]:
    """What tells the two apart: (label, of one, of the other)."""
    rows: list[tuple[str, str, str]] = []
    price, other_price = phrasing.price_of(one), phrasing.price_of(other)
    if price and other_price:
        rows.append(("Price", price, other_price))
    for name, values in one.attributes.items():
        theirs = other.attributes.get(name)
        if theirs and theirs != values:
            left, right = (", ".join(map(str, v[:12])) for v in (values, theirs))
            rows.append((phrasing.label_of(name).capitalize(), left, right))
    stock = [p.get_stock_status_display().lower() for p in (one, other)]
    if all(stock) and stock[0] != stock[1]:
        rows.append(("Availability", stock[0], stock[1]))
    return rows[:MAX_ROWS]


def same_of(one: Product, other: Product) -> list[str]:
    return [
        f"{phrasing.label_of(name)} {', '.join(map(str, values))}"
        for name, values in one.attributes.items()
        if other.attributes.get(name) == values and len(values) < 6
    ][:3]


def verdict(one: Product, other: Product, question: Question) -> str:
    """Which is lighter or cheaper, where the shop's figures say so."""
    lighter, heavier = _LIGHTER.search(question.asked), _HEAVIER.search(question.asked)
    if lighter or heavier:
        weights = weight_of(one), weight_of(other)
        if None not in weights and weights[0] != weights[1]:
            is_first = (weights[0] < weights[1]) == bool(lighter)  # type: ignore[operator]
            word = "lighter" if lighter else "heavier"
            return f"{phrasing.name_of(one if is_first else other)} is the {word} one."
    if intents.asks_cheapest(question.asked) or not (lighter or heavier):
        return price_verdict(one, other)
    return ""


def price_verdict(one: Product, other: Product) -> str:
    left, right = one.current_price, other.current_price
    if left is None or right is None:
        return ""
    if phrasing.currency_of(one) != phrasing.currency_of(other):
        return ""
    if left == right:
        return "Both cost the same."
    cheaper = one if left < right else other
    gap = phrasing.money(abs(left - right), phrasing.currency_of(one), one.store)
    return f"{phrasing.name_of(cheaper)} {phrasing.verb(cheaper, 'is', 'are')} {gap} cheaper."


def weight_of(product: Product) -> Decimal | None:
    """In grams, where the shop told it in a known unit."""
    for name, values in product.attributes.items():
        if "weight" in phrasing.label_of(name) and values:
            match = _MEASURE.search(str(values[0]))
            if match and (unit := _UNITS.get(match[2].lower())) and unit[0] == "g":
                return Decimal(match[1].replace(",", ".")) * unit[1]
    return None


def find_extreme(turn: Turn, question: Question) -> Reply | None:
    """The cheapest (or dearest) of what was asked for, or of what was shown."""
    is_cheapest = intents.asks_cheapest(question.asked)
    products, remark = candidates(turn, question)
    priced = [p for p in products if p.current_price is not None]
    if not priced:
        return None
    priced.sort(key=lambda p: p.current_price or Decimal(0), reverse=not is_cheapest)
    first, *others = priced[:MAX_LISTED]
    turn.context.topic = "price"
    remember(turn, [first, *others], question)
    turn.context.subject = first.external_id
    word = "cheapest" if is_cheapest else "most expensive"
    price = phrasing.price_of(first)
    opening = f"The {word} is {phrasing.name_of(first)} at {price}."
    if was := phrasing.was_price_of(first):
        opening = (
            f"The {word} is {phrasing.name_of(first)} at {price}, reduced from {was}."
        )
    stock = phrasing.stock_sentence(first, phrasing.pronoun(first))
    lines = [
        " ".join(filter(None, [remark, opening, stock if first.stock_status else ""]))
    ]
    if others:
        lines += ["Next:", phrasing.bullet_list(others)]
    return Reply("\n".join(lines), [first, *others])


def candidates(turn: Turn, question: Question) -> tuple[list[Product], str]:
    """The products to choose among, and what the search remarks."""
    shown = load(turn.store, turn.context.shown)
    is_back = intents.points_back(question.asked) or not question.content
    if not question.content and intents.asks_offer(question.asked):
        return whole_range(turn), ""
    if shown and is_back:
        return shown, ""
    if not question.content:
        return [], ""
    result = search_products(turn.store, question.search, limit=POOL)
    products = [hit.product for hit in relevant(result.hits, question)]
    things = of_one_kind(closest(products, question), question)
    # What is called so counts before what only lies beside it: the cheapest tent is no
    # bivy sack.
    called = [p for p in things if reading.is_called(p, question.head)]
    return called or things, result.remark


def whole_range(turn: Turn) -> list[Product]:
    """The cheapest and the dearest of everything the shop has."""
    priced = Product.objects.filter(
        store=turn.store, deleted_at__isnull=True, price__isnull=False
    ).defer("raw")
    products = [
        *priced.order_by("price")[:POOL],
        *priced.filter(sale_price__gt=0).order_by("sale_price")[:POOL],
        *priced.order_by("-price")[:POOL],
    ]
    for product in products:
        product.store = turn.store
    return list({product.pk: product for product in products}.values())


def closest(products: list[Product], question: Question) -> list[Product]:
    """Those whose name, categories and tags have most of the question's words."""
    wanted = question.stems
    scores = [
        len(wanted & (reading.kind_stems(product) | reading.name_stems(product)))
        for product in products
    ]
    best = max(scores, default=0)
    return [p for p, score in zip(products, scores, strict=True) if score == best]
