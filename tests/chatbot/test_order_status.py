"""Where is my order: for whoever knows number and e-mail address, and nobody else."""

import re
import statistics
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot.models import Chatbot, Conversation, Counter, Message
from chatbot.orders import MAX_FAILURES, REFUSAL, find_order, look_up
from tests.chatbot.shop import CONTACT
from tests.chatbot.widget import Widget
from tests.factories import make_order, make_product, make_store

pytestmark = pytest.mark.django_db
ALICE = "alice.liddell@example.com"


@pytest.fixture
def store(db):
    return make_store(currency="USD", base_url="https://api.example")


@pytest.fixture
def chatbot(store):
    return Chatbot.objects.create(store=store, name="Shop", contact=CONTACT)


@pytest.fixture
def order(store):
    make_product(store, "p1", name="Wool Beanie")
    return make_order(
        store,
        "order_1001",
        order_number="ORD-2026-1001",
        status="shipped",
        total="54.85",
        currency="USD",
        customer_email="Alice.Liddell@Example.com",
        customer_name="Alice Liddell",
        placed_at=timezone.now().replace(2026, 11, 20, 16, 42),
        items=[
            {"product_id": "p1", "quantity": 2, "price": "19.90"},
            {"product_id": "p9", "name": "Tea", "quantity": 1, "price": "15.05"},
        ],
        shipping_address={"street": "1 Looking-Glass Lane", "city": "Oxford"},
        payment_method="credit_card",
    )


FOUND = (
    "Order ORD-2026-1001 has been shipped. It was placed on 20 November 2026.\n"
    "• 2 × Wool Beanie\n"
    "• 1 × Tea\n"
    "Total: $54.85"
)


def test_status_date_items_and_total_are_told_and_nothing_else(chatbot, order):
    text = Widget(chatbot).say(
        "Where is my order ORD-2026-1001? My address is alice.liddell@example.com"
    )
    assert text == FOUND
    for secret in ("Looking-Glass", "Oxford", "Liddell", "credit", "@"):
        assert secret not in text


def test_it_asks_for_what_is_missing_over_several_turns(chatbot, order):
    widget = Widget(chatbot)
    both = widget.say("Where's my parcel?")
    assert "order number" in both and "e-mail" in both
    assert "e-mail address" in widget.say("it's ORD-2026-1001")
    assert widget.say("sure: alice.liddell@example.com.") == FOUND
    other = Widget(chatbot)
    other.ask("track my order")
    assert "order number" in other.say("alice.liddell@example.com")
    assert other.say("1001") == REFUSAL
    assert other.say("sorry, ORD-2026-1001") == FOUND


@pytest.mark.parametrize(
    "written",
    [
        "ORD-2026-1001 ALICE.LIDDELL@EXAMPLE.COM",
        "order #ord-2026-1001, <alice.liddell@example.com>",
        "Status of order ord 2026 1001 please (alice.liddell@example.com)",
        "order number: order_1001, e-mail: mailto:Alice.Liddell@example.com!",
        "Order No. ORD20261001 alice.liddell @ example.com",
        "where is my order\nORD-2026-1001\nalice.liddell＠example.com",
        "I ordered on 20 November for $54.85: ORD-2026-1001. When does it come? "
        + ALICE.title(),
    ],
)
def test_number_and_address_are_read_however_they_are_written(chatbot, order, written):
    assert Widget(chatbot).say(written) == FOUND


@pytest.mark.parametrize(
    ("stored", "written"), [("#1234", "1234"), ("1234", "# 1234"), ("A.77/b", "a77B")]
)
def test_signs_around_a_number_make_no_difference(store, stored, written):
    make_order(store, order_number=stored, customer_email="a@example.com")
    assert find_order(store, written, "A@EXAMPLE.COM") is not None


def test_questions_about_orders_to_come_are_not_about_an_order(chatbot, order):
    for question in (
        "How do I place an order?",
        "Can I order by phone?",
        "Is shipping free for orders over $75?",
    ):
        assert "order number" not in Widget(chatbot).say(question), question


def test_the_talk_may_turn_to_something_else(chatbot, order):
    widget = Widget(chatbot)
    widget.ask("Where is my order?")
    assert widget.say("thanks!").startswith("You’re welcome")
    assert "order number" not in widget.say("do you have beanies?")


def test_every_mismatch_reads_the_same(chatbot, store, order):
    make_order(store, "gone", order_number="ORD-GONE", deleted_at=timezone.now())
    make_order(store, "bare", order_number="ORD-BARE", customer_email="")
    make_order(make_store(), "else", order_number="ORD-ELSE")
    for guess in (
        "ORD-2026-1001 eve@example.com",
        "ORD-2026-1002 alice.liddell@example.com",
        "ORD-2026-1001 alice.liddell@example.co",
        "ORD-GONE 1 alice@example.com order",
        "order ORD-BARE1 alice@example.com",
        "order ORD-ELSE1 alice@example.com",
        "order 9999 %@%",
        "order 9999 a@b' OR '1'='1",
    ):
        assert Widget(chatbot, address="192.0.2.1").say(guess) == REFUSAL, guess
    for number in ("ORD-GONE", "ORD-BARE", "ORD-ELSE", "", "-", "%", "\\d"):
        for email in ("alice@example.com", "", "%", "."):
            assert find_order(store, number, email) is None


def guess(store, n, *, number="ORD-2026-1001", email="eve@example.com", address=None):
    return look_up(
        store,
        number=number,
        email=email,
        conversation=f"talk {n}",
        address=address or f"192.0.2.{n % 250}",
    )


def test_ten_failures_lock_a_conversation(store, order):
    for n in range(MAX_FAILURES):
        assert (
            look_up(
                store,
                number=f"ORD-{n}",
                email="e@x.example",
                conversation="one",
                address=f"192.0.2.{n}",
            )
            is None
        )
    right = {"number": "ORD-2026-1001", "email": ALICE}
    locked = look_up(store, **right, conversation="one", address="198.51.100.1")
    free = look_up(store, **right, conversation="two", address="198.51.100.1")
    assert locked is None
    assert free is not None


def test_ten_failures_lock_an_address_for_an_hour(store, order):
    for n in range(MAX_FAILURES):
        guess(store, n, number=f"X{n}", address="192.0.2.9")
    assert guess(store, 98, email=ALICE, address="192.0.2.9") is None
    assert guess(store, 99, email=ALICE, address="192.0.2.10") is not None
    Counter.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert guess(store, 100, email=ALICE, address="192.0.2.9") is not None


def test_ten_failures_lock_an_order_number_however_it_is_written(store, order):
    forms = ["ORD-2026-1001", "ord 2026 1001", "#ORD20261001", "Ord_2026.1001"]
    for n in range(MAX_FAILURES):
        guess(store, n, number=forms[n % 4])
    assert guess(store, 99, email=ALICE) is None


def test_an_ipv6_network_counts_as_one_address(store, order):
    for n in range(MAX_FAILURES):
        guess(store, n, number=f"X{n}", address=f"2001:db8:1:2::{n:x}")
    assert guess(store, 98, email=ALICE, address="2001:db8:1:2:ffff::1") is None
    assert guess(store, 99, email=ALICE, address="2001:db8:1:3::1") is not None


def test_right_answers_are_not_counted(store, order):
    for n in range(3 * MAX_FAILURES):
        assert guess(store, 1, email=ALICE.upper(), address="192.0.2.1"), n


def test_a_lock_keeps_nobody_elses_shop_closed(store, order):
    other = make_store()
    make_order(other, order_number="ORD-2026-1001", customer_email=ALICE)
    for n in range(MAX_FAILURES):
        guess(store, n, address="192.0.2.1")
    assert guess(store, 99, email=ALICE, address="192.0.2.1") is None
    assert guess(other, 99, email=ALICE, address="192.0.2.1") is not None


def test_counts_tell_neither_address_nor_number(store, order):
    guess(store, 1, address="192.0.2.77")
    keys = list(Counter.objects.values_list("key", flat=True))
    assert len(keys) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)


@pytest.mark.parametrize("guesses", [60, pytest.param(1_000, marks=pytest.mark.slow)])
def test_many_wrong_guesses_disclose_nothing(chatbot, order, guesses):
    texts, took = set(), {"known": [], "unknown": []}
    client = Widget(chatbot)
    for n in range(guesses):
        kind = "known" if n % 2 else "unknown"
        number = "ORD-2026-1001" if n % 2 else f"ORD-2026-{5000 + n}"
        widget = Widget(chatbot, address=f"10.{n // 250}.{n % 250}.1")
        widget.client = client.client
        began = time.perf_counter()
        texts.add(widget.say(f"order {number} eve{n}@example.com"))
        took[kind].append(time.perf_counter() - began)
    assert texts == {REFUSAL}
    known, unknown = (statistics.median(times) for times in took.values())
    assert abs(known - unknown) < 0.4 * max(known, unknown)
    stored = Message.objects.filter(role="assistant").values_list("grounds", "products")
    assert all(row == ([], []) for row in stored)


def test_addresses_are_kept_apart_from_the_text_a_model_is_told(chatbot, order):
    widget = Widget(chatbot)
    widget.ask("I am Alice.Liddell@Example.com, where is my order?")
    conversation = Conversation.objects.get()
    assert conversation.emails == [ALICE]
