"""A merchant whose store, shoppers and colleagues put one value into every field.

What the store sends comes in the front door, as webhooks; every other text column of
every model of ours is filled from the models themselves, so that a new field, kind or
model is hostile as soon as it exists.
"""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.db import models
from django.http import HttpResponse
from django.test import Client

from chatbot.indexing import index_words
from chatbot.models import Conversation
from commerce.mapping.fields import Field, Kind, Resource, fields_of
from commerce.models import Order, Product, Store, SyncRun
from hiwelink.accounts.models import User
from tests.security.victim import make_victim

OURS = ("accounts", "teams", "commerce", "webhooks", "chatbot", "worker")
# Written through the front door; what may stand in them is the mapping's to decide.
MAPPED = (Product, Order)
# Machine-made, or read by a browser only after a check of its form (see `has_form`).
NOT_TEXT = {
    "User.password",
    "User.email",  # an address; a hostile one cannot be entered, and logs us in here
    "User.time_zone",
    "ApiToken.digest",
    "ApiToken.token_key",
    "Store.credentials",
    "Store.currency",
    "Store.language",
    "Invitation.email",
    "Counter.key",
    "WebhookSecret.secret",
}


def make_hostile_world(value: str) -> dict[str, object]:
    """Make a merchant with `value` everywhere; returns {route parameter: value}."""
    victim = make_victim()
    store = Store.objects.get(uid=victim["store"])
    send_records(store, value)
    product, order = store.products.latest("pk"), store.orders.latest("pk")
    victim |= {"product_uid": product.uid, "order_uid": order.uid}
    add_troubles(store, value)
    for model in text_models():
        for row in model._default_manager.all():
            fill(row, value)
    index_words(store)
    return victim


def owner() -> User:
    return User.objects.get(email="victoria@example.com")


def send_records(store: Store, value: str) -> None:
    """Send both records with every field they may have; refused bodies are kept too."""
    for resource in Resource:
        record = {field.name: sent(field, value) for field in fields_of(resource)}
        record |= {value: value}
        send(store, resource, record | {"id": value})  # may be no id at all
        answer = send(store, resource, record)
        assert answer.status_code == 200, answer.content


def send(store: Store, resource: str, record: dict[str, Any]) -> HttpResponse:
    header = value_of_header(str(record["id"]))
    return Client(raise_request_exception=False).post(
        f"/api/generic-api/webhooks/{store.token}/{resource}",
        json.dumps({"event": f"{resource[:-1]}.created", "data": record}),
        content_type="application/json",
        headers={"User-Agent": header, "X-Hostile": header},
    )


def value_of_header(value: str) -> str:
    return "".join(c for c in value if c.isascii() and c.isprintable())


def sent(field: Field, value: str) -> Any:
    """A hostile value of the form its kind of field has. A new kind fails here."""
    pictures = [value, f"https://pictures.example/a.png{value}"]
    item = {"product_id": value, "name": value, "quantity": 1, "price": value}
    place = {key: value for key in ("name", "street", "city", "email", value)}
    forms: dict[Kind, Any] = {
        Kind.LIST: [value, {"name": value}],
        Kind.IMAGES: pictures,
        Kind.ATTRIBUTES: {value: [value]},
        Kind.ITEMS: [item],
        Kind.ADDRESS: place,
        Kind.ID: "".join(c for c in value if c.isprintable())[:190],
    }
    plain = set(Kind) - set(forms)
    assert field.kind in plain | set(forms)
    return forms.get(field.kind, value)


def add_troubles(store: Store, value: str) -> None:
    """A failed run with a skipped record and a change, a notice, an invitation."""
    run, text = SyncRun.objects.get(store=store), storable(value, None)
    run.issues.create(
        code="missing_name", detail=text, page=1, position=0, is_skip=True,
        record={text: text},
    )  # fmt: skip
    run.changes.create(kind="updated", external_id="1", fields={"name": ["a", "b"]})
    store.notices.create(kind="failing", run=run)
    Conversation.objects.update(emails=["shopper@example.com"])


def text_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m._meta.app_label in OURS]


def fill(row: models.Model, value: str) -> None:
    """Put `value` into each text of `row` that is not bound to a form of its own."""
    told = {}
    for field in row._meta.concrete_fields:
        name = f"{type(row).__name__}.{field.name}"
        if name in NOT_TEXT or has_form(field) or isinstance(row, MAPPED):
            continue
        if isinstance(field, models.CharField | models.TextField):
            told[field.attname] = storable(value, field.max_length)
        elif isinstance(field, models.JSONField) and field.name not in INTERNAL:
            told[field.attname] = put_into(getattr(row, field.attname), value)
    if told:
        type(row)._default_manager.filter(pk=row.pk).update(**told)


# JSON that only programs write and read: keys and numbers, no texts of anybody.
INTERNAL = {
    *("cursor", "told", "sync_runs", "counts", "issue_counts", "allowed_origins"),
    "id_sources",
}


def has_form(field: models.Field[Any, Any]) -> bool:
    """Whether only some texts can be in it: choices, a pattern, a key, a few letters."""
    short = field.max_length is not None and field.max_length < 40
    alone = {n for c in field.model._meta.constraints for n in getattr(c, "fields", ())}
    return bool(
        field.choices
        or field.unique
        or field.primary_key
        or short
        or field.name in alone
    )


def storable(value: str, limit: int | None) -> str:
    return value.replace("\0", "")[: limit or 100_000]


def put_into(told: Any, value: str) -> Any:
    """The same shape with `value` for every text, and as one more entry."""
    text = storable(value, None)
    if isinstance(told, dict):
        return {key: put_into(part, value) for key, part in told.items()} | {text: text}
    if isinstance(told, list):
        return [put_into(part, value) for part in told] or [text]
    return text if isinstance(told, str) else told
