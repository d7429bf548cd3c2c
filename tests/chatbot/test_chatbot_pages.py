"""The Chatbots pages: list, make, change, pause, embed, delete."""

from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from chatbot.models import Chatbot, Message
from hiwelink.accounts.models import Membership, Role
from hiwelink.teams.models import AuditEntry
from tests.chatbot.shop import make_chatbot
from tests.chatbot.widget import Widget
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_store, make_user

pytestmark = pytest.mark.django_db
ROOT = "/dashboard/chatbots/"
PAGES = ["", "settings/"]
ACTS = ["settings/", "switch/", "delete/"]
EVIL = "<script>alert(1)</script>"
SETTINGS = {
    "name": "Mira",
    "greeting": "Hi!",
    "accent_color": "#AA0033",
    "position": "left",
    "suggested_questions": "Do you ship?\n\n Where is my order? ",
    "shop_facts": "Free shipping.",
    "contact": "",
    "tone": "",
    "allowed_origins": "https://Shop.example/\nhttps://two.example",
}


@pytest.fixture
def store():
    return make_store(environment="production", storefront_url="https://shop.example")


@pytest.fixture
def chatbot(store) -> Chatbot:
    return make_chatbot(store, name="Kettle", allowed_origins=["https://shop.example"])


@pytest.fixture
def merchant(client, store) -> Client:
    client.force_login(owner_of(store))
    return client


def url(chatbot, path="") -> str:
    return f"{ROOT}{chatbot.uid}/{path}"


def page(client, path) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_list_leads_to_a_store_or_a_chatbot(client):
    user = make_user()
    client.force_login(user)
    assert "Connect your store first" in page(client, ROOT)
    assert client.get(ROOT + "new/").url == ROOT
    make_store(user)
    assert f'href="{ROOT}new/"' in page(client, ROOT)


def test_a_chatbot_is_made_with_a_name_and_a_store_alone(merchant, store):
    form = page(merchant, f"{ROOT}new/?store={store.uid}")
    assert f'<option value="{store.uid}" selected>' in form
    answer = merchant.post(
        ROOT + "new/",
        {"store": store.uid, "name": "Mira", "accent_color": "#2f5bea",
         "position": "right"},
    )  # fmt: skip
    chatbot = Chatbot.objects.get()
    assert answer.url == url(chatbot)
    assert chatbot.allowed_origins == ["https://shop.example"]
    shown = page(merchant, answer.url)
    assert chatbot.embed_code in unescape(shown)
    assert f'src="/widget/v1/{chatbot.public_id}/?preview"' in shown
    assert AuditEntry.objects.get().act == "chatbot_created"


def test_settings_are_kept_in_their_normal_form(merchant, chatbot):
    answer = merchant.post(url(chatbot, "settings/"), SETTINGS)
    assert answer.url == url(chatbot, "settings/")
    chatbot.refresh_from_db()
    assert chatbot.name == "Mira"
    assert chatbot.accent_color == "#aa0033"
    assert chatbot.suggested_questions == ["Do you ship?", "Where is my order?"]
    assert chatbot.allowed_origins == ["https://shop.example", "https://two.example"]
    entry = AuditEntry.objects.get()
    assert entry.act == "chatbot_changed"
    assert "greeting" in entry.detail
    assert "tone" not in entry.detail
    merchant.post(answer.url, SETTINGS)
    assert AuditEntry.objects.count() == 1  # nothing changed
    form = page(merchant, answer.url)
    assert "https://shop.example\nhttps://two.example</textarea>" in form


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", " ", "required"),
        ("name", "x" * 81, "80 characters"),
        ("accent_color", "red", "six hex digits"),
        ("position", "top", "Select a valid choice"),
        ("suggested_questions", "\n".join("abcdefghi"), "At most 8"),
        ("suggested_questions", "x" * 121, "too long"),
        ("shop_facts", "x" * 8_001, "8,000 characters"),
        ("allowed_origins", "https://fine.example\nhttp://bad.example", "bad.example"),
        ("allowed_origins", EVIL, "is not an origin"),
        ("greeting", "a\x00b", "Null characters"),
    ],
)
def test_bad_input_is_told_at_its_field_and_changes_nothing(
    merchant, store, chatbot, field, value, told
):
    before = Chatbot.objects.values().get()
    for path in (url(chatbot, "settings/"), ROOT + "new/"):
        body = {"store": store.uid, **SETTINGS, field: value}
        answer = merchant.post(path, body)
        html = answer.content.decode()
        assert answer.status_code == 200
        error = html.split(f'id="id_{field}_error"')[1].split("</div>")[0]
        assert told in error
        assert EVIL not in html
    assert Chatbot.objects.values().get() == before


def test_a_strangers_store_is_no_choice(merchant):
    body = {**SETTINGS, "store": make_store().uid}
    assert "one of your stores" in merchant.post(ROOT + "new/", body).content.decode()
    assert not Chatbot.objects.exists()


def test_what_a_merchant_wrote_is_shown_as_text(merchant, chatbot):
    Chatbot.objects.update(name=EVIL, greeting=EVIL, suggested_questions=[EVIL])
    for path in (
        ROOT,
        url(chatbot),
        url(chatbot, "settings/"),
        url(chatbot, "delete/"),
    ):
        assert EVIL not in page(merchant, path)


def test_a_paused_chatbot_answers_nobody_until_it_is_activated(merchant, chatbot):
    merchant.post(url(chatbot, "switch/"))
    merchant.post(url(chatbot, "switch/"))
    assert Widget(chatbot).post("messages", {"message": "hi"}).status_code == 404
    assert "Paused" in page(merchant, ROOT)
    assert "<iframe" not in page(merchant, url(chatbot))
    merchant.post(url(chatbot, "switch/"), {"active": "yes"})
    assert Widget(chatbot).say("hello")
    acts = AuditEntry.objects.order_by("id").values_list("act", "detail")
    assert list(acts) == [
        ("chatbot_changed", "paused"),
        ("chatbot_changed", "activated"),
    ]


def test_a_chatbot_is_deleted_once_confirmed(merchant, chatbot):
    Widget(chatbot).ask("hello")
    assert "1 conversation and 0 answers" in page(merchant, url(chatbot, "delete/"))
    assert Chatbot.objects.exists()
    assert merchant.post(url(chatbot, "delete/")).url == ROOT
    assert not Chatbot.objects.exists()
    assert not Message.objects.exists()
    assert AuditEntry.objects.get().act == "chatbot_deleted"


def test_figures_are_of_the_last_30_days(merchant, chatbot):
    widget = Widget(chatbot)
    widget.ask("hello")
    widget.ask("Do you sponsor school trips?")
    Message.objects.filter(is_answered=True).update(rating="up")
    html = page(merchant, ROOT)
    assert "<dd>50 %</dd>" in html
    assert "<dd>1 / 0</dd>" in html
    Message.objects.update(created_at="2020-01-01T00:00Z")
    chatbot.conversations.update(created_at="2020-01-01T00:00Z")
    assert "<dd>—</dd>" in page(merchant, ROOT)


def test_a_stores_page_leads_to_its_chatbots(merchant, store):
    path = f"/dashboard/stores/{store.uid}/"
    assert f'href="{ROOT}new/?store={store.uid}"' in page(merchant, path)
    chatbot = make_chatbot(store)
    assert f'href="{url(chatbot)}"' in page(merchant, path)


def test_viewers_look_and_change_nothing(store, chatbot):
    viewer = Client()
    viewer.force_login(make_viewer(store))
    html = page(viewer, ROOT) + "".join(page(viewer, url(chatbot, p)) for p in PAGES)
    assert ROOT + "new/" not in html
    for word in ("Save settings", "Pause</button>", "Delete…"):
        assert word not in html
    for path in ACTS:
        assert viewer.post(url(chatbot, path), SETTINGS).status_code == 403
    assert viewer.post(ROOT + "new/", SETTINGS).status_code == 403
    assert Chatbot.objects.get().name == "Kettle"


def test_a_viewer_elsewhere_makes_chatbots_of_their_own_stores_only(client, store):
    user = make_user()
    own = make_store(user)
    Membership.objects.create(workspace=store.workspace, user=user, role=Role.VIEWER)
    client.force_login(user)
    html = page(client, ROOT + "new/")
    assert str(own.uid) in html
    assert str(store.uid) not in html


def test_strangers_see_what_is_not_there(client, chatbot):
    client.force_login(make_user())
    assert chatbot.name not in page(client, ROOT)
    for path in [*PAGES, *ACTS]:
        ask = client.post if path in ACTS else client.get
        theirs = ask(url(chatbot, path))
        missing = ask(f"{ROOT}{uuid4()}/{path}")
        assert theirs.status_code == missing.status_code == 404
        assert theirs.content == missing.content
        assert Client().get(url(chatbot, path)).status_code == 302
