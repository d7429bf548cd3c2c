"""The way from an address to a chatbot in the storefront, and where a store is on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import NoReverseMatch, reverse

from commerce.models import Resource, Store, SyncRun

MOST_CHATBOTS = 50  # looked at; a store has one or two


@dataclass(frozen=True)
class Stage:
    """One step. state: done, now (the next thing to do), busy, or later."""

    title: str
    state: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True)
class Facts:
    """What the stages are judged by."""

    store: Store
    products: int
    embedded: int
    last_run: SyncRun | None  # of the products
    chatbots: int
    has_conversations: bool


def chatbots_of(store: Store) -> list[Any]:
    """The store's chatbots, `is_used` when one has talked to a shopper.

    Over the reverse relation: their app comes later.
    """
    chatbots: Any = getattr(store, "chatbots")  # noqa: B009 -- of a later app
    talks = chatbots.model.conversations.rel.related_model.objects
    is_used = Exists(talks.filter(chatbot=OuterRef("pk")))
    return list(chatbots.annotate(is_used=is_used)[:MOST_CHATBOTS])


def journey_of(
    store: Store,
    *,
    products: int,
    embedded: int,
    chatbots: Sequence[Any],
    runs: Sequence[SyncRun] = (),
) -> list[Stage]:
    """Return the six steps; everything after the first undone one is for later.

    products: live ones. embedded: how many of them the search index holds. chatbots:
    as chatbots_of() returns them. runs: the latest ones, newest first, where they are
    known already.
    """
    facts = Facts(
        store=store,
        products=products,
        embedded=embedded,
        last_run=last_product_run(store, runs),
        chatbots=sum(chatbot.is_active for chatbot in chatbots),
        has_conversations=any(chatbot.is_used for chatbot in chatbots),
    )
    stages, is_open = [], True
    for judge in (connect, map_fields, sync, embed, make_chatbot, go_live):
        stage = judge(facts)
        if not is_open and stage.state != "done":
            stage = Stage(stage.title, "later")
        is_open = is_open and stage.state == "done"
        stages.append(stage)
    return stages


def last_product_run(store: Store, runs: Sequence[SyncRun]) -> SyncRun | None:
    known = (run for run in runs if run.resource == Resource.PRODUCTS)
    return next(known, None) or (
        store.sync_runs.filter(resource=Resource.PRODUCTS).first()
    )


def connect(facts: Facts) -> Stage:
    if facts.store.is_connected:
        return Stage("Connect", "done")
    text = "Reconnect the store to sync it again."
    return Stage("Connect", "now", text, page("store-connection", facts.store))


def sync(facts: Facts) -> Stage:
    run = facts.last_run
    if run is not None and run.is_active and not facts.products:
        return Stage("Sync", "busy", "Products arrive as you watch.")
    if facts.products:
        return Stage("Sync", "done")
    text = "No product has arrived yet. The last sync run says why."
    return Stage("Sync", "now", text, page("run-list", facts.store))


def map_fields(facts: Facts) -> Stage:
    run = facts.last_run
    if run is None or run.is_active or not run.skipped:
        return Stage("Map", "done")
    text = f"{run.skipped:,} products were skipped. See which fields are missing."
    return Stage("Map", "now", text, page("store-mapping", facts.store))


def embed(facts: Facts) -> Stage:
    if facts.products and facts.embedded >= facts.products:
        return Stage("Embed", "done")
    told = f"{facts.embedded:,} of {facts.products:,} products are searchable."
    return Stage("Embed", "busy", told)


def make_chatbot(facts: Facts) -> Stage:
    if facts.chatbots:
        return Stage("Chatbot", "done")
    text = "Create a chatbot for this store."
    return Stage("Chatbot", "now", text, page("chatbot-create") or page("chatbot-list"))


def go_live(facts: Facts) -> Stage:
    if facts.has_conversations:
        return Stage("Go live", "done")
    text = "Paste the script tag into your storefront."
    return Stage("Go live", "now", text, page("chatbot-list"))


def page(name: str, store: Store | None = None) -> str:
    """The address of a page, "" while its app is not installed."""
    try:
        return reverse(name, args=[store.uid] if store else [])
    except NoReverseMatch:
        return ""


def is_finished(stages: list[Stage]) -> bool:
    return all(stage.state == "done" for stage in stages)
