"""Charts drawn on the server: stacked bars over time, as SVG a page can carry.

Numbers in, geometry out; the template draws it and the style sheet colours it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# The canvas; the page stretches it to the room there is, letters stand outside.
WIDTH, HEIGHT = 1000, 100
GAP = 0.25  # of a bar's room
MOST_MARKS = 8


@dataclass(frozen=True)
class Series:
    """One layer of every bar. tone: good, warn, bad, idle or accent.

    is_level: the values are how much there was, not how much happened; the legend then
    tells the last one instead of their sum.
    """

    label: str
    tone: str
    values: Sequence[int]
    is_level: bool = False

    @property
    def told(self) -> int:
        """The figure of the legend."""
        if self.is_level:
            return self.values[-1] if self.values else 0
        return sum(self.values)


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    tone: str


@dataclass(frozen=True)
class Chart:
    """What a chart shows, ready to draw, and the same as rows of a table."""

    title: str
    series: Sequence[Series]
    labels: Sequence[str]
    bars: list[Bar]
    scale: list[str]  # from the top down, evenly apart
    marks: list[str]  # below the bars, evenly apart, each at its bar's left end
    # (label of the bar, what the pointer is told, x, width) for each bar's column.
    columns: list[tuple[str, str, float, float]]
    rows: list[tuple[str, list[tuple[str, int]]]]

    @property
    def totals(self) -> list[tuple[str, str, int]]:
        """(label, tone, figure) of each series: the legend."""
        return [(s.label, s.tone, s.told) for s in self.series]

    @property
    def is_empty(self) -> bool:
        return not any(any(s.values) for s in self.series)


def stacked_bars(title: str, labels: Sequence[str], series: Sequence[Series]) -> Chart:
    """Lay out one bar a label, the series from the bottom up.

    Every series has as many values as there are labels, none below zero.
    """
    sums = [sum(s.values[i] for s in series) for i in range(len(labels))]
    top = nice_top(max(sums, default=0))
    room = WIDTH / max(len(labels), 1)
    bars, columns = [], []
    for i, label in enumerate(labels):
        left = i * room
        columns.append((label, spoken(series, i), round(left, 2), round(room, 2)))
        bars += bars_of(series, i, left + room * GAP / 2, room * (1 - GAP), top)
    return Chart(
        title=title,
        series=series,
        labels=labels,
        bars=bars,
        scale=[f"{n:,}" for n in (top, top // 2, 0)],
        marks=list(labels[:: mark_every(len(labels))]),
        columns=columns,
        rows=[
            (label, [(s.label, s.values[i]) for s in series])
            for i, label in enumerate(labels)
        ],
    )


def bars_of(
    series: Sequence[Series], index: int, x: float, width: float, top: int
) -> list[Bar]:
    """Stack the layers of one bar; what is nothing is not drawn."""
    bars, below = [], 0
    for layer in series:
        value = layer.values[index]
        if value:
            y, bottom = level(below + value, top), level(below, top)
            bars.append(
                Bar(
                    round(x, 2),
                    round(y, 2),
                    round(width, 2),
                    # One of a thousand can still be seen.
                    round(max(bottom - y, 1), 2),
                    layer.tone,
                )
            )
        below += value
    return bars


def level(value: float, top: int) -> float:
    """Return the height on the canvas at which `value` ends."""
    return HEIGHT - HEIGHT * value / top


def mark_every(bars: int) -> int:
    """Return how many bars share a mark: a divisor, so that marks stand in their place."""
    divisors = (n for n in range(1, bars + 1) if bars % n == 0)
    return next((n for n in divisors if bars // n <= MOST_MARKS), 1)


def spoken(series: Sequence[Series], index: int) -> str:
    told = [f"{s.values[index]:,} {s.label.lower()}" for s in series if s.values[index]]
    return ", ".join(told) or "nothing"


def nice_top(highest: int) -> int:
    """Return an even end of the scale, at or above the highest bar."""
    if highest <= 2:
        return 2
    step = int(10 ** (len(str(highest)) - 1))
    for factor in (1, 2, 4, 6, 8, 10):
        if factor * step >= highest:
            return factor * step
    return 10 * step
