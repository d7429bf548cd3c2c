"""Contrast of the style sheet's colours, WCAG 2.2: 4.5 for text, 3 for edges."""

import re
from itertools import product
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "static" / "css" / "tokens.css"
SURFACES = ("page", "surface", "sunken", "hover")
TEXT = [
    *product(("text", "muted", "accent", "accent-strong", "bad"), SURFACES),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-bad", "bad"),
    ("on-accent-soft", "accent-soft"),
    *((name, f"{name}-soft") for name in ("good", "warn", "bad", "idle")),
    *product(
        ("text", "muted", "accent"),
        ("accent-soft", "good-soft", "warn-soft", "bad-soft"),
    ),
]
EDGES = [
    *product(("edge", "accent"), SURFACES),
    ("accent", "idle-soft"),  # a progress bar
]


def colours(scheme: int) -> dict[str, str]:
    """The colours of the light (0) or dark (1) scheme, by name."""
    pairs = re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS.read_text()
    )
    return {name: values[scheme] for name, *values in pairs}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_right():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("pairs", "least"), [(TEXT, 4.5), (EDGES, 3)], ids=["text", "edges"]
)
def test_colours_can_be_told_apart(scheme, pairs, least):
    palette = colours(scheme)
    poor = {
        (front, back): round(contrast(palette[front], palette[back]), 2)
        for front, back in pairs
        if contrast(palette[front], palette[back]) < least
    }
    assert poor == {}
