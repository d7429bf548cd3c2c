"""{% chart some_chart "id" %}: draws a Chart of hiwelink/charts.py."""

from __future__ import annotations

from typing import Any

from django import template

from hiwelink.charts import HEIGHT, WIDTH, Chart

register = template.Library()


@register.inclusion_tag("_chart.html")
def chart(chart: Chart, element_id: str) -> dict[str, Any]:
    """element_id: unique on the page; names the chart for screen readers."""
    return {
        "chart": chart,
        "id": element_id,
        "width": WIDTH,
        "height": HEIGHT,
        "middle": HEIGHT // 2,
    }
