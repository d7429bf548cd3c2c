"""Read queries shared by pages, API and admin; each inside one store."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, tzinfo
from uuid import UUID

from django.db.models import CharField, Func, Q, QuerySet
from django.db.models.functions import Substr

from commerce.models import Store
from commerce.selectors import clean_search
from webhooks.models import KEPT_BYTES, Delivery

# Not read for a list.
HEAVY = ("body", "headers", "changes", "issues")


class Escaped(Func):
    """A body as text: bytes beyond ASCII as \\ooo, so that any body can be searched."""

    function = "encode"
    template = "%(function)s(%(expressions)s, 'escape')"
    output_field = CharField()


def deliveries_of(
    store: Store,
    *,
    status: str = "",
    event: str = "",
    external_id: str = "",
    day: date | None = None,
    zone: tzinfo = UTC,
    search: str = "",
) -> QuerySet[Delivery]:
    """The deliveries of a store, newest first.

    event: whole ("product.updated") or its beginning ("product"). day: as days
    go in `zone`. search: part of the event, the record's id, the cause or the first
    64 KiB of the body, in any case; also a whole delivery's id.
    """
    rows = Delivery.objects.filter(store=store)
    if status:
        rows = rows.filter(status=status)
    if event := clean_search(event):
        rows = rows.filter(event__startswith=event)
    if external_id:
        rows = rows.filter(external_id=clean_search(external_id))
    if day:
        begins = datetime.combine(day, time.min, zone)
        last = datetime.combine(day, time.max, zone)
        rows = rows.filter(received_at__range=(begins, last))
    if search := clean_search(search):
        text = Escaped(Substr("body", 1, KEPT_BYTES))
        rows = rows.alias(text=text).filter(matches(search))
    return rows.order_by("-id")


def find_delivery(store: Store, uid: UUID) -> Delivery | None:
    return Delivery.objects.filter(store=store, uid=uid).first()


def matches(search: str) -> Q:
    found = (
        Q(event__icontains=search)
        | Q(external_id__icontains=search)
        | Q(error_code__icontains=search)
        | Q(error_detail__icontains=search)
    )
    for spelling in spellings(search):
        found |= Q(text__icontains=escaped(spelling))
    try:
        return found | Q(uid=UUID(search))
    except ValueError:
        return found


def spellings(search: str) -> set[str]:
    """The ways a text stands in JSON: PHP escapes slashes, most escape what is not
    ASCII.
    """
    plain = json.dumps(search)[1:-1]
    readable = json.dumps(search, ensure_ascii=False)[1:-1]
    return {plain, readable, plain.replace("/", "\\/")}


def escaped(text: str) -> str:
    """Spell a text as Escaped spells the bytes of its UTF-8."""
    return "".join(
        f"\\{byte:03o}" if byte > 127 else chr(byte).replace("\\", "\\\\")
        for byte in text.encode(errors="replace")
    )
