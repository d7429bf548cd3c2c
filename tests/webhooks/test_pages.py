"""The Webhooks tab: the log, one delivery, replaying, signing."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from commerce.models import Product
from commerce.services.lifecycle import disconnect_store
from hiwelink.accounts.models import User
from hiwelink.teams.models import AuditEntry
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_user
from webhooks.models import Delivery, ThrottledHour
from webhooks.services.secrets import requires_signatures, valid_secrets

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ["", "signing/", "{delivery}/"]
ACTS = [
    "test/",
    "replay/",
    "signing/secret/",
    "signing/required/",
    "{delivery}/replay/",
]


@pytest.fixture
def merchant(client, store) -> Client:
    client.force_login(owner_of(store))
    return client


def url(store, path="") -> str:
    newest = store.deliveries.first()
    path = path.format(delivery=newest.uid if newest else uuid4())
    return f"/dashboard/stores/{store.uid}/webhooks/{path}"


def page(client, store, path="", **query) -> str:
    response = client.get(url(store, path), query)
    assert response.status_code == 200
    return response.content.decode()


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_an_empty_log_teaches_where_to_send(merchant, store):
    html = page(merchant, store)
    assert "No webhooks yet" in html
    assert store.webhook_urls["products"] in html
    assert "Nothing fits" in page(merchant, store, status="failed")


def test_every_request_is_listed_with_its_verdict(merchant, store, sender):
    sender.product("created")(id="p1", name="Lamp", price=10)
    sender.product("updated")(id="p2")
    html = page(merchant, store)
    assert "product.created" in html
    assert "Applied" in html
    assert "Refused" in html
    assert "422" in html
    refused = page(merchant, store, status="refused")
    assert "product.created</a>" not in refused
    assert "product.updated</a>" in refused


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "Läm"}, 1),
        ({"event": "order.created"}, 1),
        ({"external_id": "p1"}, 1),
        ({"date": "2020-01-01"}, 0),
        ({"date": "not a day"}, 2),
        ({"date": "9999-12-31"}, 0),
        ({"status": "nonsense"}, 2),
        ({"search": "' OR 1=1 --"}, 0),
        ({"search": "\x00"}, 2),
        ({"page": "x"}, 2),
    ],
)
def test_the_log_is_narrowed_by_the_address(merchant, store, sender, query, found):
    sender.product("created")(id="p1", name="Lämp")
    sender.order("created")(id="o1")
    html = page(merchant, store, **query)
    assert len(re.findall('id="delivery-[0-9a-f-]{36}"', html)) == found


def test_a_delivery_shows_what_it_changed_and_what_was_sent(merchant, store, sender):
    sender.product("created")(id="p1", name="Lamp", price=10)
    sender.product("updated")(id="p1", price=12, password="hunter22")
    html = page(merchant, store, "{delivery}/")
    assert "price 10.00 12.00 " in text(html)
    assert "hunter22" not in html
    product = Product.objects.get()
    assert f"/dashboard/stores/{store.uid}/products/{product.uid}/" in html
    shown = merchant.get(f"/dashboard/stores/{store.uid}/products/{product.uid}/")
    assert url(store, "{delivery}/") in shown.content.decode()


def test_markup_in_a_body_is_text(merchant, store, sender):
    evil = "<script>alert(1)</script>"
    sender.product("created")(id=evil, name=evil)
    sender.post("products", evil.encode())
    for path in ("", "{delivery}/"):
        assert evil not in page(merchant, store, path)
    first = store.deliveries.last()
    assert evil not in page(merchant, store, f"{first.uid}/")


def test_a_delivery_is_replayed_and_older_news_stays_old(merchant, store, sender):
    sender.product("created")(id="p1", name="Lamp", price=10)
    first = store.deliveries.get()
    sender.product("updated")(id="p1", price=12)
    answer = merchant.post(url(store, f"{first.uid}/replay/"), follow=True)
    assert "nothing changed" in answer.content.decode()
    assert Product.objects.get().price == 12
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.target) == ("replayed", store.name)


def test_what_cannot_be_replayed_says_why(merchant, store, sender):
    sender.post("products", b"no json")
    html = page(merchant, store, "{delivery}/")
    assert ">Replay</button>" not in html
    answer = merchant.post(url(store, "{delivery}/replay/"), follow=True)
    assert "Send it again from the store" in answer.content.decode()


def test_many_are_replayed_after_an_estimate(merchant, store, sender, drain):
    sender.product("created")(id="p1", name="Lamp", price=10)
    sender.product("created")(id="p2", name="Desk", price=20)
    sender.post("products", b"no json")
    Product.objects.all().delete()
    told = text(page(merchant, store, "replay/"))
    assert "Apply 2 deliveries again?" in told
    assert "holds 3 deliveries" in told
    assert "product.created 2" in told
    answer = merchant.post(url(store, "replay/"))
    assert answer.url == url(store) + "?"
    drain()
    assert Product.objects.count() == 2


def test_a_replay_of_a_choice_leaves_the_rest_alone(merchant, store, sender, drain):
    sender.product("created")(id="p1", name="Lamp")
    sender.product("created")(id="p2", name="Desk")
    Product.objects.all().delete()
    merchant.post(url(store, "replay/") + "?external_id=p2")
    drain()
    assert Product.objects.get().external_id == "p2"


def test_the_chart_tells_verdicts_and_throttled_requests(merchant, store, sender):
    sender.product("created")(id="p1", name="Lamp")
    sender.post("products", b"no json")
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    ThrottledHour.objects.create(store=store, hour=hour, count=1_234)
    Delivery.objects.create(
        store=store,
        endpoint="products",
        status="failed",
        received_at=timezone.now() - timedelta(hours=25),
    )
    legend = text(page(merchant, store).split("chart-legend", 1)[1].split("</ul>")[0])
    assert "Applied 1 Refused 1 Throttled 1,234" in legend
    assert "Failed" not in legend


def test_a_secret_is_shown_once_and_signatures_can_be_required(merchant, store):
    assert "no secret yet" in page(merchant, store, "signing/")
    merchant.post(url(store, "signing/required/"), {"required": "on"})
    assert not requires_signatures(store)
    made = merchant.post(url(store, "signing/secret/"))
    (secret,) = valid_secrets(store, timezone.now())
    assert secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert secret not in page(merchant, store, "signing/")
    merchant.post(url(store, "signing/required/"), {"required": "on"})
    assert requires_signatures(store)
    merchant.post(url(store, "signing/required/"))
    assert not requires_signatures(store)
    assert [e.act for e in AuditEntry.objects.order_by("id")] == [
        "secret_rotated",
        "signatures_required",
        "signatures_required",
    ]


@pytest.mark.parametrize(("hours", "valid"), [("24", 2), ("0", 1), ("", 2)])
def test_the_old_secret_works_on_for_as_long_as_chosen(merchant, store, hours, valid):
    for _ in range(2):
        merchant.post(url(store, "signing/secret/"), {"overlap_hours": hours})
    assert len(valid_secrets(store, timezone.now())) == valid


def test_a_nonsense_overlap_makes_no_secret(merchant, store):
    merchant.post(url(store, "signing/secret/"), {"overlap_hours": "999999"})
    assert valid_secrets(store, timezone.now()) == []


def test_a_test_event_shows_each_step_and_leaves_nothing(merchant, store):
    html = merchant.post(url(store, "test/")).content.decode()
    assert "went all the way" in html
    for step in (
        "Receive",
        "Verify",
        "Map",
        "Save",
        "Index",
        "Find",
        "Remove",
    ):
        assert f"<h3>{step} " in html
    assert not store.products.filter(deleted_at__isnull=True).exists()
    assert store.deliveries.count() == 1


def test_a_test_event_that_fails_says_at_which_step(merchant, store):
    disconnect_store(store)
    html = merchant.post(url(store, "test/")).content.decode()
    assert "did not get through" in html
    assert "Not reached." in html


def test_viewers_look_and_change_nothing(store, sender):
    sender.product("created")(id="p1", name="Lamp")
    viewer = Client()
    viewer.force_login(make_viewer(store))
    for path in PAGES:
        assert "<button" not in page(viewer, store, path).split("<main")[1].replace(
            '<button class="button">Filter', ""
        ).replace('<button class="copy', "")
    for path in ACTS:
        assert viewer.post(url(store, path)).status_code == 403
    assert viewer.get(url(store, "replay/")).status_code == 403


def test_strangers_see_what_is_not_there(client, store, sender):
    sender.product("created")(id="p1", name="Lamp")
    client.force_login(make_user())
    for path in [*PAGES, *ACTS]:
        foreign = client.post if path in ACTS else client.get
        theirs = foreign(url(store, path))
        missing = foreign(url(store, path).replace(str(store.uid), str(uuid4())))
        assert theirs.status_code == missing.status_code == 404
        assert theirs.content == missing.content
    for path in [*PAGES, *ACTS]:
        assert Client().get(url(store, path)).status_code == 302


def test_a_day_is_one_of_the_merchants_own(merchant, store, sender):
    sender.product("created")(id="p1", name="Lamp")
    # In Honolulu it is still the 9th.
    store.deliveries.update(received_at=datetime(2026, 3, 10, 9, tzinfo=UTC))
    User.objects.update(time_zone="Pacific/Honolulu")
    days = {"2026-03-09": 1, "2026-03-10": 0, "9999-12-31": 0, "0001-01-01": 0}
    for day, found in days.items():
        assert f"{found} found" in text(page(merchant, store, date=day)), day
