"""Staff pages of chatbots: read across stores, switch off, no e-mail address."""

import pytest

from chatbot.indexing import index_words
from chatbot.models import (
    Chatbot,
    Conversation,
    MerchantAnswer,
    Message,
    SearchDocument,
    SearchIndex,
)
from chatbot.services.merchant_answers import add_answer
from hiwelink.teams.models import AuditEntry
from tests.chatbot.widget import Widget
from tests.factories import make_product, make_store
from tests.staff import INLINE, list_path, make_staff, make_superuser, run_action

pytestmark = pytest.mark.django_db
MODELS = [
    Chatbot,
    Conversation,
    Message,
    MerchantAnswer,
    SearchIndex,
    SearchDocument,
]


@pytest.fixture
def chatbot(db):
    chatbot = Chatbot.objects.create(store=make_store(), name="<b>Kettle</b>")
    make_product(chatbot.store, name="<b>Kettle</b> <script>alert(1)</script>")
    index_words(chatbot.store)
    Widget(chatbot).ask("I am alice@example.com <script>alert(1)</script>")
    add_answer(chatbot, question="Gift wrapping?", text="Yes.")
    return chatbot


@pytest.mark.parametrize("model", MODELS)
def test_pages_show_what_there_is_as_text(client, chatbot, model):
    client.force_login(make_superuser())
    pages = [client.get(list_path(model))]
    pages += [
        client.get(f"{list_path(model)}{row.pk}/change/") for row in model.objects.all()
    ]
    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200
        assert "alice@" not in html
        assert "<b>Kettle" not in html
        assert "<script>alert" not in html
        assert not INLINE.search(html)
    assert client.get(f"{list_path(model)}add/").status_code == 403


def test_a_chatbot_that_does_harm_is_switched_off_and_on(client, chatbot):
    client.force_login(make_superuser())
    run_action(client, Chatbot, "switch_off", chatbot)
    assert Widget(chatbot).post("messages", {"message": "hi"}).status_code == 404
    run_action(client, Chatbot, "switch_on", chatbot)
    assert Widget(chatbot).say("hi")
    entries = AuditEntry.objects.order_by("id").values_list("via", "detail")
    assert list(entries) == [
        ("staff", "switched off by staff"),
        ("staff", "switched on by staff"),
    ]


def test_an_index_is_embedded_anew(client, chatbot):
    index = SearchIndex.objects.get()
    client.force_login(make_staff("view_searchindex"))
    run_action(client, SearchIndex, "reembed", index)
    index.refresh_from_db()
    assert index.rebuild_since is None
    client.force_login(make_superuser())
    assert "being embedded anew" in run_action(client, SearchIndex, "reembed", index)
    index.refresh_from_db()
    assert index.is_rebuilding


def test_the_documents_of_a_store_are_a_click_away(client, chatbot):
    make_product(make_store(), name="Elsewhere")
    client.force_login(make_superuser())
    page = client.get(
        f"{list_path(SearchDocument)}?store__id__exact={chatbot.store.pk}"
    )
    assert page.status_code == 200
    assert "1 search document" in page.content.decode()


def test_looking_is_no_right_to_switch(client, chatbot):
    client.force_login(make_staff("view_chatbot"))
    run_action(client, Chatbot, "switch_off", chatbot)
    assert Chatbot.objects.get().is_active
