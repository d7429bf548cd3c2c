"""What a product's attributes and description say about one thing asked of it."""

from __future__ import annotations

import re

from chatbot import words
from chatbot.answering.phrasing import join, label_of, name_of, sentences_of, verb
from chatbot.answering.word_lists import COLOURS
from chatbot.documents import plain
from commerce.models import Product

MAX_VALUES = 20

_SIZE = re.compile(r"\b(?:size|sizes) (?P<size>[\w./-]+)|\bin (?:an? )?(?P<letter>xxs|xs|s|m|l|xl|xxl|xxxl|[2-5]xl|small|medium|large|\d{1,2}(?:\.5)?)\b")  # fmt: skip

# What shoppers call it -> what shops call the attribute. English stems.
_SAME: dict[str, frozenset[str]] = {
    key: frozenset(names.split())
    for key, names in {
        "heavi": "weight", "weigh": "weight", "light": "weight", "lightweight": "weight",
        "long": "length lifetim battery runtime burn", "short": "length",
        "tall": "height", "high": "height", "wide": "width", "deep": "depth",
        "big": "size sizes dimens volum capac diamet floor", "larg": "size dimens volum capac",
        "small": "size dimens volum capac", "dimens": "size dimens length width height",
        "measur": "size dimens length width height",
        "hold": "capac volum", "liter": "volum capac", "litr": "volum capac",
        "fabric": "materi", "cloth": "materi", "made": "materi origin", "consist": "materi",
        "leather": "materi", "colour": "color", "color": "colour", "shade": "color colour",
        "bright": "bright lumen", "lumen": "bright", "last": "batteri lifetim burn runtim",
        "charg": "batteri power", "warm": "temperatur comfort insul", "cold": "temperatur comfort",
        "come": "origin", "wattag": "power", "watt": "power", "wrote": "author",
        "written": "author", "languag": "languag", "wash": "care dishwash", "size": "sizes",
        "dishwash": "dishwash", "waterproof": "waterproof", "proof": "waterproof",
        "pack": "packed", "strong": "strength power roast", "brand": "manufactur maker vendor",
    }.items()
}  # fmt: skip
# Words that stand for an attribute although reading.HOLLOW drops them.
_ASKED = re.compile(
    r"\b(?:made (?:of|from)|how (?:big|large|small)|what size|big|come from|"
    r"how long|how strong)\b"
)
_YES, _NO = frozenset({"yes", "true", "y", "1"}), frozenset({"no", "false", "n", "0"})


def english(text: str) -> dict[str, str]:
    """{word: stem} of a text, as English, stop words with their own form."""
    cut = words.cut(text)
    stems = words.stems_of(cut, "english_stem")
    return {word: stems[word] or word for word in cut}


def asked_in_other_words(asked: str) -> set[str]:
    """The stems of "made of", "how big" and the like, which name no thing."""
    return set(english(" ".join(_ASKED.findall(asked))).values())


def names_option(asked: str) -> bool:
    """Whether a folded question asks for a colour or a size."""
    return bool(_SIZE.search(asked)) or bool(COLOURS & set(words.cut(asked)))


def vocabulary(product: Product) -> set[str]:
    """The stems of everything the shop tells of a product."""
    texts = [product.short_description, product.description, *product.tags]
    for name, values in product.attributes.items():
        texts += [label_of(name), *map(str, values)]
    return set(english(" ".join(plain(text) for text in texts)).values())


def describe(product: Product, asked: str, wanted: set[str]) -> str:
    """Answer what a folded question asks of a product beside price and stock, or "".

    wanted: English stems of the question's words that do not name the product.
    """
    if sentence := describe_option(product, asked):
        return sentence
    if sentence := describe_named(product, asked, wanted):
        return sentence
    if sentence := describe_value(product, wanted):
        return sentence
    return quote_description(product, wanted)


def describe_option(product: Product, asked: str) -> str:
    """ "in blue", "size 9": whether the product comes in it."""
    if match := _SIZE.search(asked):
        size = match["size"] or match["letter"]
        name, values = find_attribute(product, {"size"})
        if values and size not in ("is", "are", "do", "does", "available", "for"):
            return describe_choice(product, name, values, size)
    colours = [word for word in words.cut(asked) if word in COLOURS]
    if colours:
        name, values = find_attribute(product, {"color", "colour"})
        if values:
            return describe_choice(product, name, values, colours[0])
    return ""


def describe_choice(product: Product, name: str, values: list[str], choice: str) -> str:
    """Whether `choice` is among the values of an attribute."""
    folded = words.fold(choice)
    have = [value for value in values if folded in words.cut(value)]
    come = verb(product, "comes", "come")
    if have:
        shown = have[0] if len(have[0]) > 3 else f"{singular(name)} {have[0]}"
        return f"Yes, {name_of(product)} {come} in {shown}."
    be = verb(product, "is", "are")
    if len(values) == 1:
        return (
            f"{name_of(product)} {be} listed in {values[0]} only, not in "
            f"{choice_text(name, choice)}."
        )
    return (
        f"{name_of(product)} {come} in {join(shown_values(values))}. "
        f"{choice_text(name, choice).capitalize()} is not among them."
    )


def choice_text(name: str, choice: str) -> str:
    if "size" in label_of(name):
        shown = choice.upper() if len(choice) <= 3 else choice
        return f"size {shown}"
    return choice


def describe_named(product: Product, asked: str, wanted: set[str]) -> str:
    """The value of the attribute the question names."""
    name, values = find_attribute(product, wanted)
    if not values:
        return ""
    label = label_of(name)
    answer = values[0].strip().casefold()
    if len(values) == 1 and answer in _YES | _NO:
        return yes_or_no(product, label, asked, is_yes=answer in _YES)
    shown = shown_values(values)
    if len(values) > 1:
        come = verb(product, "comes", "come")
        return f"{name_of(product)} {come} in these {plural(label)}: {join(shown)}."
    return f"{label.capitalize()} of {name_of(product)}: {ended(shown[0])}"


def yes_or_no(product: Product, label: str, asked: str, *, is_yes: bool) -> str:
    word = "Yes" if is_yes else "No"
    is_adjective = re.search(
        rf"(?<!for )(?<!on )(?<!with )\b{re.escape(label)}\b", asked
    )
    if is_adjective and re.search(r"\b(?:is|are)\b", asked):
        be = verb(product, "is", "are")
        return f"{word}, {name_of(product)} {be}{'' if is_yes else ' not'} {label}."
    return f"{word}. The shop lists {name_of(product)} as “{label}: {word.lower()}”."


def describe_value(product: Product, wanted: set[str]) -> str:
    """The attribute one of whose values has all that is asked: "is it leather?"."""
    if not wanted:
        return ""
    for name, values in product.attributes.items():
        for value in values:
            if wanted <= set(english(str(value)).values()):
                return f"{label_of(name).capitalize()} of {name_of(product)}: {ended(str(value))}"  # fmt: skip
    return ""


def quote_description(product: Product, wanted: set[str]) -> str:
    """The sentence of the description that has all that is asked, in quotes."""
    if not wanted:
        return ""
    texts = [plain(product.short_description), plain(product.description)]
    for sentence in [s for text in texts for s in sentences_of(text)]:
        if wanted <= set(english(sentence).values()):
            return f"About {name_of(product)} the shop says: “{sentence}”"
    tags = [tag for tag in product.tags if wanted <= set(english(tag).values())]
    if tags:
        be = verb(product, "is", "are")
        return f"{name_of(product)} {be} tagged “{tags[0]}” by the shop."
    return ""


def find_attribute(product: Product, wanted: set[str]) -> tuple[str, list[str]]:
    """Return the name and values of the attribute that fits best, or ("", [])."""
    ways = [wanted, set().union(*(_SAME.get(stem, frozenset()) for stem in wanted))]
    for stems in ways:
        best: tuple[float, float, str] = (0.0, 0.0, "")
        for name in product.attributes:
            own = set(english(label_of(name)).values())
            common = (own | set(label_of(name).split())) & stems
            # "Screen size" is no "processing die size": all of the one must be asked
            # for, or most of what is asked for be in it.
            if common and (own <= stems or 2 * len(common) > len(wanted)):
                best = max(best, (len(common), len(common) / len(own), name))
        if best[2]:
            return best[2], [str(value) for value in product.attributes[best[2]]]
    return "", []


def shown_values(values: list[str]) -> list[str]:
    if len(values) <= MAX_VALUES:
        return values
    return [*values[:MAX_VALUES], "more"]


def singular(name: str) -> str:
    label = label_of(name)
    return label[:-1] if label.endswith("s") and not label.endswith("ss") else label


def plural(label: str) -> str:
    return label if label.endswith("s") else f"{label}s"


def ended(text: str) -> str:
    return text if text[-1:] in ".!?…" else f"{text}."


def unknown(product: Product) -> str:
    return f"The shop’s details of {name_of(product)} don’t say."
