"""A real Chromium looking at a real server. Its absence is a failure, not a skip."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Route,
    expect,
    sync_playwright,
)

from hiwelink.accounts.models import User

FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>'
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}

# A busy machine is slow, not broken: only what never comes is a failure.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "Chromium is missing: install it, or name it in CHROMIUM."
    # Playwright keeps an event loop in this thread, which Django takes for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Visitor:
    """One person's browser window; what went wrong in it is in `complaints`."""

    context: BrowserContext
    page: Page
    root: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.root + path)
        return self.page

    def is_wider_than_the_screen(self) -> bool:
        self.page.wait_for_load_state()
        return self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )


@pytest.fixture
def visit(
    chromium: Browser, live_server: Any, client: Any
) -> Iterator[Callable[..., Visitor]]:
    """Opens windows: visit(user, size=PHONE, scheme="dark", scripts=False)."""
    visitors: list[Visitor] = []

    def open_window(
        user: User | None = None,
        *,
        size: dict[str, int] = DESKTOP,
        scheme: str = "light",
        scripts: bool = True,
    ) -> Visitor:
        phone = size["width"] < 600
        context = chromium.new_context(
            viewport=size,
            color_scheme=scheme,
            java_script_enabled=scripts,
            has_touch=phone,
            is_mobile=phone,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(30_000)
        context.route(lambda url: not url.startswith(live_server.url), draw_a_picture)
        if user:
            client.force_login(user)
            cookie = client.cookies["hiwelink_session"].value
            context.add_cookies(
                [{"name": "hiwelink_session", "value": cookie, "url": live_server.url}]
            )
        visitor = Visitor(context, context.new_page(), live_server.url)
        listen(visitor)
        visitors.append(visitor)
        return visitor

    yield open_window
    for visitor in visitors:
        visitor.context.close()
    assert [text for visitor in visitors for text in visitor.complaints] == []


def copied_by(button: Locator) -> str:
    """Press a copy button; the text that is then in the clipboard all windows share."""
    page = button.page
    announcer = page.locator("#announcer")
    announcer.evaluate("announcer => { announcer.textContent = ''; }")
    button.click()
    expect(announcer).to_have_text("Copied to the clipboard.")
    return page.evaluate("navigator.clipboard.readText()")


def listen(visitor: Visitor) -> None:
    """Note console errors and warnings (refused content among them) and exceptions."""
    note = visitor.complaints.append
    visitor.page.on(
        "console",
        lambda line: note(line.text) if line.type in {"error", "warning"} else None,
    )
    visitor.page.on("pageerror", lambda error: note(str(error)))


def draw_a_picture(route: Route) -> None:
    """Stands in for the stores' own servers: nothing leaves this machine."""
    route.fulfill(content_type="image/svg+xml", body=PICTURE)
