"""How the doctor's report is shown."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from commerce.services.doctor import Check, Report, Verdict
from commerce.templatetags.pages import icon

register = template.Library()

ICONS = {Verdict.FAIL: "alert", Verdict.WARN: "info", Verdict.PASS: "check"}
GROUPS = {Verdict.FAIL: "Mend these first", Verdict.WARN: "Worth a look"}
COUNTED = {
    Verdict.FAIL: ("fault", "deleted"),
    Verdict.WARN: ("remark", "skipped"),
    Verdict.PASS: ("passed", "created"),
}


@register.simple_tag
def verdict_icon(verdict: str) -> SafeString:
    return icon(ICONS[Verdict(verdict)])


@register.filter
def headline(report: Report) -> str:
    """The report in one sentence."""
    faults, remarks = len(report.of("fail")), len(report.of("warn"))
    if faults:
        return f"{counted(faults, 'fault')} to mend"
    if remarks:
        return f"It works, with {counted(remarks, 'remark')}"
    return "Everything is as it should be"


@register.filter
def findings(report: Report) -> list[dict[str, Any]]:
    """What needs somebody, in groups, the worst first."""
    groups = [
        {"verdict": verdict.value, "title": title, "checks": report.of(verdict)}
        for verdict, title in GROUPS.items()
    ]
    return [group for group in groups if group["checks"]]


@register.filter
def passes(report: Report) -> tuple[Check, ...]:
    return report.of("pass")


@register.inclusion_tag("commerce/_verdict_bar.html")
def verdict_bar(report: Report) -> dict[str, Any]:
    """How many checks have which verdict, as one bar."""
    parts, start = [], 0.0
    for verdict, (noun, css) in COUNTED.items():
        count = len(report.of(verdict))
        width = 100 * count / max(len(report.checks), 1)
        label = noun if noun == "passed" or count == 1 else f"{noun}s"
        parts.append(
            {
                "label": label,
                "css": css,
                "count": count,
                "start": f"{start:.3f}%",
                "width": f"{width:.3f}%",
            }
        )
        start += width
    return {"parts": parts}


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
