"""What an answer stood on: its products as they were then, and who wrote them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse

from chatbot.models import Message
from commerce.mapping.money import money_text
from commerce.models import Product, Store

# What wrote a record, in words, when its page is not kept any more.
GONE = {
    "sync_run": "a sync run that is no longer kept",
    "delivery": "a webhook that is no longer kept",
    "remap": "a changed mapping",
}


@dataclass(frozen=True)
class Ground:
    """A product an answer spoke of.

    price, currency, stock: as they were when it was answered; price_now: today's, where
    that is another one. url: the product's page, "" when it is gone. writer: who had
    last written it then, in words; writer_url: that run's or webhook's page, or "".
    """

    name: str
    price: Decimal | None
    currency: str
    stock: str
    price_now: Decimal | None
    url: str
    writer: str
    writer_url: str


def grounds_of(store: Store, answers: Iterable[Message]) -> dict[int, list[Ground]]:
    """Return {pk of an answer: its grounds}, in three queries for all of them."""
    told = {answer.pk: list(read_grounds(answer.grounds)) for answer in answers}
    rows = [row for rows in told.values() for row in rows]
    products = {
        product.external_id: product
        for product in Product.objects.filter(
            store=store,
            external_id__in={row["external_id"] for row in rows},
            deleted_at__isnull=True,
        ).only("uid", "external_id", "price", "sale_price")
    }
    writers = writers_of(store, rows)
    return {
        pk: [
            ground_of(store, row, products.get(row["external_id"]), writers)
            for row in rows
        ]
        for pk, rows in told.items()
    }


def read_grounds(stored: Any) -> Iterable[dict[str, Any]]:
    """The stored rows that are whole, also of older versions."""
    for row in stored if isinstance(stored, list) else []:
        if isinstance(row, dict) and isinstance(row.get("external_id"), str):
            yield row


def writer_key(row: dict[str, Any]) -> tuple[str, str]:
    written_by = row.get("written_by") or {}
    return str(written_by.get("type") or ""), str(written_by.get("id") or "")


def writers_of(
    store: Store, rows: list[dict[str, Any]]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return {(type, id): (words, address)} of the runs and deliveries still kept.

    Deliveries are read over the reverse relation, as their app is none of ours.
    """
    ids: dict[str, set[str]] = {"sync_run": set(), "delivery": set()}
    for kind, uid in map(writer_key, rows):
        if uid and kind in ids:
            ids[kind].add(uid)
    found = {}
    for run in store.sync_runs.filter(uid__in=ids["sync_run"]):
        words = f"{run.get_trigger_display().lower()} sync"
        url = reverse("run-detail", args=[store.uid, run.uid])
        found["sync_run", str(run.uid)] = (words, url)
    deliveries: Any = getattr(store, "deliveries")  # noqa: B009 -- of another app
    for uid, event in deliveries.filter(uid__in=ids["delivery"]).values_list(
        "uid", "event"
    ):
        url = reverse("delivery-detail", args=[store.uid, uid])
        found["delivery", str(uid)] = (f"webhook {event}".strip(), url)
    return found


def ground_of(
    store: Store,
    row: dict[str, Any],
    product: Product | None,
    writers: dict[tuple[str, str], tuple[str, str]],
) -> Ground:
    key = writer_key(row)
    words, writer_url = writers.get(key, (GONE.get(key[0], ""), ""))
    price = row.get("price")
    now = product.current_price if product else None
    return Ground(
        name=str(row.get("name") or row["external_id"]),
        price=Decimal(price) if price else None,
        currency=str(row.get("currency") or ""),
        stock=str(row.get("stock_status") or ""),
        price_now=now if money_text(now) != price else None,
        url=reverse("product-detail", args=[store.uid, product.uid]) if product else "",
        writer=words,
        writer_url=writer_url,
    )
