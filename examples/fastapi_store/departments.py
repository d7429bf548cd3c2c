"""Reads the catalogue: one TOML file for each department, in the order of their names.

The same facts as in the files, with what follows from them: the slug, the SKU, what a
product costs now.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from database import Product

FOLDER = Path(__file__).parent / "catalogue"


@dataclass(frozen=True)
class Department:
    name: str
    slug: str
    tagline: str
    glyph: str
    paint: str


def load_departments() -> list[Department]:
    return [
        Department(
            name=file["category"],
            slug=slugify(file["category"]),
            tagline=file["tagline"],
            glyph=file["products"][0]["glyph"],
            paint=file["products"][0]["paint"],
        )
        for file in _read_files()
    ]


def load_products() -> list[Product]:
    return [
        _product(file, entry) for file in _read_files() for entry in file["products"]
    ]


def slugify(text: str) -> str:
    """`Kettle & Pot, 1.2 L` becomes `kettle-and-pot-1-2-l`."""
    words = text.lower().replace("&", " and ").replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")


@cache
def _read_files() -> list[dict[str, Any]]:
    return [tomllib.loads(path.read_text()) for path in sorted(FOLDER.glob("*.toml"))]


def _product(file: dict[str, Any], entry: dict[str, Any]) -> Product:
    """`price` is what it costs now; an entry with `was` is on sale."""
    return Product(
        id=f"prod_{entry['id']}",
        name=entry["name"],
        slug=slugify(entry["name"]),
        sku=f"{file['prefix']}-{entry['id']}",
        category=file["category"],
        categories=[file["category"], entry["kind"]],
        short_description=entry["short"],
        description=" ".join(entry["text"].split()),
        price=entry["price"],
        regular_price=entry.get("was", entry["price"]),
        sale_price=entry["price"] if "was" in entry else None,
        stock=entry["stock"],
        tags=entry["tags"],
        attributes=entry["attributes"],
        glyph=entry["glyph"],
        paint=entry["paint"],
    )
