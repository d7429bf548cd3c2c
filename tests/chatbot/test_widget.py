"""What a storefront loads: the loader, the button's look, the frame and its policy."""

import gzip
import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.cache import cache

from chatbot.models import Chatbot
from chatbot.widget.looks import contrast, readable_on
from tests.factories import make_store

pytestmark = pytest.mark.django_db
FILES = Path(__file__).parents[2] / "static" / "widget" / "v1"
SHOP = "https://shop.example"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def bot() -> Chatbot:
    return Chatbot.objects.create(
        store=make_store(),
        name="Shop <b>Help</b>",
        accent_color="#FFCC00",
        position="left",
        allowed_origins=[SHOP, "http://localhost:8001"],
        suggested_questions=["What's <i>new</i>?"],
    )


def packed(*names: str) -> int:
    return sum(len(gzip.compress((FILES / name).read_bytes(), 9)) for name in names)


def test_the_loader_is_small_and_so_is_the_whole_widget():
    assert packed("loader.js") <= 2_000
    assert packed("loader.js", "frame.js", "frame.css", "absent.js") <= 20 * 1024


def test_the_loader_is_served_to_any_page_and_revalidated(client):
    answer = client.get("/widget/v1/loader.js")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=300" in answer["Cache-Control"]
    assert answer.content == (FILES / "loader.js").read_bytes()
    again = client.get("/widget/v1/loader.js", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    packed = client.get("/widget/v1/loader.js", HTTP_ACCEPT_ENCODING="gzip")
    assert len(packed.content) < 2 * 1024 + 300
    assert client.post("/widget/v1/loader.js").status_code == 405


def test_the_look_is_told_to_allowed_pages_only(client, bot):
    url = f"/widget/v1/{bot.public_id}/look"
    answer = client.get(url, HTTP_ORIGIN=SHOP)
    assert answer.json() == {
        "name": "Shop <b>Help</b>",
        "color": "#FFCC00",
        "ink": "#000000",
        "position": "left",
    }
    assert answer["Access-Control-Allow-Origin"] == SHOP
    refused = client.get(url, HTTP_ORIGIN="https://evil.example")
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")
    bot.is_active = False
    bot.save()
    assert client.get(url, HTTP_ORIGIN=SHOP).status_code == 404


def directives(answer) -> dict[str, list[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {name: values for name, *values in parts}


def test_only_allowed_pages_may_frame_the_chat(client, bot):
    answer = client.get(f"/widget/v1/{bot.public_id}/")
    assert "X-Frame-Options" not in answer
    policy = directives(answer)
    assert policy["frame-ancestors"] == ["'self'", SHOP, "http://localhost:8001"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["default-src"] == ["'none'"]
    assert not answer.cookies


def test_a_merchants_words_are_text_and_nothing_is_inline(client, bot):
    html = client.get(f"/widget/v1/{bot.public_id}/").content.decode()
    assert "<b>Help" not in html
    assert "<i>new" not in html
    assert "What&#x27;s &lt;i&gt;new" in html
    assert not re.search(r"\sstyle=|\son\w+=|<script(?![^>]*src)", html)


@pytest.mark.parametrize("name", [str(uuid4()), "x", "%00", "a" * 2_000])
def test_an_unknown_chatbot_is_a_calm_page(client, name):
    answer = client.get(f"/widget/v1/{name}/")
    assert answer.status_code == 404
    assert "not available at the moment" in answer.content.decode()


def test_a_paused_chatbot_is_a_calm_page_too(client, bot):
    Chatbot.objects.update(is_active=False)
    answer = client.get(f"/widget/v1/{bot.public_id}/")
    assert answer.status_code == 404
    assert "not available at the moment" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl")]
)
def test_the_frame_is_written_the_way_the_shop_is(client, bot, language, direction):
    bot.store.language = language
    bot.store.save()
    html = client.get(f"/widget/v1/{bot.public_id}/").content.decode()
    assert f'<html lang="en" dir="{direction}">' in html


@pytest.mark.parametrize(
    "color", ["#000000", "#ffffff", "#ffcc00", "#2f5bea", "#777777", "#00aa55"]
)
def test_letters_on_any_colour_can_be_read(color):
    assert contrast(readable_on(color), color) >= 4.5
