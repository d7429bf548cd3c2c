"""How stores, runs, products and orders are shown. What a store sent is untrusted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

import nh3
from babel.dates import format_timedelta
from babel.numbers import format_currency, format_decimal
from django import template
from django.utils.html import escape, format_html, format_html_join, linebreaks
from django.utils.safestring import SafeString, mark_safe

from commerce.models import Order, Product, RunStatus, StockStatus, Store, SyncRun

register = template.Library()

RUN_BADGES = {
    RunStatus.QUEUED: "",
    RunStatus.RUNNING: "busy",
    RunStatus.SUCCEEDED: "good",
    RunStatus.PARTIAL: "warn",
    RunStatus.FAILED: "bad",
    RunStatus.CANCELLED: "",
}
# Counts of a run, in the order of its bar.
RUN_COUNTS = ("created", "updated", "unchanged", "skipped", "deleted")
# What a product's description may keep: no pictures, styles or headings of its own.
PROSE_TAGS = {
    *("p", "br", "ul", "ol", "li", "b", "strong", "i", "em", "u", "a", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td", "code", "pre", "sub", "sup"),
}
MOST_PICTURES = 12
# Parts of the keys of an address, from its first line to its last.
ENVELOPE = (
    *("name", "company", "street", "address", "line", "zip", "post", "city"),
    *("state", "province", "region", "country", "phone", "mail"),
)


def badge(text: str, kind: str = "") -> SafeString:
    return format_html('<span class="badge {}">{}</span>', kind, text)


# --- Stores and runs ------------------------------------------------------------------


@register.simple_tag
def store_badge(store: Store, active_runs: Sequence[SyncRun] = ()) -> SafeString:
    """The one thing about a store that matters most now."""
    if not store.is_connected:
        return badge("Disconnected")
    if active_runs:
        return badge("Syncing", "busy")
    if store.failures_in_a_row:
        return badge("Sync failing", "bad")
    return badge("Connected", "good")


@register.simple_tag
def run_badge(run: SyncRun) -> SafeString:
    return badge(run.get_status_display(), RUN_BADGES[RunStatus(run.status)])


@register.inclusion_tag("commerce/_count_bar.html")
def count_bar(run: SyncRun) -> dict[str, Any]:
    """What became of a run's records: one bar, and a figure for each part."""
    counts = [(name, getattr(run, name)) for name in RUN_COUNTS]
    total = sum(count for _, count in counts)
    parts, start = [], 0.0
    for name, count in counts:
        width = 100 * count / total if total else 0.0
        parts.append(
            {
                "name": name,
                "count": count,
                "start": f"{start:.3f}%",
                "width": f"{width:.3f}%",
            }
        )
        start += width
    return {"parts": parts, "total": total}


@register.filter
def duration(run: SyncRun) -> str:
    """How long a finished run took: "4 seconds"."""
    if run.started_at is None or run.finished_at is None:
        return ""
    return format_timedelta(
        max(run.finished_at - run.started_at, timedelta(seconds=1)),
        locale="en",
        threshold=2,
    )


@register.filter
def time_left(seconds: float) -> str:
    """Say it as coarsely as it is known: "about 40 seconds left"."""
    if seconds < 10:
        return "a few seconds left"
    away = format_timedelta(
        timedelta(seconds=round(seconds, -1)), locale="en", threshold=2
    )
    return f"about {away} left"


@register.filter
def every_minutes(minutes: int | None) -> str:
    if not minutes:
        return "Off"
    units = ((1440, "day"), (60, "hour"), (1, "minute"))
    size, unit = next(pair for pair in units if minutes % pair[0] == 0)
    count = minutes // size
    return f"Every {unit}" if count == 1 else f"Every {count} {unit}s"


@register.filter
def ordinal_place(position: int) -> str:
    """0 -> "record 1": people count from one."""
    return f"record {position + 1}"


@register.filter
def words(code: object) -> str:
    """missing_name -> Missing name."""
    text = str(code or "").replace("_", " ").strip()
    return text[:1].upper() + text[1:]


# --- Products and orders --------------------------------------------------------------


def money(amount: object, currency: str = "") -> str:
    """Format an amount in `currency`, or as a plain number when that is not told.

    All digits of the amount are shown, and at least two behind the point.
    """
    try:
        number = Decimal(str(amount))
    except InvalidOperation:
        return "—"
    if not number.is_finite():
        return "—"
    if not currency:
        return format_decimal(
            number, "#,##0.00", locale="en", decimal_quantization=False
        )
    return format_currency(
        number.normalize(), currency, locale="en", decimal_quantization=False
    )


@register.simple_tag
def amount(value: object, record: Product | Order, store: Store) -> str:
    """An amount of a record, in its own currency or else its store's."""
    return money(value, record.currency or store.currency)


@register.simple_tag
def price(product: Product, store: Store) -> SafeString | str:
    """What a shopper pays, and the regular price struck through when that is more."""
    currency = product.currency or store.currency
    current = product.current_price
    if current is None:
        return "—"
    before = max(product.regular_price or 0, product.price or 0)
    if before <= current:
        return money(current, currency)
    return format_html(
        '{} <s class="before"><span class="visually-hidden">instead of </span>{}</s>',
        money(current, currency),
        money(before, currency),
    )


@register.simple_tag
def stock_badge(product: Product) -> SafeString | str:
    quantity = product.stock_quantity
    if product.stock_status == StockStatus.OUT_OF_STOCK:
        return badge("Out of stock", "bad")
    if product.stock_status == StockStatus.IN_STOCK:
        return badge(f"{quantity} in stock" if quantity else "In stock", "good")
    return "—" if quantity is None else str(quantity)


@register.simple_tag
def thumbnail(images: Sequence[object]) -> SafeString:
    """The first picture of a product, small, or an empty frame of the same size."""
    urls = picture_urls(images)
    if not urls:
        return mark_safe('<span class="thumb"></span>')
    return picture(urls[0], 40, css="thumb")


@register.simple_tag
def pictures(product: Product) -> SafeString:
    urls = picture_urls(product.images)[:MOST_PICTURES]
    return format_html_join(
        "", "{}", ((picture(url, 160, alt=product.name),) for url in urls)
    )


def picture(url: str, size: int, *, alt: str = "", css: str = "picture") -> SafeString:
    return format_html(
        '<img class="{}" src="{}" alt="{}" width="{}" height="{}" loading="lazy" '
        'decoding="async" referrerpolicy="no-referrer">',
        css,
        url,
        alt,
        size,
        size,
    )


def picture_urls(images: Sequence[object]) -> list[str]:
    return [url for image in images if (url := http_url(image))]


@register.filter
def safe_html(text: str) -> SafeString:
    """Show a description, HTML or plain text, with nothing in it that acts."""
    if "<" not in text:
        return mark_safe(linebreaks(escape(text)))
    return mark_safe(
        nh3.clean(
            text,
            tags=PROSE_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )
    )


@register.filter
def listed(values: object) -> str:
    """["Audio", "Sale"] -> "Audio, Sale"."""
    if isinstance(values, list | tuple):
        return ", ".join(str(value) for value in values) or "—"
    return "—" if values in (None, "") else str(values)


def place_on_envelope(key: str) -> tuple[int, str]:
    """Stores name the parts differently, and the database forgets their order."""
    found = (n for n, part in enumerate(ENVELOPE) if part in key.lower())
    return next(found, len(ENVELOPE)), key


@register.filter
def address_lines(address: object) -> SafeString:
    """An address's values, a line each, in the order of an envelope."""
    parts = address if isinstance(address, dict) else {"street": address}
    lines = (
        (listed(parts[key]),)
        for key in sorted(parts, key=place_on_envelope)
        if parts[key] not in (None, "", [], {})
    )
    return format_html_join(mark_safe("<br>"), "{}", lines)


# --- Untrusted addresses and JSON -----------------------------------------------------


@register.filter
def http_url(text: object) -> str:
    """Return `text` if a browser may follow it as a link to the web, else nothing."""
    try:
        parts = urlsplit(str(text))
    except ValueError:
        return ""
    return str(text) if parts.scheme in {"http", "https"} and parts.netloc else ""


@register.filter
def web_link(url: object) -> SafeString | str:
    """A link out of HiWelink that tells its target nothing about us."""
    safe = http_url(url)
    if not safe:
        return str(url or "—")
    return format_html(
        '<a class="break" href="{}" rel="noopener noreferrer nofollow" '
        'target="_blank">{}<span class="visually-hidden"> (opens in a new tab)'
        "</span></a>",
        safe,
        safe,
    )


@register.filter
def pretty_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def shown_value(value: object) -> str:
    """A value before or after a change, on a line; "" when there is none."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(v, dict | list) for v in value):
        return ", ".join(map(str, value))
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
