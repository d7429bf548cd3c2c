"""Which texts of a product are searched and embedded. Orders never are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from commerce.models import Product

# Bounds, in characters: of what is searched by its words.
MAX_DESCRIPTION = 8_000
MAX_FEATURES = 4_000
# Words of description and of attributes in the embedded text (notes, "Recipe").
EMBEDDED_WORDS = 40
_BEFORE_MARK = re.compile(r"\s+([.,;:!?)])")
BRAND_NAMES = frozenset({"brand", "manufacturer", "vendor", "maker", "marke", "marque"})


@dataclass(frozen=True)
class Document:
    """The texts of one product, plain, by how much they say about what it is."""

    title: str
    sku: str
    brand: str  # brand, categories and tags
    description: str
    features: str
    categories: tuple[str, ...] = ()

    @property
    def full_text(self) -> str:
        """What is embedded beside the title."""
        parts = [
            self.title,
            self.brand,
            first_words(self.description),
            first_words(self.features),
        ]
        return " ".join(filter(None, parts))

    @property
    def text_hash(self) -> bytes:
        """16 bytes that change when what is embedded does."""
        text = f"{self.title}\0{self.full_text}"
        return hashlib.blake2b(text.encode(), digest_size=16).digest()


def document_of(product: Product) -> Document:
    """Return the product's texts, HTML stripped, each bounded."""
    brand = [
        text
        for name, values in product.attributes.items()
        if name.casefold() in BRAND_NAMES
        for text in values
    ]
    description = " ".join(
        dict.fromkeys(
            filter(
                None,
                (plain(product.short_description), plain(product.description)),
            )
        )
    )
    return Document(
        title=product.name,
        sku=" ".join(dict.fromkeys(filter(None, (product.sku, product.external_id)))),
        brand=" ".join(distinct([*brand, *product.categories, *product.tags])),
        description=description[:MAX_DESCRIPTION],
        features="; ".join(
            f"{name}: {', '.join(map(str, values))}"
            for name, values in product.attributes.items()
            if name.casefold() not in BRAND_NAMES
        )[:MAX_FEATURES],
        categories=tuple(distinct(product.categories)),
    )


def distinct(texts: Iterable[object]) -> list[str]:
    return list(dict.fromkeys(str(text) for text in texts if text))


def plain(text: str) -> str:
    """Return `text` without HTML, on one line."""
    if "<" in text or "&" in text:
        page = LexborHTMLParser(text)
        page.strip_tags(["script", "style"])
        text = page.body.text(separator=" ", deep=True) if page.body else ""
        text = _BEFORE_MARK.sub(r"\1", text)
    return " ".join(text.split())


def first_words(text: str) -> str:
    return " ".join(text.split()[:EMBEDDED_WORDS])
