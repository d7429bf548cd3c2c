"""Windows of those who look at the product, and the pictures taken in them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from hiwelink.demo_store import EMAIL, PASSWORD
from tests.browser.conftest import DESKTOP, FLAGS
from tests.screenshots.pages import Shot, shots_of
from tests.screenshots.png import small_png
from tests.screenshots.world import STAFF, World

PHONE = {"width": 390, "height": 780}
# What is below the screen is left to load when somebody scrolls there.
ALL_LOADED = """() => [...document.images].every(image => image.complete
  || !image.checkVisibility() || image.getBoundingClientRect().top > innerHeight)"""


def take_all(world: World, folder: Path, only: str, *, is_whole: bool) -> None:
    wanted = set(filter(None, only.split(",")))
    failed: list[str] = []
    if not wanted:
        for old in folder.glob("*.png"):
            old.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=FLAGS,
        )
        windows: dict[tuple[str, bool, bool], BrowserContext] = {}
        dark_room = browser.new_page()
        for shot in shots_of(world):
            if wanted and shot.name not in wanted:
                continue
            kind = (shot.who, shot.is_phone, shot.is_dark)
            if kind not in windows:
                windows[kind] = open_window(browser, world.root, shot)
            page = windows[kind].new_page()
            try:
                screen = take(page, world.root, shot, is_whole=is_whole)
            except (Error, AssertionError) as error:
                failed.append(f"{shot.name}: {error}")
            else:
                path = folder / f"{shot.name}.png"
                path.write_bytes(small_png(screen, dark_room))
                print(shot.name, flush=True)
            page.close()
        browser.close()
    if failed:
        raise SystemExit("\n\n".join(["Not photographed:", *failed]))


def open_window(browser: Browser, root: str, shot: Shot) -> BrowserContext:
    """A window of the shot's kind, logged in as whoever looks."""
    context = browser.new_context(
        viewport=PHONE if shot.is_phone else DESKTOP,
        color_scheme="dark" if shot.is_dark else "light",
        reduced_motion="reduce",
        has_touch=shot.is_phone,
        is_mobile=shot.is_phone,
        timezone_id="UTC",
        locale="en-US",
    )
    if shot.who:
        page = context.new_page()
        page.goto(f"{root}/account/login/")
        page.get_by_label("E-mail address").fill(
            STAFF if shot.who == "staff" else EMAIL
        )
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/dashboard/")
        page.close()
    return context


def take(page: Page, root: str, shot: Shot, *, is_whole: bool) -> bytes:
    page.goto(shot.address if "://" in shot.address else root + shot.address)
    shot.prepare(page)
    page.wait_for_function(ALL_LOADED)
    return page.screenshot(full_page=is_whole, animations="disabled")
