"""Staff pages of webhooks: read across stores, apply again, show no secret."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.models import Product
from hiwelink.teams.models import AuditEntry
from tests.factories import make_store
from tests.staff import INLINE, list_path, make_staff, make_superuser, run_action
from tests.webhooks.conftest import Sender
from webhooks.models import Delivery, ThrottledHour, WebhookSecret, WebhookSettings
from webhooks.services.secrets import rotate_secret, set_require_signatures

pytestmark = pytest.mark.django_db(transaction=True)
MODELS = [Delivery, WebhookSecret, WebhookSettings, ThrottledHour]
CANARY = "sk_canary_4711"


@pytest.fixture
def staff(client):
    client.force_login(make_superuser())
    return client


def fill() -> str:
    """A store with a row of everything; returns its secret."""
    store = make_store(credentials={"api_key": CANARY})
    secret = rotate_secret(store)
    sender = Sender(store)
    sender.product("created")(id="p1", name="<b>Lamp</b>", note=CANARY)
    sender.post("products", f"no json {secret}".encode())
    set_require_signatures(store, True)
    ThrottledHour.objects.create(store=store, hour="2026-01-01T00:00Z", count=3)
    return secret


@pytest.mark.parametrize("model", MODELS)
def test_pages_show_what_there_is_and_no_secret(staff, model):
    secret = fill()
    row = model.objects.first()
    pages = [staff.get(list_path(model))]
    pages += [
        staff.get(f"{list_path(model)}{row.pk}/change/") for row in model.objects.all()
    ]
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200
        assert CANARY not in html
        assert secret not in html
        assert "<b>Lamp" not in html
        assert not INLINE.search(html)
    assert row.store.name in pages[0].content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_or_edited_here(staff, model):
    fill()
    assert staff.get(f"{list_path(model)}add/").status_code == 403
    path = f"{list_path(model)}{model.objects.first().pk}/"
    assert staff.post(f"{path}change/", {"store": 1}).status_code == 403
    assert staff.get(f"{path}delete/").status_code == 403


def test_deliveries_of_any_store_are_applied_again(staff, drain):
    fill()
    Product.objects.all().delete()
    told = run_action(staff, Delivery, "replay", *Delivery.objects.all())
    assert "1 deliveries are being applied again; 1 cannot be." in told
    drain()
    assert Product.objects.count() == 1
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.via) == ("replayed", "staff")


def test_staff_who_may_only_look_apply_nothing(client, drain):
    fill()
    client.force_login(make_staff("view_delivery"))
    Product.objects.all().delete()
    run_action(client, Delivery, "replay", *Delivery.objects.all())
    drain()
    assert not Product.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_long_list_costs_no_more_queries(staff):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(list_path(Delivery)).status_code == 200
        return len(captured)

    fill()
    few = queries()
    for _ in range(3):
        fill()
    assert queries() == few
