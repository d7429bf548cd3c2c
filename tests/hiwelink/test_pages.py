"""What every page of the URL table costs: queries, and bytes on the wire."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hiwelink.accounts.models import User
from tests.chatbot.shop import make_chatbot, make_shop
from tests.examples.servers import ROOT
from tests.full_workspace import Size, make_full_workspace
from tests.markup import Page, weight
from tests.pages import pages_of
from tests.webhooks.server import running_web

# More of everything than a page of a list shows.
FULL = Size(
    products=400, orders=60, deliveries=60, runs=60, issues=240, talks=60,
    stores=35, people=55,
)  # fmt: skip
MOST_QUERIES, MOST_BYTES = 12, 120_000


@pytest.fixture
def values() -> dict[str, object]:
    return make_full_workspace(FULL)


@pytest.fixture
def merchant(values) -> Client:
    client = Client()
    client.force_login(User.objects.get(email="victoria@example.com"))
    return client


@pytest.mark.django_db
def test_no_page_asks_the_database_often_however_full_its_lists(merchant, values):
    costs = {}
    for path in pages_of(merchant, values, fragments=True):
        markup = merchant.get(path).content.decode()
        for address in [path, *Page(path, markup).clicks(combined=False)]:
            with CaptureQueriesContext(connection) as captured:
                assert merchant.get(address).status_code == 200, address
            costs[address] = len(captured)
    assert len(costs) > 100
    assert {path: n for path, n in costs.items() if n > MOST_QUERIES} == {}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_first_load_of_every_page_is_light(merchant, values, tmp_path):
    shutil.copy(settings.DATA_DIR / "keys.json", tmp_path)
    collect_static(tmp_path)
    browser = requests.Session()
    cookie = merchant.cookies[settings.SESSION_COOKIE_NAME].value
    browser.headers["Cookie"] = f"{settings.SESSION_COOKIE_NAME}={cookie}"
    browser.headers["Accept-Encoding"] = "gzip"
    weights = {}
    with running_web(DATA_DIR=str(tmp_path)) as web:

        def load(address: str) -> tuple[int, str]:
            answer = browser.get(web.url + address, stream=True)
            wire = answer.raw.read(decode_content=False)
            assert answer.status_code == 200, address
            is_packed = answer.headers.get("Content-Encoding") == "gzip"
            assert is_packed or len(wire) < 1_000, f"{address} is not packed"
            return len(wire), (gzip.decompress(wire) if is_packed else wire).decode()

        for path in [*pages_of(merchant, values), *pages_of(Client(), values)]:
            weights[path] = weight(path, load)
    assert len(weights) > 40
    heavy = {path: w for path, w in weights.items() if sum(w.values()) > MOST_BYTES}
    assert heavy == {}


@pytest.mark.django_db
def test_a_chat_is_not_packed_for_it_is_read_as_it_is_written(client):
    bot = make_chatbot(make_shop())
    packed = {"HTTP_ACCEPT_ENCODING": "gzip"}
    answer = client.post(
        f"/api/chatbot/{bot.public_id}/messages",
        {"message": "How much is the Skarn 2?"},
        "application/json",
        HTTP_ACCEPT="text/event-stream",
        **packed,
    )
    assert "Content-Encoding" not in answer.headers
    assert b"event: done" in b"".join(answer)
    assert client.get("/docs/generic-api/", **packed)["Content-Encoding"] == "gzip"


def collect_static(data_dir: Path) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=ROOT,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "hiwelink.settings", "DATA_DIR": str(data_dir)},
        check=True,
    )
