"""Draws a product's picture: its glyph in its colour on a pale tile, as SVG text."""

import re
import tomllib
from functools import cache
from pathlib import Path

GLYPHS = tomllib.loads((Path(__file__).parent / "glyphs.toml").read_text())
FIXED = {
    "ink": "#2f3437",
    "metal": "#a9b1b8",
    "wood": "#a87b4f",
    "cream": "#fbf5e6",
    "flame": "#f0a33c",
}
PAINTS = {
    "amber": "#d99a2b",
    "berry": "#8c3b5e",
    "black": "#3d4347",
    "blue": "#3d6f9e",
    "bone": "#d8cdb8",
    "brass": "#b8913f",
    "brick": "#a94a35",
    "brown": "#7a553a",
    "clay": "#c27b58",
    "copper": "#b9683c",
    "cream": "#e6dcc3",
    "denim": "#4a6484",
    "forest": "#2f5d46",
    "gray": "#858c90",
    "green": "#5a8a52",
    "indigo": "#47508a",
    "lavender": "#8d83b5",
    "mint": "#7db39c",
    "moss": "#6d7a45",
    "mustard": "#c9a036",
    "navy": "#2c3f5e",
    "oak": "#b98d58",
    "olive": "#7c7a45",
    "orange": "#d9722e",
    "pine": "#33574f",
    "plum": "#6a4468",
    "red": "#b93a36",
    "rose": "#c47a83",
    "rust": "#a8542c",
    "sage": "#8fa383",
    "sand": "#c8ab7e",
    "sky": "#6fa3c4",
    "slate": "#5b6b78",
    "steel": "#8d99a3",
    "teal": "#2f7f83",
    "walnut": "#6a4a36",
    "white": "#dfe1de",
    "yellow": "#e0b93a",
}


@cache
def draw(glyph: str, paint: str) -> str:
    """Return a whole SVG file. Raises KeyError for a glyph or paint there is none of."""
    main = PAINTS[paint]
    colors = FIXED | {
        "main": main,
        "dark": mix(main, "#1d2226", 0.32),
        "light": mix(main, "#ffffff", 0.5),
    }
    tile = mix(main, "#ffffff", 0.84)
    shapes = re.sub(
        r'"(main|dark|light|ink|metal|wood|cream|flame)"',
        lambda match: f'"{colors[match[1]]}"',
        GLYPHS[glyph].strip(),
    )
    shade = mix(tile, "#1d2226", 0.12)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"'
        ' width="400" height="400">\n'
        f'<rect width="400" height="400" fill="{tile}"/>\n'
        f'<ellipse cx="200" cy="326" rx="140" ry="15" fill="{shade}"/>\n'
        f"{shapes}\n</svg>\n"
    )


def mix(color: str, other: str, share: float) -> str:
    """Return `color` with `share` (0 to 1) of `other` in it, both `#rrggbb`."""
    pairs = zip(_parts(color), _parts(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _parts(color: str) -> list[int]:
    return [int(color[at : at + 2], 16) for at in (1, 3, 5)]
