"""The Conversations pages: find, read, answer what was asked in vain, erase."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from chatbot.indexing import index_words
from chatbot.models import Chatbot, Conversation, MerchantAnswer, Message
from chatbot.services.merchant_answers import add_answer
from commerce.models import Product
from hiwelink.teams.models import AuditEntry
from tests.chatbot.shop import make_chatbot
from tests.chatbot.widget import Widget
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_product, make_run, make_store, make_user
from tests.undo import press_undo
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db
ROOT = "/dashboard/chatbots/"
TALKS = ROOT + "conversations/"
VAIN = "Do you sponsor school trips?"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def store():
    return make_store(name="Cairn", currency="USD")


@pytest.fixture
def chatbot(store) -> Chatbot:
    return make_chatbot(store)


@pytest.fixture
def merchant(client, store) -> Client:
    client.force_login(owner_of(store))
    return client


def page(client, path, **query) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def text(html: str) -> str:
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def listed(client, **query) -> list[str]:
    return re.findall(r'id="talk-([0-9a-f-]{36})"', page(client, TALKS, **query))


def talk(chatbot, *questions) -> str:
    widget = Widget(chatbot)
    for question in questions:
        widget.ask(question)
    return str(widget.conversation)


def test_empty_lists_say_what_will_be_there(merchant, store):
    assert "begin with a chatbot" in page(merchant, TALKS)
    chatbot = make_chatbot(store)
    assert "No conversations yet" in page(merchant, TALKS)
    assert "Nothing fits" in page(merchant, TALKS, search="x")
    answers = page(merchant, f"{ROOT}{chatbot.uid}/answers/")
    assert "Nothing waits for you" in answers
    assert "None yet" in answers


def test_the_list_is_narrowed_by_the_address(merchant, store, chatbot):
    happy, vain = talk(chatbot, "hello"), talk(chatbot, "hello", VAIN)
    down = talk(make_chatbot(store, name="Other"), "hello there")
    Message.objects.filter(conversation__uid=down, role="assistant").update(
        rating="down"
    )
    today = timezone.now().date()
    for query, found in (
        ({}, [down, vain, happy]),
        ({"only": "unanswered"}, [vain]),
        ({"only": "down"}, [down]),
        ({"only": "nonsense"}, [down, vain, happy]),
        ({"search": "SCHOOL trips"}, [vain]),
        ({"search": "' OR 1=1 --"}, []),
        ({"search": "%"}, []),
        ({"search": "\x00"}, [down, vain, happy]),
        ({"chatbot": str(chatbot.uid)}, [vain, happy]),
        ({"chatbot": str(chatbot.uid), "only": "down"}, []),
        ({"chatbot": str(uuid4())}, [down, vain, happy]),
        ({"date": today.isoformat()}, [down, vain, happy]),
        ({"date": (today - timedelta(days=3)).isoformat()}, []),
        ({"date": "0001-01-01"}, [down, vain, happy]),
        ({"date": "9999-12-31"}, [down, vain, happy]),
        ({"date": "no day"}, [down, vain, happy]),
        ({"page": "x"}, [down, vain, happy]),
    ):
        assert listed(merchant, **query) == found, query


def test_figures_and_retention_are_told(merchant, chatbot, settings):
    settings.CONVERSATION_DAYS = 45
    talk(chatbot, "hello", "thanks", VAIN)
    Conversation.objects.create(
        chatbot=chatbot, last_message_at=timezone.now()
    )  # nothing was asked
    told = text(page(merchant, TALKS))
    assert "removed 45 days after" in told
    assert "Questions answered 67 %" in told
    assert "Answered 2 Not answered 1" in told


def test_an_answer_shows_what_it_stood_on_and_who_set_the_price(
    merchant, store, chatbot
):
    run = make_run(store, trigger="scheduled")
    delivery = Delivery.objects.create(
        store=store, endpoint="products", event="product.updated", status="applied"
    )
    lamp = make_product(
        store, "lamp", name="Brass Lamp", price="49.90", stock_status="in_stock",
        written_by_id=run.uid,
    )  # fmt: skip
    index_words(store)
    widget = Widget(chatbot)
    widget.ask("How much is the brass lamp?")
    path = f"{TALKS}{widget.conversation}/"
    html = page(merchant, path)
    told = text(html)
    assert f"/stores/{store.uid}/products/{lamp.uid}/" in html
    assert f"/stores/{store.uid}/runs/{run.uid}/" in html
    assert "$49.90, in stock set by scheduled sync" in told
    assert re.search(r"Answered by HiWelink, in \d+ ms", told)
    assert "now $" not in told

    Product.objects.update(
        price="39.00", written_by_type="delivery", written_by_id=delivery.uid
    )
    assert "$49.90" in page(merchant, path)
    assert "now $39.00" in text(page(merchant, path))
    widget.ask("How much is the brass lamp?")
    html = page(merchant, path)
    assert f"/stores/{store.uid}/webhooks/{delivery.uid}/" in html
    assert "set by webhook product.updated" in text(html)

    run.delete()
    delivery.delete()
    Product.objects.update(deleted_at=timezone.now())
    told = text(page(merchant, path))
    assert "Brass Lamp, no longer in the catalogue" in told
    assert "a sync run that is no longer kept" in told
    assert "a webhook that is no longer kept" in told


@pytest.mark.parametrize(
    "stored",
    [{}, [1], [{}], [{"external_id": "a"}],
     [{"external_id": "a", "written_by": None, "price": None}]],
)  # fmt: skip
def test_grounds_of_other_versions_break_no_page(merchant, chatbot, stored):
    path = f"{TALKS}{talk(chatbot, 'hello')}/"
    Message.objects.filter(role="assistant").update(grounds=stored)
    page(merchant, path)


def test_what_shoppers_wrote_is_shown_as_text(merchant, chatbot):
    uid = talk(chatbot, EVIL + " Do you sponsor school trips?")
    for path in (TALKS, f"{TALKS}{uid}/", f"{ROOT}{chatbot.uid}/answers/"):
        assert EVIL not in page(merchant, path)


def test_an_unanswered_question_is_answered_and_the_answer_used(merchant, chatbot):
    uid = talk(chatbot, "I am eve@example.com. " + VAIN)
    answers = f"{ROOT}{chatbot.uid}/answers/"
    html = page(merchant, answers)
    assert "eve@example.com" not in html
    for shown in (html, page(merchant, f"{TALKS}{uid}/")):
        link = re.search(r'href="([^"]+answers/new/\?question=[^"]+)"', shown)[1]
        assert "eve" not in link
        assert "school trips" in page(merchant, unescape(link))
    assert merchant.post(
        answers + "new/", {"question": VAIN, "text": "Yes, write to us."}
    ).url == answers  # fmt: skip
    assert Widget(chatbot).say("do you sponsor school trips") == "Yes, write to us."
    answer = MerchantAnswer.objects.get()
    assert answer.created_by == owner_of(chatbot.store)
    told = text(page(merchant, answers))
    assert "Nothing waits for you" in told
    assert "Yes, write to us. In use 1" in told
    assert AuditEntry.objects.get().act == "chatbot_changed"


def test_an_answer_is_changed_set_aside_and_deleted(merchant, chatbot):
    answer = add_answer(chatbot, question=VAIN, text="Yes.")
    answer.vector, answer.vector_model = [1.0], "old"
    answer.save()
    path = f"{ROOT}{chatbot.uid}/answers/{answer.uid}/"
    assert "Yes.</textarea>" in page(merchant, path)
    other = {"question": "Do you sponsor sports clubs?", "text": "We do."}
    merchant.post(path, {**other, "is_active": "on"})
    answer.refresh_from_db()
    assert (answer.question, answer.text) == tuple(other.values())
    assert (answer.vector, answer.vector_model) == ([], "")
    assert Widget(chatbot).say(other["question"]) == "We do."
    merchant.post(path, other)
    assert Widget(chatbot).say(other["question"]) != "We do."
    assert "Set aside" in page(merchant, f"{ROOT}{chatbot.uid}/answers/")
    merchant.post(path + "delete/")
    assert not MerchantAnswer.objects.exists()


def test_a_deleted_answer_is_brought_back_with_one_press(merchant, chatbot):
    answer = add_answer(chatbot, question=VAIN, text="Yes & no.")
    path = f"{ROOT}{chatbot.uid}/answers/{answer.uid}/delete/"
    html = merchant.post(path, follow=True).content.decode()
    press_undo(merchant, html)
    assert MerchantAnswer.objects.get().text == "Yes & no."


@pytest.mark.parametrize(
    ("field", "value"),
    [("question", ""), ("question", "?!"), ("question", "x" * 1_001),
     ("question", "a\x00b"), ("text", " "), ("text", "x" * 4_001)],
)  # fmt: skip
def test_what_is_no_answer_is_told_at_its_field(merchant, chatbot, field, value):
    answer = add_answer(chatbot, question=VAIN, text="Yes.")
    for path in ("new/", f"{answer.uid}/"):
        body = {"question": "Gift wrapping?", "text": "Yes.", field: value}
        shown = merchant.post(f"{ROOT}{chatbot.uid}/answers/{path}", body)
        assert shown.status_code == 200
        assert f'id="id_{field}_error"' in shown.content.decode()
    answer.refresh_from_db()
    assert MerchantAnswer.objects.count() == 1
    assert (answer.question, answer.text) == (VAIN, "Yes.")


def test_a_shopper_is_erased_by_e_mail_once_confirmed(merchant, chatbot):
    for email in ("Alice@Example.com", "alice@example.com", "eve@example.com"):
        talk(chatbot, f"I am {email}")
    foreign = make_chatbot(make_store())
    talk(foreign, "I am alice@example.com")
    path = TALKS + "erase/"
    assert "Look for it" in page(merchant, path)
    asked = merchant.post(path, {"email": "ALICE@example.com"}).content.decode()
    assert "Erase 2 conversations" in asked
    assert Conversation.objects.count() == 4
    answer = merchant.post(path, {"email": "ALICE@example.com", "confirmed": "yes"})
    assert answer.url == TALKS
    assert [c.emails for c in chatbot.conversations.all()] == [["eve@example.com"]]
    assert foreign.conversations.count() == 1
    entry = AuditEntry.objects.get()
    assert (entry.act, entry.detail) == ("customer_erased", "2 conversations")
    assert "alice" not in (entry.target + entry.detail).lower()
    for email, told in (
        ("alice@example.com", "No conversation holds"),
        ("nonsense", "id_email_error"),
        ("", "id_email_error"),
    ):
        assert told in merchant.post(path, {"email": email}).content.decode()
    merchant.post(path, {"email": "nonsense", "confirmed": "yes"})
    assert Conversation.objects.count() == 2


def test_one_conversation_is_deleted(merchant, chatbot):
    uid, other = talk(chatbot, "hello"), talk(chatbot, "hello")
    assert merchant.post(f"{TALKS}{uid}/delete/").url == TALKS
    assert [str(c.uid) for c in Conversation.objects.all()] == [other]
    assert AuditEntry.objects.get().act == "customer_erased"


def paths_of(chatbot) -> tuple[list[str], list[str]]:
    """The pages and the acts about one chatbot."""
    answer = add_answer(chatbot, question=VAIN, text="Yes.")
    talks = f"{TALKS}{talk(chatbot, 'Is there a vegan cafeteria?')}/"
    answers = f"{ROOT}{chatbot.uid}/answers/"
    acts = [answers + "new/", f"{answers}{answer.uid}/", talks + "delete/"]
    return [talks, answers], [*acts, f"{answers}{answer.uid}/delete/"]


def test_viewers_read_and_change_nothing(store, chatbot):
    pages, acts = paths_of(chatbot)
    viewer = Client()
    viewer.force_login(make_viewer(store))
    for path in [*pages, TALKS]:
        html = page(viewer, path)
        for word in ("Add an answer", "danger", "Erase a shopper"):
            assert word not in html, path
    for path in [*acts, TALKS + "erase/"]:
        assert viewer.post(path, {"question": "x?", "text": "x"}).status_code == 403
    assert MerchantAnswer.objects.count() == Conversation.objects.count() == 1


def test_strangers_see_what_is_not_there(client, chatbot):
    pages, acts = paths_of(chatbot)
    client.force_login(make_user())
    for path in [*pages, *acts]:
        ask = client.post if path in acts else client.get
        missing = re.sub(r"[0-9a-f-]{36}", lambda _: str(uuid4()), path)
        theirs, nobodys = ask(path), ask(missing)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.content == nobodys.content
        assert Client().get(path).status_code in (302, 405)
    assert listed(client) == []
    assert listed(client, chatbot=str(chatbot.uid)) == []


def test_an_answer_of_another_chatbot_is_missing_here(merchant, store, chatbot):
    answer = add_answer(make_chatbot(store), question=VAIN, text="Yes.")
    path = f"{ROOT}{chatbot.uid}/answers/{answer.uid}/"
    assert merchant.get(path).status_code == 404
    assert merchant.post(path + "delete/").status_code == 404
