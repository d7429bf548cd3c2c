"""Charts: the geometry of bars, and what the page carries."""

import re

import pytest
from django.template import Context, Template

from hiwelink.charts import HEIGHT, Series, nice_top, stacked_bars


def draw(labels, **layers):
    series = [Series(name, "good", values) for name, values in layers.items()]
    return stacked_bars("Runs", labels, series)


def test_layers_stand_on_each_other_and_the_highest_bar_fits():
    chart = draw(["Mon", "Tue"], ok=[6, 0], failed=[2, 1])
    low, high, single = chart.bars
    assert low.y + low.height == HEIGHT
    assert high.y + high.height == pytest.approx(low.y)
    assert min(bar.y for bar in chart.bars) >= 0
    assert single.x > low.x + low.width
    assert chart.totals == [("ok", "good", 6), ("failed", "good", 3)]


def test_nothing_is_drawn_for_nothing():
    chart = draw(["Mon", "Tue"], ok=[0, 0])
    assert chart.bars == []
    assert chart.is_empty
    assert draw([]).rows == []


def test_one_of_many_can_still_be_seen():
    chart = draw(["Mon"], ok=[1], failed=[100_000])
    assert min(bar.height for bar in chart.bars) == 1


def test_few_labels_are_written_below_many_bars():
    chart = draw([str(n) for n in range(30)], ok=[1] * 30)
    assert chart.marks == ["0", "5", "10", "15", "20", "25"]
    assert len(chart.columns) == 30
    assert draw([str(n) for n in range(31)], ok=[1] * 31).marks == ["0"]


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0, 2), (1, 2), (3, 4), (7, 8), (9, 10), (11, 20), (61, 80), (99_999, 100_000)],
)
def test_the_scale_ends_evenly(highest, top):
    assert nice_top(highest) == top


def test_the_page_carries_text_only_and_no_style():
    chart = draw(["<b>"], ok=[1_234])
    html = Template('{% load charts %}{% chart it "runs" %}').render(
        Context({"it": chart})
    )
    assert "<b>" not in html
    assert not re.search(r"\sstyle=", html)
    assert "&lt;b&gt;: 1,234 ok" in html
    assert 'aria-labelledby="runs-title"' in html
