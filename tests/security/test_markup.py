"""Markup in every field of everybody: no page, letter or file of ours lets it act.

Fields come from mapping/fields.py and the models, pages from the URL table and the
admin's registry. tests/browser/test_markup.py looks at the same pages in a browser.
"""

from __future__ import annotations

import csv
import io
import re

import pytest
from django.contrib import admin
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from chatbot.models import Chatbot
from commerce.models import Notice, Store
from commerce.services import notices
from hiwelink.accounts.tasks import send_password_reset
from hiwelink.teams.models import Invitation
from hiwelink.teams.tasks import send_invitation
from tests.factories import make_product, make_store
from tests.security.hostile_world import make_hostile_world, owner, send_records
from tests.security.markup import CALL, EVERYTHING, FORMULAS, HOSTILE, complaints_of
from tests.security.routes import Route, all_routes
from tests.security.victim import values_for
from tests.staff import make_superuser

pytestmark = pytest.mark.django_db
VALUES = HOSTILE | {"everything": EVERYTHING}
# The fast tests try what breaks out of most places; the slow ones every value.
FAST = ("image", "attribute", "everything")
every_value = pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n in FAST else pytest.mark.slow) for n in VALUES],
)


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def pages() -> list[Route]:
    """Whatever answers GET with a page, by the URL table."""
    closed = ("api/", "admin/", "healthz", "readyz", "metrics", "account/logout")
    return [r for r in all_routes() if not r.pattern.startswith(closed)]


def page_paths(world: dict[str, object]) -> list[str]:
    values = world | {"uidb64": "MQ", "token": "x", "secret": "x"}
    invitation = Invitation.objects.latest("pk")
    values |= {"secret": invitation.secret}
    paths = []
    for route in pages():
        if "invitations/<uuid:uid>" in route.pattern:
            paths.append(route.path(values | {"uid": invitation.uid}))
        else:
            paths.append(route.path(values_for(route, values)))
    return paths


def staff_paths() -> list[str]:
    """Every list and every row of the admin, with its history and its deletion."""
    paths = ["/admin/", "/admin/status/"]
    for model in admin.site._registry:
        root = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        paths.append(root)
        row = model._default_manager.order_by("pk").last()
        if row is not None:
            paths += [f"{root}{row.pk}/{end}/" for end in ("change", "history")]
            paths.append(f"{root}{row.pk}/delete/")
    return paths


@every_value
def test_no_page_lets_markup_act(name):
    world = make_hostile_world(VALUES[name])
    client = Client(raise_request_exception=False)
    client.force_login(owner())
    seen = look_at(client, page_paths(world), VALUES[name])
    assert len(seen) > 40
    client.force_login(make_superuser())
    assert len(look_at(client, staff_paths(), VALUES[name])) > 40


def look_at(client: Client, paths: list[str], value: str) -> list[str]:
    """Ask for each page, searched for `value` too; return those that were shown."""
    shown = []
    for path in paths:
        for query in ({}, {"search": value, "q": value, "event": value, "next": value}):
            answer = client.get(path, query)
            assert answer.status_code < 500, (path, query)
            if "html" not in answer.headers.get("Content-Type", ""):
                continue
            assert complaints_of(answer.content.decode()) == [], (path, query)
            if answer.status_code == 200 and not query:
                shown.append(path)
    return shown


def test_every_field_of_both_records_was_hostile():
    """The names a mapping may use are all in what was sent, and kept as it came."""
    make_hostile_world(EVERYTHING)
    store = Store.objects.get()
    product, order = store.products.latest("pk"), store.orders.latest("pk")
    assert CALL in product.name and CALL in order.customer_name
    assert CALL in str(product.raw) and CALL in str(order.raw)
    assert product.permalink == ""  # no web address, so no link


@every_value
def test_no_letter_carries_more_headers_or_markup_than_we_wrote(name):
    make_hostile_world(VALUES[name] + "\r\nBcc: everybody@evil.example\r\n")
    send_invitation(Invitation.objects.get().pk)
    send_password_reset(owner().email)
    for kind in ("failing", "deletions_held"):
        Notice.objects.update(
            kind=kind, sent_at=None, tries=0, told=[], next_try_at=timezone.now()
        )
        notices.send_letters(Notice.objects.get().pk)
    assert len(mail.outbox) == 4
    for letter in mail.outbox:
        message = letter.message()
        assert message["Bcc"] is None and len(letter.recipients()) == 1
        assert message.get_content_type() == "text/plain"  # markup is only text
        assert "\n" not in letter.subject


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_any_export_begins_a_formula(text):
    user = owner_with_formulas(text)
    client = Client()
    client.force_login(user)
    store = Store.objects.get()
    for resource in ("products", "orders"):
        answer = client.get(f"/api/v1/stores/{store.uid}/export/{resource}.csv")
        rows = csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig")))
        header, *records = rows
        assert records
        for cells in records:
            for column, cell in zip(header, cells, strict=True):
                assert not begins_formula(cell), (resource, column, cell)


def owner_with_formulas(text: str):
    store = make_store()
    send_records(store, text)
    return store.workspace.members.get()


def begins_formula(cell: str) -> bool:
    number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
    return not number and cell.startswith(tuple("=+-@\t\r\n＝＋－＠"))


@every_value
def test_the_widget_and_its_api_hand_out_text_and_web_addresses(name):
    world = make_hostile_world(VALUES[name])
    chatbot = Chatbot.objects.get(uid=world["chatbot"])
    make_product(chatbot.store, "lamp", name="Lamp")
    client = Client()
    frame = client.get(f"/widget/v1/{chatbot.public_id}/").content.decode()
    assert complaints_of(frame) == []
    root = f"/api/chatbot/{chatbot.public_id}"
    found = client.get(f"{root}/search", {"q": VALUES[name]}).json()["results"]
    said = client.post(
        f"{root}/messages", {"message": f"lamp {VALUES[name]}"[:900]},
        content_type="application/json",
    )  # fmt: skip
    assert said.status_code in (200, 400), said.content
    cards = found + (
        said.json()["message"]["products"] if said.status_code == 200 else []
    )
    for card in cards:
        for key in ("url", "image"):
            assert not card[key] or card[key].startswith(("http://", "https://"))
    assert said["Content-Type"].startswith("application/json")
    assert said["X-Content-Type-Options"] == "nosniff"


def test_no_name_turns_the_text_after_it_around():
    """An unclosed override would: "Lamp [RLO]" makes "$9.99" read "99.9$"."""
    store = make_store()
    send_records(store, HOSTILE["direction"])
    product, order = store.products.latest("pk"), store.orders.latest("pk")
    for told in (product.name, product.sku, order.status, order.customer_name):
        assert "gpj.exe" in told
        assert not set(told) & set("\u202d\u202e\u2066\u2067\u2068"), repr(told)


@pytest.mark.parametrize("name", [n for n in HOSTILE if n not in ("direction", "nul")])
def test_the_checker_finds_each_when_a_page_does_not_escape(name):
    """The check of the check: what these tests look for is there in a page that is
    open on purpose."""
    value = HOSTILE[name]
    page = f'<p title="{value}">{value}</p><i title=\'{value}\'></i><a href="{value}">a</a>'
    if name == "template":
        page = page.replace("{{1234*1001}}", str(1234 * 1001))
    assert complaints_of(page)
