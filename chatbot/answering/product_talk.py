"""Answers about products: what it is, how much, in stock, in which size, which there are."""

from __future__ import annotations

from chatbot import words
from chatbot.answering import attributes, intents, phrasing, reading
from chatbot.answering.reading import Question
from chatbot.answering.subjects import How, Subjects, subjects_of
from chatbot.answering.turn import Reply, Turn
from commerce.models import Product, StockStatus

MAX_LISTED = 4
WHICH = "Which product do you mean? Tell me its name, and I’ll look."


def talk_about_products(turn: Turn, question: Question) -> Reply | None:
    """Answer a question about products; None when no product fits it."""
    subjects = subjects_of(turn, question)
    if not subjects.products:
        return ask_which(turn, question)
    products = subjects.products
    topics = topics_of(turn, question)
    if subjects.how is How.FOUND and not is_only_one(subjects, question, topics):
        return list_found(turn, question, subjects)
    turn.context.topic = " ".join(topics)
    if len(products) > 1:
        return tell_several(turn, question, products[:MAX_LISTED], topics)
    is_named = subjects.how is not How.POINTED
    return tell_one(turn, question, products[0], topics, is_named=is_named)


def is_only_one(subjects: Subjects, question: Question, topics: list[str]) -> bool:
    """Whether one thing of the kind was found, and something is asked of it."""
    return (
        len(subjects.products) == 1
        and not subjects.remark
        and bool(topics or intents.asks_about(question.asked))
        and reading.is_of_kind(subjects.products[0], question.head)
    )


def ask_which(turn: Turn, question: Question) -> Reply | None:
    """Ask back when "it" points at nothing; None when something was searched for."""
    if question.content:
        return None
    asked = question.asked
    is_about_product = (
        intents.asks_price(asked)
        or intents.asks_stock(asked)
        or intents.points_back(asked)
    )
    return Reply(WHICH) if is_about_product else None


def topics_of(turn: Turn, question: Question) -> list[str]:
    """What is asked: "price", "stock"; those asked before when the question goes on."""
    asked = question.asked
    topics = []
    if intents.asks_price(asked):
        topics.append("price")
    if intents.asks_stock(asked):
        topics.append("stock")
    if not topics and intents.continues(asked) and not question_rest(question, []):
        topics = turn.context.topic.split()
    return topics


def tell_one(
    turn: Turn,
    question: Question,
    product: Product,
    topics: list[str],
    *,
    is_named: bool,
) -> Reply:
    """Everything the question asks of one product, in one short paragraph."""
    turn.context.subject = product.external_id
    remember(turn, [product], question)
    sentences = facts_asked(question, product, topics)
    # What is pointed at by "it" may well be asked for what its name promises.
    rest = question_rest(question, [product] if is_named else [])
    if rest:
        detail = attributes.describe(product, question.asked, rest)
        if detail:
            sentences.insert(0, detail)
            if detail.startswith("Yes") and not topics:
                sentences.append(out_of_stock(product))
        elif not sentences and not wants_summary(question):
            return not_told(turn, product)
    if not sentences:
        sentences = introduction(product)
    return Reply(" ".join(filter(None, sentences)), [product])


def facts_asked(question: Question, product: Product, topics: list[str]) -> list[str]:
    """Price and stock, if asked."""
    sentences = []
    if "price" in topics:
        sentences.append(phrasing.price_sentence(product))
        if "stock" not in topics:
            sentences.append(out_of_stock(product))
    if "stock" in topics:
        pronoun = phrasing.pronoun(product) if sentences else ""
        sentence = phrasing.stock_sentence(product, pronoun)
        if intents.asks_whether(question.asked) and not sentences:
            sentence = f"{yes_or_no(product)}{sentence}"
        sentences.append(sentence)
    return sentences


def yes_or_no(product: Product) -> str:
    if product.stock_status == StockStatus.IN_STOCK:
        return "Yes, "
    return "No, " if product.stock_status == StockStatus.OUT_OF_STOCK else ""


def out_of_stock(product: Product) -> str:
    """A warning where there is reason for one, or ""."""
    if product.stock_status != StockStatus.OUT_OF_STOCK:
        return ""
    return phrasing.stock_sentence(product, phrasing.pronoun(product))


def introduction(product: Product) -> list[str]:
    """What it is, what it costs, whether it is to be had."""
    sentences = []
    if summary := phrasing.summary_of(product):
        sentences.append(f"{phrasing.name_of(product)}: {summary}")
    else:
        sentences.append(f"{phrasing.name_of(product)} {phrasing.verb(product, 'is', 'are')} one of our products.")  # fmt: skip
    if price := phrasing.price_of(product):
        was = phrasing.was_price_of(product)
        reduced = f", reduced from {was}" if was else ""
        cost = phrasing.verb(product, "costs", "cost")
        sentences.append(f"{phrasing.pronoun(product)} {cost} {price}{reduced}.")
    if product.stock_status:
        sentences.append(phrasing.stock_sentence(product, phrasing.pronoun(product)))
    return sentences


def wants_summary(question: Question) -> bool:
    """Whether describing the product answers the question, whatever else it says."""
    asked = question.asked
    return (
        intents.asks_about(asked) and not intents.asks_whether(asked)
    ) or intents.asks_offer(asked)


def not_told(turn: Turn, product: Product) -> Reply:
    """Nothing the shop tells of the product answers this."""
    text = f"{attributes.unknown(product)} {contact_sentence(turn)}".strip()
    return Reply(text, [product], is_answered=False)


def contact_sentence(turn: Turn) -> str:
    """How to reach a person, in the merchant's words; "" where none was given."""
    contact = turn.chatbot.contact.strip().rstrip(".")
    return f"You can ask the shop directly: {contact}." if contact else ""


def question_rest(question: Question, products: list[Product]) -> set[str]:
    """English stems of what is asked beside the names of the products."""
    names = set().union(*(reading.name_stems(product) for product in products))
    content = set(question.content)
    rest = {w: s for w, s in attributes.english(" ".join(content)).items()}
    own = words.stems_of(rest, words.stemmer_of(question.language))
    return attributes.asked_in_other_words(question.asked) | {
        stem
        for word, stem in rest.items()
        if word in content and own[word] not in names
    }


def tell_several(
    turn: Turn, question: Question, products: list[Product], topics: list[str]
) -> Reply:
    """The same asked of several products: those shown, or those of one name."""
    turn.context.subject = ""
    remember(turn, products, question)
    rest = question_rest(question, products)
    if rest and not topics:
        told = [attributes.describe(p, question.asked, rest) for p in products]
        if any(told):
            lines = [
                text or attributes.unknown(product)
                for text, product in zip(told, products, strict=True)
            ]
            return Reply("\n".join(f"• {line}" for line in lines), products)
    if topics:
        lines = [
            " ".join(filter(None, facts_asked(question, product, topics)))
            for product in products
        ]
        return Reply("\n".join(f"• {strip_yes(line)}" for line in lines), products)
    return Reply(
        f"There are {number_word(len(products))} that fit:\n"
        f"{phrasing.bullet_list(products)}",
        products,
    )


def strip_yes(line: str) -> str:
    return line.removeprefix("Yes, ").removeprefix("No, ")


def number_word(count: int) -> str:
    return ("no", "one", "two", "three", "four", "five")[count] if count < 6 else str(count)  # fmt: skip


def list_found(turn: Turn, question: Question, subjects: Subjects) -> Reply:
    """What a search found, as a short list."""
    products = of_one_kind(subjects.products, question)[:MAX_LISTED]
    turn.context.subject = products[0].external_id if len(products) == 1 else ""
    turn.context.topic = ""
    remember(turn, products, question)
    opening = subjects.remark or opening_of(question, len(products))
    return Reply(f"{opening}\n{phrasing.bullet_list(products)}", products)


def of_one_kind(products: list[Product], question: Question) -> list[Product]:
    """The things asked for before what merely goes with them, in that order."""
    things = [p for p in products if reading.is_of_kind(p, question.head)]
    return things or products


def opening_of(question: Question, count: int) -> str:
    is_yes = intents.asks_offer(question.asked) and intents.asks_whether(question.asked)
    start = "Yes. " if is_yes else ""
    if count == 1:
        return f"{start}This is what I found:"
    return f"{start}Here is what I found:"


def remember(turn: Turn, products: list[Product], question: Question) -> None:
    """Keep what is shown, so that "the second one" has a meaning in the next turn."""
    shown = [product.external_id for product in products]
    if len(shown) > 1 or shown[0] not in turn.context.shown:
        turn.context.shown = shown
    if question.thing and not intents.refines(question.asked):
        turn.context.thing = question.thing
