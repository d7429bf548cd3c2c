"""A workspace's owner hands out and erases one customer's data; nobody else does."""

import pytest

from chatbot.models import Chatbot, Conversation
from commerce.models import Order
from hiwelink.accounts.models import Membership, Role
from hiwelink.teams.models import AuditEntry
from tests.chatbot.widget import Widget
from tests.commerce.people import owner_of
from tests.factories import make_order, make_store, make_user

pytestmark = pytest.mark.django_db
ALICE = "alice@example.com"


@pytest.fixture
def store(client):
    store = make_store()
    make_order(store, "1", customer_email=ALICE, raw={"email": ALICE})
    make_order(store, "2", customer_email="bob@example.com")
    make_order(make_store(), "3", customer_email=ALICE)
    Widget(Chatbot.objects.create(store=store, name="Shop")).ask(f"I am {ALICE}")
    client.force_login(owner_of(store))
    return store


def path_of(store, end="") -> str:
    return f"/dashboard/customers/{store.workspace.uid}/{end}"


def test_what_is_held_is_told_downloaded_and_erased_once_confirmed(client, store):
    assert (
        path_of(store)
        in client.get(f"/account/team/{store.workspace.uid}/").content.decode()
    )
    page = client.post(
        path_of(store), {"email": " ALICE@example.com "}
    ).content.decode()
    assert "1 order, 0 webhooks and 1 conversation." in page
    assert Order.objects.count() == 3  # only told so far
    file = client.post(path_of(store, "export/"), {"email": ALICE})
    assert 'attachment; filename="customer.json"' in file["Content-Disposition"]
    assert [order["id"] for order in file.json()["orders"]] == ["1"]
    assert len(file.json()["conversations"]) == 1
    answer = client.post(path_of(store), {"email": ALICE, "confirmed": "yes"})
    assert answer["Location"] == f"/account/team/{store.workspace.uid}/"
    left = Order.objects.order_by("external_id").values_list("external_id", flat=True)
    assert list(left) == ["2", "3"]
    assert not Conversation.objects.exists()
    acts = AuditEntry.objects.filter(workspace=store.workspace).order_by("id")
    assert [entry.act for entry in acts] == ["exported", "customer_erased"]
    assert all(ALICE not in f"{entry.target}{entry.detail}" for entry in acts)
    again = client.post(path_of(store), {"email": ALICE}).content.decode()
    assert "holds nothing of this address" in again


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_who_does_not_own_the_workspace_is_refused(client, store, role):
    member = make_user()
    Membership.objects.create(workspace=store.workspace, user=member, role=role)
    client.force_login(member)
    told = {"email": ALICE, "confirmed": "yes"}
    assert client.get(path_of(store)).status_code == 403
    assert client.post(path_of(store), told).status_code == 403
    assert client.post(path_of(store, "export/"), told).status_code == 403
    assert Order.objects.count() == 3


def test_what_is_no_address_is_said(client, store):
    for end in ("", "export/"):
        page = client.post(path_of(store, end), {"email": "no"}).content.decode()
        assert "Enter a valid email address." in page
    assert not AuditEntry.objects.exists()
