"""How a chatbot looks: its colour, and letters on it that can be read."""

from __future__ import annotations

from typing import Any

from chatbot.models import Chatbot

WHITE, BLACK = "#ffffff", "#000000"
RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}


def look_of(chatbot: Chatbot) -> dict[str, Any]:
    """Return what the loader needs before anything is opened.

    {name, color, ink, position}: ink is white or black, whichever stands out more from
    the merchant's colour: at least 4.5:1 for any.
    """
    return {
        "name": chatbot.name,
        "color": chatbot.accent_color,
        "ink": readable_on(chatbot.accent_color),
        "position": chatbot.position,
    }


def readable_on(color: str) -> str:
    """Return the letters' colour with the higher contrast on `color` ("#rrggbb")."""
    return max((WHITE, BLACK), key=lambda ink: contrast(ink, color))


def direction_of(language: str) -> str:
    """Return "rtl" or "ltr": the way the shop's language ("ar", "he-IL") is written."""
    return "rtl" if language.lower().split("-")[0] in RIGHT_TO_LEFT else "ltr"


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    """Return the relative luminance as WCAG 2.2 defines it."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
