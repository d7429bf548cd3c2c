"""How deliveries are shown."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString

from commerce.templatetags.records import badge
from webhooks.models import Delivery, DeliveryStatus, SignatureVerdict

register = template.Library()

BADGES = {
    DeliveryStatus.RECEIVED: "busy",
    DeliveryStatus.QUEUED: "busy",
    DeliveryStatus.APPLIED: "good",
    DeliveryStatus.UNCHANGED: "",
    DeliveryStatus.DUPLICATE: "",
    DeliveryStatus.REFUSED: "warn",
    DeliveryStatus.FAILED: "bad",
}
SIGNATURE_BADGES = {SignatureVerdict.VALID: "good", SignatureVerdict.INVALID: "bad"}


@register.simple_tag
def delivery_badge(delivery: Delivery) -> SafeString:
    return badge(delivery.get_status_display(), BADGES[DeliveryStatus(delivery.status)])


@register.simple_tag
def signature_badge(delivery: Delivery) -> SafeString:
    verdict = SignatureVerdict(delivery.signature)
    return badge(delivery.get_signature_display(), SIGNATURE_BADGES.get(verdict, ""))


@register.filter
def readable_body(text: str) -> str:
    """The body indented when it is JSON, else as it came."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


@register.filter
def shown_value(value: Any) -> str:
    """A value before or after a change; nothing is told as such."""
    if value in (None, "", [], {}):
        return "—"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
