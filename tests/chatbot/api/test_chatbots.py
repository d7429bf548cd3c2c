"""/api/v1/chatbots/ : list, make, read, change, delete."""

import pytest
from django.core.cache import cache

from chatbot.models import Chatbot
from hiwelink.accounts.models import User
from hiwelink.teams.models import AuditEntry
from tests.chatbot.shop import make_chatbot
from tests.commerce.api.conftest import Api
from tests.commerce.people import make_viewer
from tests.factories import make_store, make_user

BODY = {
    "name": "Shop assistant",
    "allowed_origins": ["https://www.yourstore.com"],
    "greeting": "Hi! What are you looking for?",
    "accent_color": "#2F5BEA",
    "suggested_questions": ["Do you ship to Canada?"],
    "shop_facts": "Free shipping from $75.",
    "is_active": True,
}
SHOWN = {
    "id",
    "store",
    "public_id",
    "embed_code",
    "tone",
    "contact",
    "position",
    "created_at",
    "updated_at",
    *BODY,
}


@pytest.fixture(autouse=True)
def _fresh_throttles():
    cache.clear()


@pytest.fixture
def user(db) -> User:
    return make_user()


@pytest.fixture
def api(user) -> Api:
    return Api(user)


@pytest.fixture
def store(user):
    return make_store(user, environment="production")


@pytest.fixture
def chatbot(store) -> Chatbot:
    return make_chatbot(store)


def test_a_chatbot_is_made_read_changed_and_deleted(api, store, settings):
    settings.PUBLIC_BASE_URL = "https://app.hiwelink.example"
    made = api.post("chatbots/", {"store": str(store.uid), **BODY})
    assert made.status_code == 201
    body = made.json()
    assert body.keys() == SHOWN
    assert body["store"] == str(store.uid)
    assert {key: body[key] for key in BODY} == {**BODY, "accent_color": "#2f5bea"}
    assert body["embed_code"] == (
        '<script src="https://app.hiwelink.example/widget/v1/loader.js" '
        f'data-chatbot="{body["public_id"]}" async></script>'
    )
    path = f"chatbots/{body['id']}/"
    assert api.get(path).json() == body

    changed = api.patch(path, {"name": "Mira", "is_active": False})
    assert changed.status_code == 200
    assert changed.json() | {"updated_at": ""} == body | {
        "name": "Mira",
        "is_active": False,
        "updated_at": "",
    }
    assert api.get(path).json() == changed.json()

    gone = api.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.get(path).status_code == 404
    acts = AuditEntry.objects.order_by("id").values_list("act", "target")
    assert list(acts) == [
        ("chatbot_created", "Shop assistant"),
        ("chatbot_changed", "Mira"),
        ("chatbot_deleted", "Mira"),
    ]


def test_a_name_and_a_store_are_enough(api, store):
    body = api.post("chatbots/", {"store": str(store.uid), "name": "Mira"}).json()
    assert body["is_active"] is True
    assert body["suggested_questions"] == []
    assert body["accent_color"] == "#2f5bea"


@pytest.mark.parametrize(
    ("where", "origins"),
    [
        ({"storefront_url": "https://Shop.example/en/"}, ["https://shop.example"]),
        ({"base_url": "https://api.example:8443/v2"}, ["https://api.example:8443"]),
        ({"storefront_url": "http://shop.example"}, []),
        ({"storefront_url": "http://shop.example", "environment": "sandbox"},
         ["http://shop.example"]),
    ],
)  # fmt: skip
def test_origins_that_are_left_out_are_the_storefronts(api, user, where, origins):
    store = make_store(user, **{"environment": "production", **where})
    body = {"store": str(store.uid), "name": "Mira"}
    assert api.post("chatbots/", body).json()["allowed_origins"] == origins
    told = api.post("chatbots/", {**body, "allowed_origins": []}).json()
    assert told["allowed_origins"] == []


def test_the_list_holds_ones_own_by_name(api, user, store):
    for name in ("Zoe", "Ada"):
        make_chatbot(store, name=name)
    make_chatbot(make_store(user, deleting_at=store.created_at))
    make_chatbot(make_store())
    page = api.get("chatbots/", page_size=1).json()
    assert page["count"] == 2
    assert [row["name"] for row in page["results"]] == ["Ada"]
    assert "page=2" in page["next"]


def test_the_list_is_narrowed_to_a_store_and_a_strangers_is_not_there(api, user, store):
    make_chatbot(store, name="Ada")
    make_chatbot(make_store(user), name="Zoe")
    page = api.get("chatbots/", store=str(store.uid)).json()
    assert [row["name"] for row in page["results"]] == ["Ada"]
    foreign = make_chatbot(make_store()).store.uid
    missing = "6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11"
    told = [api.get("chatbots/", store=uid) for uid in (foreign, missing, "nonsense")]
    assert {answer.status_code for answer in told} == {404}
    assert len({answer.content for answer in told}) == 1


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://WWW.YourStore.com/", "https://www.yourstore.com"),
        ("https://shop.example:443", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        (" https://shop.example ", "https://shop.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:5500", "http://127.0.0.1:5500"),
        ("http://[::1]:80/", "http://[::1]"),
    ],
)
def test_origins_are_kept_as_browsers_send_them(api, store, told, kept):
    origins = [told, "https://two.example", told]
    body = {"store": str(store.uid), **BODY, "allowed_origins": origins}
    answer = api.post("chatbots/", body)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["allowed_origins"] == [kept, "https://two.example"]


BAD_ORIGINS = [
    "",
    "*",
    "null",
    "shop.example",
    "//shop.example",
    "ftp://shop.example",
    "javascript:alert(1)",
    "https://",
    "https://*.shop.example",
    "https://shop.example/cart",
    "https://shop.example/?a=1",
    "https://shop.example/#a",
    "https://me:secret@shop.example",
    "https://shop.example; script-src *",
    "https://shop.example\nX-Injected: 1",
    "https://shop.example:99999",
    "https://a..example",
    "http://shop.example",
    "http://localhost.example",
]


def test_what_is_no_origin_is_said_at_the_field(api, chatbot):
    for origin in BAD_ORIGINS:
        answer = api.patch(
            f"chatbots/{chatbot.uid}/",
            {"allowed_origins": ["https://fine.example", origin]},
        )
        assert answer.status_code == 400, origin
        assert answer.json()["code"] == "invalid"
        assert list(answer.json()["fields"]) == ["allowed_origins"], origin
    chatbot.refresh_from_db()
    assert chatbot.allowed_origins == []


def test_http_is_for_sandbox_stores(api, user):
    sandbox = make_store(user, environment="sandbox")
    body = {
        "store": str(sandbox.uid),
        "name": "x",
        "allowed_origins": ["http://shop.test"],
    }
    assert api.post("chatbots/", body).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 81),
        ("name", 12),
        ("name", None),
        ("name", "a\x00b"),
        ("allowed_origins", "https://shop.example"),
        ("allowed_origins", [12]),
        ("allowed_origins", [f"https://{n}.example" for n in range(21)]),
        ("allowed_origins", ["https://a\x00b.example"]),
        ("greeting", "x" * 301),
        ("greeting", ["x"]),
        ("accent_color", "blue"),
        ("accent_color", "#12345"),
        ("accent_color", "#12345g"),
        ("accent_color", "#123456;"),
        ("accent_color", None),
        ("suggested_questions", "Why?"),
        ("suggested_questions", {"0": "Why?"}),
        ("suggested_questions", ["x" * 121]),
        ("suggested_questions", [f"Question {n}?" for n in range(9)]),
        ("suggested_questions", ["a\x00"]),
        ("shop_facts", "x" * 8001),
        ("is_active", "no"),
        ("is_active", 1),
        ("is_active", None),
        ("position", "top"),
        ("tone", "x" * 301),
        ("contact", "x" * 301),
    ],
)
def test_bad_input_is_an_error_of_its_field_and_changes_nothing(
    api, store, chatbot, field, value
):
    before = Chatbot.objects.values().get()
    body = {"store": str(store.uid), **BODY, field: value}
    for answer in (
        api.post("chatbots/", body),
        api.patch(f"chatbots/{chatbot.uid}/", {field: value}),
    ):
        assert answer.status_code == 400, answer.content
        assert list(answer.json()["fields"]) == [field]
    assert Chatbot.objects.values().get() == before


def test_every_error_is_told_at_once(api, store):
    answer = api.post(
        "chatbots/",
        {"store": str(store.uid), "name": " x ", "accent_color": "red",
         "allowed_origins": ["*"]},
    )  # fmt: skip
    assert answer.json()["fields"].keys() == {"accent_color", "allowed_origins"}


def test_questions_are_kept_on_one_line_and_once(api, chatbot):
    answer = api.patch(
        f"chatbots/{chatbot.uid}/",
        {"suggested_questions": [" Do you\n ship? ", "", "Do you ship?", "  "]},
    )
    assert answer.json()["suggested_questions"] == ["Do you ship?"]


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null"])
def test_a_body_that_is_no_object_is_refused(api, chatbot, body):
    assert api.post("chatbots/", body).status_code == 400
    assert api.patch(f"chatbots/{chatbot.uid}/", body).status_code == 400


def test_a_strangers_store_is_like_one_that_is_not_there(api, store):
    foreign = make_store()
    told = [
        api.post("chatbots/", {**BODY, "store": uid}).json()
        for uid in (
            str(foreign.uid),
            "6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11",
            "nonsense",
        )
    ]
    assert told[0] == told[1] == told[2]
    assert list(told[0]["fields"]) == ["store"]
    assert not Chatbot.objects.exists()


def test_a_chatbot_stays_with_its_store(api, user, store, chatbot):
    path = f"chatbots/{chatbot.uid}/"
    other = make_store(user)
    answer = api.patch(path, {"store": str(other.uid)})
    assert list(answer.json()["fields"]) == ["store"]
    assert api.patch(path, {"store": str(store.uid)}).status_code == 200


def test_viewers_look_and_change_nothing(store, chatbot):
    viewer = Api(make_viewer(store))
    path = f"chatbots/{chatbot.uid}/"
    assert viewer.get(path).status_code == 200
    assert viewer.get("chatbots/").json()["count"] == 1
    for answer in (
        viewer.post("chatbots/", {"store": str(store.uid), **BODY}),
        viewer.patch(path, {"name": "Mine"}),
        viewer.delete(path),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "permission_denied"
    assert Chatbot.objects.get().name == chatbot.name


def test_the_public_id_is_not_an_id_here(api, chatbot):
    assert api.get(f"chatbots/{chatbot.public_id}/").status_code == 404


def test_what_is_not_a_merchants_to_set_is_left_alone(api, chatbot):
    answer = api.patch(
        f"chatbots/{chatbot.uid}/",
        {
            "public_id": "6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11",
            "id": 1,
            "embed_code": "",
        },
    )
    assert answer.status_code == 200
    assert answer.json()["public_id"] == str(chatbot.public_id)
