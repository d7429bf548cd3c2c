"""GET /api/chatbot/{public_id}/search, as a storefront and a shopper's browser see it."""

from decimal import Decimal

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from chatbot.api.search import SearchView
from chatbot.models import Chatbot
from chatbot.tasks import index_store
from tests.factories import make_product, make_store

pytestmark = pytest.mark.django_db
SHOP = "https://shop.example"


@pytest.fixture(autouse=True)
def _fresh_throttles():
    cache.clear()


@pytest.fixture
def chatbot():
    store = make_store(base_url="https://api.example", currency="USD")
    make_product(
        store,
        "42/a",
        name="Storm Shell Rain Jacket",
        price=Decimal("189.00"),
        sale_price=Decimal("149.5"),
        stock_status="in_stock",
        images=["https://shop.example/storm.jpg"],
        permalink="https://shop.example/storm",
    )
    make_product(store, "43", name="Wool Beanie", price=None)
    index_store(store.pk)
    return Chatbot.objects.create(store=store, name="Shop", allowed_origins=[SHOP])


def ask(chatbot, q="rain jacket", *, origin="", method="GET", **query):
    headers = {"Origin": origin} if origin else {}
    public_id = getattr(chatbot, "public_id", chatbot)
    return Client(raise_request_exception=False).generic(
        method,
        f"/api/chatbot/{public_id}/search",
        query_params={"q": q, **query},
        headers=headers,
    )


def test_results_are_cards_with_a_score(chatbot):
    answer = ask(chatbot)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"results", "understood", "took_ms"}
    card = body["results"][0]
    assert card.pop("score") > 0
    assert card == {
        "external_id": "42/a",
        "name": "Storm Shell Rain Jacket",
        "price": "149.50",
        "currency": "USD",
        "stock_status": "in_stock",
        "url": "https://shop.example/storm",
        "image": "https://shop.example/storm.jpg",
    }
    assert 0 < body["took_ms"] < 5_000
    assert answer["Cache-Control"] == "no-store"


def test_a_slash_at_the_end_is_as_good(chatbot):
    answer = Client().get(f"/api/chatbot/{chatbot.public_id}/search/", {"q": "beanie"})
    assert answer.json()["results"][0]["external_id"] == "43"


def test_limit_bounds_the_list_and_nonsense_is_refused(chatbot):
    assert len(ask(chatbot, "storm wool", limit="1").json()["results"]) == 1
    assert ask(chatbot, "storm wool", limit="1000").status_code == 200
    for nonsense in ("0", "-1", "many", "1e3", "٣", "9" * 400):
        answer = ask(chatbot, limit=nonsense)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), nonsense


@pytest.mark.parametrize(
    "question",
    [
        "",
        " ",
        "x" * 10_000,
        "jacket " * 2_000,
        "the and of",
        "?!…;:'\"()[]{}<>%_\\",
        "rain\x00jacket",
        "\ud83d rain",
        "'; DROP TABLE commerce_product; --",
        "rain' OR '1'='1",
        "معطف المطر",
        "\u202eמעיל גשם",
        "雨 ジャケット",
        "🧥" * 50,
        "a" * 300 + "-" + "b" * 300,
        "under $",
        "between $50 and $10",
        "1" * 900,
    ],
)
def test_whatever_is_typed_gets_an_answer(chatbot, question):
    answer = ask(chatbot, question.encode("utf-8", "surrogatepass"))
    assert answer.status_code == 200
    assert set(answer.json()) == {"results", "understood", "took_ms"}
    assert ask(chatbot).json()["results"], "the catalogue is as before"


def test_an_unknown_chatbot_and_a_paused_one_say_so(chatbot):
    for public_id in ("00000000-0000-4000-8000-000000000000", "nonsense", chatbot.uid):
        answer = ask(public_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    chatbot.is_active = False
    chatbot.save()
    answer = ask(chatbot)
    assert (answer.status_code, answer.json()["code"]) == (404, "chatbot_paused")


@pytest.mark.parametrize("origin", ["", settings.PUBLIC_BASE_URL, "http://testserver"])
def test_our_own_pages_and_programs_need_no_cors(chatbot, origin):
    answer = ask(chatbot, origin=origin)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer
    assert "Origin" in answer["Vary"]


@pytest.mark.parametrize("origin", [SHOP, "https://SHOP.example:443"])
def test_an_allowed_origin_may_read_the_answer_and_its_errors(chatbot, origin):
    assert ask(chatbot, origin=origin)["Access-Control-Allow-Origin"] == origin
    refused = ask(chatbot, origin=origin, limit="0")
    assert refused.status_code == 400
    assert refused["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "null",
        "https://",
        "https://shop.example:port",
    ],
)
def test_any_other_origin_is_refused(chatbot, origin):
    for method in ("GET", "OPTIONS"):
        answer = ask(chatbot, origin=origin, method=method)
        assert answer.status_code == 403
        assert answer.json()["code"] == "origin_not_allowed"
        assert "Access-Control-Allow-Origin" not in answer


def test_a_preflight_of_an_allowed_origin_is_answered(chatbot):
    answer = ask(chatbot, origin=SHOP, method="OPTIONS")
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == SHOP
    assert "GET" in answer["Access-Control-Allow-Methods"]
    assert "content-type" in answer["Access-Control-Allow-Headers"]


def test_only_get_is_served(chatbot):
    assert ask(chatbot, method="POST").status_code == 405


def test_one_address_is_slowed_down_chatbot_by_chatbot(chatbot, monkeypatch):
    monkeypatch.setattr(SearchView, "rate", "3/min")
    other = Chatbot.objects.create(store=chatbot.store, name="Other")
    assert [ask(chatbot).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = ask(chatbot, origin=SHOP)
    assert refused.json()["code"] == "throttled"
    assert int(refused["Retry-After"]) > 0
    assert refused["Access-Control-Allow-Origin"] == SHOP
    assert ask(other).status_code == 200
