"""Every page of the URL table, looked at by axe and measured, from 360 to 1440 px."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from hiwelink.accounts.models import User
from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.browser.test_dashboard import LAYOUT_SHIFT, SMALL_TARGETS
from tests.examples.servers import node_modules
from tests.pages import pages_of
from tests.security.victim import make_victim

AXE = Path(__file__).parent / "axe"
WIDE = {"width": 1440, "height": 900}
# Each width, and both schemes.
WINDOWS = [(DESKTOP, "light"), (WIDE, "dark"), (PHONE, "dark")]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = """async (tags) => {
  const report = await axe.run(document, {runOnly: {type: "tag", values: tags}});
  return report.violations.map((found) =>
    found.id + ": " + found.nodes.map((node) => node.target.join(" ")).slice(0, 3));
}"""


@pytest.fixture(scope="module")
def axe_source() -> str:
    return (node_modules(AXE) / "axe-core" / "axe.min.js").read_text()


def faults_of(visitor: Visitor, path: str, source: str) -> list[str]:
    page = visitor.open(path)
    shifted = page.evaluate(LAYOUT_SHIFT)
    page.evaluate(source)
    found: list[str] = page.evaluate(CHECK, TAGS)
    found += [f"too small: {target}" for target in page.evaluate(SMALL_TARGETS)]
    if shifted >= 0.01:
        found.append(f"moves while it loads, by {shifted}")
    if visitor.is_wider_than_the_screen():
        found.append("wider than the screen")
    return [f"{path}: {fault}" for fault in found]


@pytest.mark.parametrize(
    ("size", "scheme"), WINDOWS, ids=["desktop", "wide-dark", "phone-dark"]
)
def test_no_page_denies_anything_to_anybody(
    visit: Callable[..., Visitor], axe_source: str, size: Any, scheme: str
) -> None:
    values = make_victim()
    user = User.objects.get(email="victoria@example.com")
    faults: list[str] = []
    for who in (user, None):
        visitor = visit(who, size=size, scheme=scheme)
        client = Client()
        if who:
            client.force_login(who)
        pages = pages_of(client, values)
        assert len(pages) > (20 if who else 4)
        for path in pages:
            faults += faults_of(visitor, path, axe_source)
    assert not faults, "\n".join(faults)
