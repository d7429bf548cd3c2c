"""Which pages are photographed, and what is done on each before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from playwright.sync_api import Page, expect

from commerce.models import RunStatus
from tests.screenshots.world import World
from tests.stores import API_KEY

Preparation = Callable[[Page], None]


@dataclass(frozen=True)
class Shot:
    """One picture. who: "owner", "staff" or "" for a visitor."""

    name: str
    address: str
    prepare: Preparation = lambda page: None
    who: str = "owner"
    is_phone: bool = False
    is_dark: bool = False


def shots_of(world: World) -> list[Shot]:
    """Every page by light on a desk, then some on a phone and in the dark."""
    desk = [*visitor_shots(world), *store_shots(world), *chatbot_shots(world)]
    desk += [*account_shots(world), *staff_shots()]
    by_name = {shot.name: shot for shot in desk}
    phone = ("overview", "store", "webhooks", "mapping", "conversations", "storefront")
    dark = ("overview", "store", "webhooks", "chatbot", "documentation")
    return [
        *desk,
        *(replace(by_name[n], name=f"{n}-phone", is_phone=True) for n in phone),
        *(replace(by_name[n], name=f"{n}-dark", is_dark=True) for n in dark),
    ]


def visitor_shots(world: World) -> list[Shot]:
    return [
        Shot("sign-up", "/account/signup/", who=""),
        Shot("log-in", "/account/login/", who=""),
        Shot("documentation", "/docs/generic-api/"),
        Shot("storefront", f"{world.shop}/", ask_in_the_shop, who=""),
    ]


def store_shots(world: World) -> list[Shot]:
    store, other = (f"/dashboard/stores/{s.uid}/" for s in (world.store, world.other))
    product = world.store.products.get(name="Skarn 2 Backpacking Tent")
    order = world.store.orders.order_by("-placed_at").first()
    changed = world.store.sync_runs.filter(resource="products", updated__gt=0).first()
    spoiled = world.other.sync_runs.filter(status=RunStatus.PARTIAL).last()
    applied = world.store.deliveries.filter(status="applied").first()
    refused = world.store.deliveries.filter(status="refused").last()
    new = "/dashboard/stores/new/generic-api/"
    enter = enter_the_store(world)
    return [
        Shot("overview", "/dashboard/"),
        Shot("add-store", "/dashboard/stores/new/"),
        Shot("connect", new, enter),
        Shot("connect-doctor", new, then(enter, check_the_address)),
        Shot("connect-mapping", new, then(enter, preview_the_mapping)),
        Shot("store", store),
        Shot("store-failing", other),
        Shot("products", f"{store}products/"),
        Shot("product", f"{store}products/{product.uid}/"),
        Shot("search", f"{store}products/search/?q=warm+jacket+under+%24200"),
        Shot("orders", f"{store}orders/"),
        Shot("order", f"{store}orders/{order.uid}/"),
        Shot("sync-runs", f"{store}runs/"),
        Shot("sync-run-issues", f"{other}runs/{spoiled.uid}/"),
        Shot("sync-run-changes", f"{store}runs/{changed.uid}/changes/?kind=updated"),
        Shot("webhooks", f"{store}webhooks/"),
        Shot("webhook", f"{store}webhooks/{applied.uid}/"),
        Shot("webhook-refused", f"{store}webhooks/{refused.uid}/"),
        Shot("webhook-signing", f"{store}webhooks/signing/"),
        Shot("webhook-replay", f"{store}webhooks/replay/?status=applied"),
        Shot("webhook-test", f"{store}webhooks/", send_a_test_event),
        Shot("mapping", f"{other}mapping/"),
        Shot("doctor", f"{other}doctor/", check_the_store),
        Shot("connection", f"{store}connection/"),
        Shot("settings", f"{store}settings/"),
    ]


def chatbot_shots(world: World) -> list[Shot]:
    root, bot = "/dashboard/chatbots/", f"/dashboard/chatbots/{world.chatbot.uid}/"
    talk = world.chatbot.conversations.filter(messages__is_answered=False).first()
    return [
        Shot("chatbots", root),
        Shot("chatbot-new", f"{root}new/"),
        Shot("chatbot", bot, ask_in_the_preview),
        Shot("chatbot-settings", f"{bot}settings/"),
        Shot("chatbot-answers", f"{bot}answers/"),
        Shot("chatbot-answer-new", f"{bot}answers/new/"),
        Shot("conversations", f"{root}conversations/"),
        Shot("conversation", f"{root}conversations/{talk.uid}/"),
        Shot("erase-a-shopper", f"{root}conversations/erase/"),
    ]


def account_shots(world: World) -> list[Shot]:
    team = f"/account/team/{world.store.workspace.uid}/"
    return [
        Shot("account", "/account/"),
        Shot("team", team),
        Shot("audit-log", f"{team}audit/"),
        Shot("customer", f"/dashboard/customers/{world.store.workspace.uid}/"),
    ]


def staff_shots() -> list[Shot]:
    return [
        Shot("staff-status", "/admin/status/", who="staff"),
        Shot("staff-stores", "/admin/commerce/store/", who="staff"),
        Shot("staff-webhooks", "/admin/webhooks/delivery/", who="staff"),
    ]


def then(*steps: Preparation) -> Preparation:
    def all_of_them(page: Page) -> None:
        for step in steps:
            step(page)

    return all_of_them


def enter_the_store(world: World) -> Preparation:
    def enter(page: Page) -> None:
        page.get_by_label("Store name").fill("Nordlicht Audio")
        page.get_by_label("Environment").select_option("sandbox")
        page.get_by_label("Base URL").fill(world.remote.url)
        page.get_by_label("API key", exact=True).last.fill(API_KEY)

    return enter


def check_the_address(page: Page) -> None:
    page.get_by_role("button", name="Check this address").click()
    expect(page.locator("#doctor h2")).to_be_visible(timeout=60_000)
    page.locator("#doctor").evaluate("part => part.scrollIntoView()")


def preview_the_mapping(page: Page) -> None:
    page.get_by_role("button", name="Preview mapping").click()
    products = page.get_by_role("region", name="Products")
    expect(products.get_by_text("can be stored")).to_be_visible()
    page.locator("#mapping-panel").evaluate("part => part.scrollIntoView()")


def check_the_store(page: Page) -> None:
    page.get_by_role("button", name="Check this store").click()
    expect(page.locator("#doctor h2")).to_be_visible(timeout=60_000)


def send_a_test_event(page: Page) -> None:
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_text("went all the way")).to_be_visible()


def ask_in_the_preview(page: Page) -> None:
    ask(page, "#preview-frame", "Which hammocks do you have under $100?")


def ask_in_the_shop(page: Page) -> None:
    page.get_by_role("button", name="Cairn & Kettle").click()
    ask(page, "iframe[title='Cairn & Kettle']", "Which tents do you have under $300?")


def ask(page: Page, frame_name: str, question: str) -> None:
    frame = page.frame_locator(frame_name)
    frame.get_by_label("Your question").fill(question)
    frame.get_by_role("button", name="Send").click()
    expect(frame.locator(".thumbs")).to_have_count(1)
