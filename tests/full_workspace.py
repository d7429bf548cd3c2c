"""A workspace as busy as it gets: the victim's, its rows copied many times.

The database copies them, so that a hundred thousand products take seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product as pairs
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import timezone

from chatbot.embedders import current_embedder
from chatbot.indexing import index_words
from chatbot.models import (
    Chatbot,
    Conversation,
    MerchantAnswer,
    Message,
    SearchDocument,
    SearchIndex,
)
from chatbot.models.search import DIMENSIONS
from commerce.models import Order, Product, RecordChange, Store, SyncIssue, SyncRun
from commerce.services.history import CHANGES_KEPT
from hiwelink.accounts.models import ApiToken, Membership, User, Workspace
from hiwelink.teams.models import AuditEntry, Invitation
from tests.factories import make_product, make_user
from tests.security.victim import make_victim
from webhooks.models import Delivery, ThrottledHour

KINDS = ("Alpine", "Cosy", "Folding", "Light", "Red")
THINGS = ("Boot", "Jacket", "Kettle", "Lamp", "Mug", "Rope", "Stove", "Tent")
EVENT = '{"event": "product.updated", "data": {"id": "red-mug"}}'
NEW_UID = "gen_random_uuid()"
QUESTIONS, LONG_TALK = 3, 150  # of a conversation, and of the longest


@dataclass(frozen=True)
class Size:
    """How many there are of each; talks: conversations of QUESTIONS questions."""

    products: int
    orders: int
    deliveries: int
    runs: int
    issues: int  # of one run
    talks: int
    stores: int
    people: int


def make_full_workspace(size: Size) -> dict[str, object]:
    """Fill a workspace; return {parameter of a route: its value} as make_victim()."""
    values = make_victim()
    store = Store.objects.get()
    fill_catalogue(store, size)
    fill_history(store, size)
    fill_talks(Chatbot.objects.get(), size)
    fill_team(store.workspace, size)
    fill_stores(size)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    # Somebody else: what may be done with a member is asked about others.
    return values | {"member_id": Membership.objects.latest("pk").pk}


def fill_catalogue(store: Store, size: Size) -> None:
    """Products of every kind and thing, found by their words and their meaning."""
    run = SyncRun.objects.get(store=store)
    first = [
        make_product(
            store,
            f"{kind}-{thing}".lower(),
            name=f"{kind} {thing}",
            description="Warm, dry and light. " * 20,
            written_by_id=run.uid,
            created_by_id=run.uid,
            raw={"id": f"{kind}-{thing}", "name": f"{kind} {thing}"},
        )
        for kind, thing in pairs(KINDS, THINGS)
    ]
    index_words(store)
    copy(
        Product.objects.filter(pk__in=[product.pk for product in first]),
        size.products // len(first),
        external_id="one.external_id || '-' || n",
        slug="one.external_id",
        name="one.name || ' ' || n",
        sku="'SKU-' || n",
        price="10 + n % 500",
        stock_status=one_of("in_stock", "out_of_stock"),
        created_at=past("n % 60", "days"),
        updated_at=past("n", "minutes"),
        deleted_at=f"CASE WHEN n % 50 = 0 THEN {past('n % 30', 'days')} END",
    )
    copy_index(store)
    items = [{"product_id": first[n].external_id, "quantity": 1} for n in range(40)]
    Order.objects.update(items=items)
    copy(
        Order.objects.filter(store=store),
        size.orders,
        external_id="'o' || n",
        order_number="'ORD-' || n",
        customer_name="'Customer ' || n",
        customer_email="'customer' || n || '@example.com'",
        placed_at=past("n", "minutes"),
        updated_at=past("n", "minutes"),
    )


def copy_index(store: Store) -> None:
    """Give each copied product the words of its original, and all of them a vector."""
    model, now = current_embedder().name, timezone.now()
    columns = columns_of(SearchDocument, "product_id", "source_updated_at")
    told = ", ".join(f"document.{name}" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO chatbot_searchdocument"
            f" (product_id, source_updated_at, {', '.join(columns)})"
            f" SELECT twin.id, twin.updated_at, {told} FROM commerce_product AS twin"
            " JOIN commerce_product AS one ON one.external_id = twin.slug"
            " JOIN chatbot_searchdocument AS document ON document.product_id = one.id"
            " WHERE twin.deleted_at IS NULL"
        )
        cursor.execute(
            "INSERT INTO chatbot_productvector (product_id, store_id, model, text_hash,"
            " vector, embedded_at, in_graph) SELECT product_id, store_id, %s, text_hash,"
            " array_fill(0.05::real, ARRAY[%s])::vector, now(), false"
            " FROM chatbot_searchdocument",
            [model, DIMENSIONS],
        )
    documents = SearchDocument.objects.filter(store=store).count()
    SearchIndex.objects.filter(store=store).update(
        documents=documents, model=model, embedded_model=model,
        seen_through=now, embedded_through=now,
    )  # fmt: skip


def fill_history(store: Store, size: Size) -> None:
    """Sync runs, one of them with all that can be said of it, and webhooks."""
    run = SyncRun.objects.get()
    codes = {code: size.issues // 3 for code in ("missing_name", "price", "url")}
    SyncRun.objects.update(
        issue_counts=codes, skipped=size.issues, created=size.products
    )
    Store.objects.update(failures_in_a_row=2)
    for number, code in enumerate(codes):
        issue = SyncIssue.objects.create(
            run=run, code=code, detail="It has none.", is_skip=not number,
            record={"id": 1}, page=1, position=0,
        )  # fmt: skip
        copy(SyncIssue.objects.filter(pk=issue.pk), codes[code], external_id="'p' || n")
    for kind in ("updated", "revived", "deleted"):
        change = RecordChange.objects.create(
            run=run, kind=kind, external_id="red-mug", title="Red Mug",
            fields={"price": ["1.00", "2.00"], "name": ["Mug", "Red Mug"]},
        )  # fmt: skip
        copy(
            RecordChange.objects.filter(pk=change.pk),
            min(size.issues, CHANGES_KEPT) // 3,
            external_id="'red-mug-' || n",
        )
    copy(
        SyncRun.objects.filter(pk=run.pk),
        size.runs,
        status=one_of("succeeded", "partial", "failed", "cancelled"),
        created_at=past("n", "hours"),
        started_at=past("n", "hours"),
        finished_at=past("n", "hours"),
    )
    copy(
        Delivery.objects.all(),
        size.deliveries,
        external_id="'red-mug-' || n",
        event=one_of("product.created", "product.updated", "order.updated"),
        status=one_of("applied", "refused", "failed", "unchanged"),
        body=f"convert_to('{EVENT}', 'UTF8')",
        body_bytes=str(len(EVENT)),
        received_at=past("n", "minutes"),
    )
    ThrottledHour.objects.create(store=store, hour=timezone.now(), count=3)


def fill_talks(chatbot: Chatbot, size: Size) -> None:
    """Conversations of questions and answers, and a long one, the victim's."""
    talk, asked = Conversation.objects.get(), Message.objects.get()
    copy(
        Conversation.objects.all(),
        size.talks,
        created_at=past("n", "minutes"),
        last_message_at=past("n", "minutes"),
    )
    text = "'Is number ' || n || ' waterproof?'"
    copy(Message.objects.filter(pk=asked.pk), LONG_TALK, text=text)
    copy(
        Message.objects.filter(pk=asked.pk),
        QUESTIONS,
        "chatbot_conversation",
        text=text,
        conversation_id="other.id",
        created_at="other.created_at",
    )
    answer = Message.objects.create(
        conversation=talk, role="assistant", text="We do not know.", products=["red-mug"],
        answered_by="composer", grounds=[
            {"external_id": f"{kind}-mug".lower(), "name": "Mug", "price": "1.00"}
            for kind in KINDS
        ],
    )  # fmt: skip
    copy(
        Message.objects.filter(pk=answer.pk),
        1,
        "(SELECT * FROM chatbot_message WHERE role = 'shopper')",
        conversation_id="other.conversation_id",
        question_id="other.id",
        created_at="other.created_at",
        is_answered="other.id % 3 > 0",
        rating="CASE other.id % 3 WHEN 0 THEN 'down' WHEN 1 THEN 'up' ELSE '' END",
    )
    copy(
        MerchantAnswer.objects.filter(chatbot=chatbot),
        size.people,
        question="'Is it number ' || n",
    )
    copy(Chatbot.objects.all(), size.stores, public_id=NEW_UID, name="'Bot ' || n")


def fill_team(workspace: Workspace, size: Size) -> None:
    """Members, invitations, tokens, and a long audit log."""
    owner = User.objects.get(email="victoria@example.com")
    guest = make_user("guest0@example.com")
    copy(User.objects.filter(pk=guest.pk), size.people, email="'guest' || n || '@a.b'")
    Membership.objects.bulk_create(
        Membership(workspace=workspace, user=user, role="editor")
        for user in User.objects.filter(email__endswith="@a.b")
    )
    copy(
        Invitation.objects.filter(workspace=workspace),
        size.people,
        email="'invited' || n || '@example.com'",
    )
    copy(ApiToken.objects.filter(user=owner), size.people, digest="md5(n::text)")
    entry = AuditEntry.objects.create(
        workspace=workspace, actor=owner, actor_email=owner.email,
        act="replayed", target="Store", via="dashboard", remote_address="192.0.2.1",
    )  # fmt: skip
    copy(AuditEntry.objects.filter(pk=entry.pk), size.runs, at=past("n", "minutes"))


def fill_stores(size: Size) -> None:
    """Other stores of the workspace, some failing, some cut off."""
    copy(
        Store.objects.all(),
        size.stores,
        token=NEW_UID,
        name="'Store ' || n",
        status=one_of("connected", "disconnected"),
        credentials="NULL",
        failures_in_a_row="1",
    )
    copy(
        SyncRun.objects.filter(pk=SyncRun.objects.earliest("pk").pk),
        1,
        "(SELECT * FROM commerce_store WHERE name LIKE 'Store %%')",
        store_id="other.id",
    )


# --- Copying --------------------------------------------------------------------------


def copy(rows: QuerySet[Any], times: int, per: str = "", **changes: str) -> None:
    """Insert each row `times` more, as often as `per`, a table, has rows.

    changes: {column: SQL}, in which `one` is the row, `n` its copy's number from 1 on
    and `other` the row of `per`. A column `uid` is always new.
    """
    model = rows.model
    columns = columns_of(model, model._meta.pk.column, but_given=changes)
    assert set(changes) <= set(columns), changes
    told = {"uid": NEW_UID} | changes
    values = ", ".join(told.get(name, f'one."{name}"') for name in columns)
    values = values.replace("%", "%%")
    names = ", ".join(f'"{name}"' for name in columns)
    beside = f", {per} AS other" if per else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values}"
            f" FROM {model._meta.db_table} AS one, generate_series(1, %s) AS n{beside}"
            f" WHERE one.{model._meta.pk.column} = ANY(%s)",
            [times, list(rows.values_list("pk", flat=True))],
        )


def columns_of(
    model: type[Model], *left_out: str, but_given: Iterable[str] = ()
) -> list[str]:
    names = [field.column for field in model._meta.concrete_fields]
    return [name for name in names if name not in left_out or name in but_given]


def past(count: str, unit: str) -> str:
    return f"now() - ({count}) * interval '1 {unit}'"


def one_of(*values: str) -> str:
    array = ", ".join(f"'{value}'" for value in values)
    return f"(ARRAY[{array}])[1 + n % {len(values)}]"
