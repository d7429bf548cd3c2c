"""What is held of one customer is handed out and erased, in one workspace alone."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from chatbot.models import Chatbot, Conversation
from chatbot.services.customers import erase_customer, export_customer
from commerce.models import Order, RecordChange
from hiwelink.teams.models import Act, AuditEntry
from tests.chatbot.widget import Widget
from tests.factories import make_order, make_run, make_store
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db

ALICE = "alice@example.com"


def make_delivery(store, body=b"", **fields):
    values = {"endpoint": "orders", "status": "applied", "is_replayable": True}
    return Delivery.objects.create(
        store=store, body=body, body_bytes=len(body), **(values | fields)
    )


def fill(store):
    """An order of alice and one of malice, each with all that is kept of it."""
    for number, email in (("1", "Alice@Example.com"), ("2", f"m{ALICE}")):
        make_order(store, number, customer_email=email, raw={"email": email})
        body = json.dumps({"data": {"id": number, "note": f"\n{email}"}})
        make_delivery(store, body.encode(), external_id=number, changes={"a": [1, 2]})
        run = make_run(store, resource="orders", status="succeeded")
        fields = {"customer_email": [email, "x@example.com"]}
        for external_id in (number, f"moved-{number}"):
            RecordChange.objects.create(
                run=run, kind="updated", external_id=external_id, fields=fields
            )
        Widget(Chatbot.objects.create(store=store, name="Shop")).ask(f"I am {email}")


def left(store):
    return (
        list(store.orders.values_list("external_id", flat=True)),
        sorted(
            RecordChange.objects.filter(run__store=store).values_list(
                "external_id", flat=True
            )
        ),
        [d.external_id for d in store.deliveries.order_by("pk") if d.body],
        Conversation.objects.filter(chatbot__store=store).count(),
    )


def test_a_customer_is_erased_from_one_workspace_and_nobody_else_is():
    mine, foreign = make_store(), make_store()
    for store in (mine, foreign):
        fill(store)
    make_delivery(mine, json.dumps({"orders": [{"e": ALICE}]}).encode(), event="sync")
    before = left(foreign)
    erased = erase_customer(mine.workspace, " ALICE@example.com ")
    assert (erased.orders, erased.deliveries, erased.conversations) == (1, 2, 1)
    assert left(mine) == (["2"], ["2", "moved-2"], ["2"], 1)
    assert left(foreign) == before
    emptied = mine.deliveries.filter(body=b"")
    assert [(d.changes, d.is_replayable) for d in emptied] == [({}, False)] * 2
    again = erase_customer(mine.workspace, ALICE)
    assert (again.orders, again.deliveries, again.conversations) == (0, 0, 0)
    assert erase_customer(mine.workspace, " ").orders == 0


def test_more_orders_than_a_batch_are_erased(monkeypatch):
    monkeypatch.setattr("commerce.services.customers.BATCH", 2)
    store = make_store()
    for _ in range(5):
        make_order(store)
    assert erase_customer(store.workspace, ALICE).orders == 5
    assert not Order.objects.exists()


def test_a_delivery_that_waits_is_kept_whole_and_counted():
    store = make_store()
    body = json.dumps({"data": {"email": ALICE}}).encode()
    waiting = make_delivery(store, body, status="queued", due_at=timezone.now())
    assert erase_customer(store.workspace, ALICE).waiting == 1
    waiting.refresh_from_db()
    assert bytes(waiting.body) == body


def test_an_export_holds_the_customers_records_and_nobody_elses():
    store = make_store()
    fill(store)
    fill(make_store())
    held = export_customer(store.workspace, ALICE)
    assert [order["record"] for order in held["orders"]] == [
        {"email": "Alice@Example.com"}
    ]
    assert [row["external_id"] for row in held["deliveries"]] == ["1"]
    assert [len(talk["messages"]) for talk in held["conversations"]] == [2]
    assert "malice" not in str(held)


def test_the_commands_print_erase_and_leave_an_audit_entry_without_the_address():
    store = make_store()
    fill(store)
    workspace = store.workspace
    out = StringIO()
    call_command("export_customer", str(workspace.uid), ALICE, stdout=out)
    assert json.loads(out.getvalue())["orders"][0]["id"] == "1"
    call_command("erase_customer", str(workspace.uid), ALICE, stdout=StringIO())
    assert left(store)[0] == ["2"]
    entry = AuditEntry.objects.get(workspace=workspace, act=Act.CUSTOMER_ERASED)
    assert entry.detail.startswith("1 orders and 1 conversations deleted")
    assert ALICE not in f"{entry.actor_email}{entry.target}{entry.detail}".lower()


def test_the_commands_say_what_is_wrong_with_a_workspace():
    for wrong in ("nobody", "6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11"):
        with pytest.raises(CommandError, match="workspace"):
            call_command("erase_customer", wrong, ALICE)
