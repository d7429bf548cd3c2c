"""What the pictures show: two stores, webhooks, talks, a team, all made over HTTP.

Only the dates are moved afterwards, so that charts have something to tell: nobody waits
a month for a picture. Django must be set up with the product's environment.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from django.utils import timezone

from chatbot.models import Chatbot, Conversation
from commerce.embedding_counts import embedded_counts
from commerce.models import ACTIVE, Notice, Order, Product, Resource, Store, SyncRun
from hiwelink.accounts.models import Membership, Role, User
from hiwelink.accounts.services import create_api_token, create_merchant
from hiwelink.demo_store import EMAIL, PASSWORD
from tests.stores import MisbehavingStore, make_orders
from webhooks.models import Delivery

PATIENCE_SECONDS = 120.0
STAFF = "staff@example.com"
TALKS = (
    ["How much is the Skarn 2 Backpacking Tent?", "How much does it weigh?"],
    ["Which hammocks do you have under $100?"],
    ["Is the Director's Folding Camp Chair in stock?"],
    ["What is your cheapest headlamp?"],
    ["Compare the Skarn 1 and the Skarn 2"],
    ["How long does express shipping take?"],
    ["Can I return coffee that I opened?"],
    ["What do you have for coffee under $30?", "Which of them is in stock?"],
    ["What sizes does the Cairn Mid Waterproof Hiking Boot come in?"],
    ["Do you sponsor school trips?"],
    ["Do you sell lawn mowers?"],
    ["Can you engrave a mug?"],
    ["Which tents do you have?"],
    ["How much is shipping?"],
)


@dataclass
class World:
    """Where things are: the addresses' parts of every page."""

    root: str
    shop: str
    store: Store
    other: Store
    remote: MisbehavingStore
    chatbot: Chatbot


class Owner:
    """The demo merchant's program: the management API with their token."""

    def __init__(self, root: str) -> None:
        self.root = root
        token = create_api_token(User.objects.get(email=EMAIL), name="Nightly export")
        self.headers = {"Authorization": f"Token {token}"}

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = requests.post(
            f"{self.root}/api/v1/{path}", json=body or {}, headers=self.headers
        )
        answer.raise_for_status()
        return answer.json()


def fill(environment: dict[str, str], remote: MisbehavingStore) -> World:
    """Make everything there is to see. remote: the server of the second store."""
    random.seed(7)
    root, shop = environment["PUBLIC_BASE_URL"], environment["STORE_URL"]
    owner = Owner(root)
    store = Store.objects.get()
    settle()
    wait_for(lambda: embedded_counts([store])[store.pk] == store.products.count())
    sync_often(owner, store, shop, environment["DATA_DIR"])
    send_what_is_refused(root, store)
    chatbot = store.chatbots.get()
    talk(root, chatbot)
    other = connect_the_troubled(owner, remote)
    act_often(owner, store, other)
    make_team(store)
    move_dates(store, other)
    return World(root, shop, store, other, remote, chatbot)


def sync_often(owner: Owner, store: Store, shop: str, data_dir: str) -> None:
    """Days of a shop's life: prices and stock change, it tells, and is polled."""
    key = {"X-API-Key": (Path(data_dir) / "demo" / "api_key").read_text().strip()}
    products = list(Product.objects.filter(store=store, price__gt=5).order_by("id"))
    orders = list(Order.objects.filter(store=store).order_by("id"))
    for _ in range(8):
        for product in random.sample(products, 7):
            change = {"stock": random.randrange(40)}
            if random.random() < 0.4:
                change["price"] = round(float(product.price or 9) * 0.9, 2)
            told = requests.post(
                f"{shop}/demo/products/{product.external_id}", json=change, headers=key
            )
            told.raise_for_status()
        for order in random.sample(orders, 3):
            state = random.choice(["shipped", "completed", "processing"])
            requests.post(
                f"{shop}/demo/orders/{order.external_id}",
                json={"status": state},
                headers=key,
            ).raise_for_status()
        owner.post(f"stores/{store.uid}/sync/", {"resource": "all"})
        settle()


def send_what_is_refused(root: str, store: Store) -> None:
    address = f"{root}/api/generic-api/webhooks/{store.token}/products"
    unknown = {"event": "product.updated", "data": {"id": "sku-9001", "price": 19}}
    for body in (unknown, {"event": "product.archived", "data": {"id": "boot-12"}}):
        requests.post(address, json=body)
    requests.post(address, data="{'event': 'product.created'}")


def talk(root: str, chatbot: Chatbot) -> None:
    """Shoppers ask, and some say what they think of the answer."""
    address = f"{root}/api/chatbot/{chatbot.public_id}/messages"
    for number in range(42):
        conversation = None
        for question in TALKS[number % len(TALKS)]:
            body = {"message": question, "conversation": conversation}
            answer = requests.post(address, json=body)
            answer.raise_for_status()
            told = answer.json()
            conversation = told["conversation"]
        if number % 4 == 0:
            rating = "down" if number % 14 in (9, 10, 11) else "up"
            requests.post(
                f"{address}/{told['message']['id']}/feedback", json={"rating": rating}
            ).raise_for_status()


def connect_the_troubled(owner: Owner, remote: MisbehavingStore) -> Store:
    """A store with records that cannot be read, which then refuses its credential."""
    made = owner.post(
        "stores/",
        {
            "name": "Nordlicht Audio",
            "base_url": remote.url,
            "environment": "sandbox",
            "auth_method": remote.auth_method,
            "credentials": remote.credentials,
            "currency": "EUR",
        },
    )
    store = Store.objects.get(uid=made["id"])
    settle()
    known, remote.credentials = remote.credentials, {"api_key": "sk_test_a_newer_one"}
    for _ in range(4):
        owner.post(f"stores/{store.uid}/sync/", {"resource": "all"})
        settle()
    remote.credentials = known
    return store


def act_often(owner: Owner, store: Store, other: Store) -> None:
    """Something for the audit log."""
    applied = Delivery.objects.filter(store=store, status="applied").latest("id")
    owner.post(f"stores/{store.uid}/deliveries/{applied.uid}/replay/")
    owner.post(f"stores/{other.uid}/rotate-token/", {"overlap_hours": 24})


def make_team(store: Store) -> None:
    people = (
        ("mira@example.com", "Mira Holm", Role.EDITOR),
        ("jon@example.com", "Jon Aalto", Role.VIEWER),
    )
    for email, name, role in people:
        user = create_merchant(email=email, password=PASSWORD, name=name)
        Membership.objects.create(workspace=store.workspace, user=user, role=role)
    User.objects.create_superuser(STAFF, PASSWORD, name="Staff")


def move_dates(store: Store, other: Store) -> None:
    """Spread what just happened over the time the charts show."""
    now = timezone.now()
    spread(Conversation.objects.order_by("id"), now, timedelta(days=29), move_talk)
    deliveries = Delivery.objects.filter(store=store).order_by("id")
    spread(deliveries, now, timedelta(hours=23), move_delivery)
    for one, days in ((store, 20), (other, 3)):
        for resource in Resource.values:
            runs = SyncRun.objects.filter(store=one, resource=resource).order_by("id")
            spread(runs, now, timedelta(days=days), move_run)
        products = Product.objects.filter(store=one).order_by("updated_at", "id")
        spread(products, now, timedelta(days=days), move_product)
    begin = now - timedelta(days=21)
    Store.objects.filter(pk=store.pk).update(
        connected_at=begin, created_at=begin, last_synced_at=now - timedelta(minutes=7)
    )
    Store.objects.filter(pk=other.pk).update(last_synced_at=now - timedelta(days=3))
    for model in (Product, Order):
        model.objects.filter(store=store).update(created_at=begin)
    Notice.objects.update(created_at=now - timedelta(hours=5))


def spread(
    rows: Any,
    now: datetime,
    span: timedelta,
    move: Callable[[Any, datetime], None],
) -> None:
    """Move rows into the last `span`, the newest a few minutes ago, as life does."""
    dice, found = random.Random(11), list(rows)
    shares = sorted((dice.random() for _ in found), reverse=True)
    shares[:1], shares[-1:] = [1.0], [0.0]
    for share, row in zip(shares, found, strict=True):
        move(row, now - timedelta(minutes=7) - share * span)


def move_talk(talk: Conversation, moment: datetime) -> None:
    talk.messages.update(created_at=moment)
    rows = Conversation.objects.filter(pk=talk.pk)
    rows.update(created_at=moment, last_message_at=moment)


def move_delivery(delivery: Delivery, moment: datetime) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(
        received_at=moment, finished_at=moment
    )


def move_product(product: Product, moment: datetime) -> None:
    Product.objects.filter(pk=product.pk).update(updated_at=moment)


def move_run(run: SyncRun, moment: datetime) -> None:
    took = (run.finished_at or moment) - (run.started_at or moment)
    SyncRun.objects.filter(pk=run.pk).update(
        created_at=moment, started_at=moment, finished_at=moment + took
    )


def settle() -> None:
    """Wait until no sync runs."""
    wait_for(lambda: not SyncRun.objects.filter(status__in=ACTIVE).exists())


def wait_for(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not fact():
        if time.monotonic() > deadline:
            raise SystemExit("The product is too slow to be photographed.")
        time.sleep(0.2)


def troubled_store() -> MisbehavingStore:
    """Records with three kinds of mistakes, as real stores make them."""
    names = ("Studio Headphones", "Bookshelf Speaker", "Turntable", "Tube Preamp")
    products = []
    for number in range(1, 161):
        product = {
            "id": f"na-{number}",
            "name": f"{names[number % 4]} {number}",
            "price": f"{number * 3 + 19},90 €",
            "stock_status": "in_stock" if number % 6 else "lagernd",
            "slug": f"na-{number}",
            "maker": "Nordlicht",
        }
        if number % 40 == 7:
            product["product_title"] = product.pop("name")
        if number % 50 == 9:
            product["price"] = "on request"
        products.append(product)
    return MisbehavingStore(products=products, orders=make_orders(30))
