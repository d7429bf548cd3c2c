"""What every page needs: navigation, form fields, icons, copying, times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, CheckboxInput
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commerce.models import Store
from commerce.views.undo import take_undo

register = template.Library()

# (label, URL name): a part that is not installed has no URL and shows no link.
MAIN_LINKS = (
    ("Commerce", "dashboard"),
    ("Chatbots", "chatbot-list"),
    ("Documentation", "docs"),
)
STORE_TABS = (
    ("Overview", "store-detail"),
    ("Products", "product-list"),
    ("Orders", "order-list"),
    ("Sync runs", "run-list"),
    ("Mapping", "store-mapping"),
    ("Webhooks", "delivery-list"),
    ("Doctor", "store-doctor"),
    ("Connection", "store-connection"),
    ("Settings", "store-settings"),
)


@dataclass(frozen=True)
class Link:
    label: str
    url: str
    current: bool


def links(names: tuple[tuple[str, str], ...], path: str, *args: object) -> list[Link]:
    """Return the installed links; the longest one that begins `path` is current."""
    found: list[tuple[str, str]] = []
    for label, name in names:
        try:
            found.append((label, reverse(name, args=args)))
        except NoReverseMatch:
            continue
    current = max(
        (url for _, url in found if path.startswith(url)), key=len, default=""
    )
    return [Link(label, url, url == current) for label, url in found]


@register.filter
def main_links(request: HttpRequest | None) -> list[Link]:
    return links(MAIN_LINKS, request.path if request else "")


@register.filter
def store_tabs(store: Store, request: HttpRequest) -> list[Link]:
    return links(STORE_TABS, request.path, store.uid)


# --- Forms and icons ------------------------------------------------------------------


@register.filter
def widget_kind(field: BoundField) -> str:
    return "check" if isinstance(field.field.widget, CheckboxInput) else "text"


@register.simple_tag
def draw_field(field: BoundField) -> SafeString:
    """Draw the input, tied to its help and errors for screen readers."""
    described = []
    if field.help_text:
        described.append(f"{field.auto_id}_help")
    attrs: dict[str, str | bool] = {}
    if field.errors:
        attrs["aria-invalid"] = "true"
        described.append(f"{field.auto_id}_error")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def copy_button(element_id: str, what: str = "", css: str = "") -> SafeString:
    """A button that copies the text of an element; `what` names it aloud."""
    return format_html(
        '<button class="copy {} needs-script" type="button" data-copy="{}">'
        '<span data-copy-label>Copy</span><span class="visually-hidden"> {}</span>'
        "</button>",
        css,
        element_id,
        what,
    )


@register.filter
def message_icon(level: str) -> str:
    return {"success": "check", "error": "alert", "warning": "alert"}.get(level, "info")


@register.simple_tag(takes_context=True)
def undo_of(context: dict[str, Any], message: Message) -> dict[str, Any] | None:
    """The form that takes back what a message tells, if it can be taken back."""
    return take_undo(context["request"], message.message)


# --- Times ----------------------------------------------------------------------------


def zone_of(user: Any) -> tzinfo:
    """The user's time zone; UTC when they have none we know."""
    try:
        return ZoneInfo(getattr(user, "time_zone", "") or "UTC")
    except (KeyError, ValueError, OSError):
        return UTC


@register.simple_tag(takes_context=True)
def when(context: dict[str, Any], moment: datetime | None) -> SafeString | str:
    """How long ago, or until, `moment` is, with the exact time on hover."""
    if moment is None:
        return "—"
    away = format_timedelta(
        moment - timezone.now(), add_direction=True, locale="en", threshold=1.1
    )
    return time_element(moment, away, context.get("user"))


@register.simple_tag(takes_context=True)
def exactly(context: dict[str, Any], moment: datetime | None) -> SafeString | str:
    """`moment` in the user's time zone, to the minute."""
    if moment is None:
        return "—"
    user = context.get("user")
    return time_element(moment, local(moment, user, "d MMM y, HH:mm"), user)


def time_element(moment: datetime, text: str, user: Any) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.astimezone(UTC).isoformat(timespec="seconds"),
        local(moment, user, "EEEE d MMMM y, HH:mm:ss zzz"),
        text,
    )


def local(moment: datetime, user: Any, pattern: str) -> str:
    return format_datetime(moment, pattern, tzinfo=zone_of(user), locale="en")
