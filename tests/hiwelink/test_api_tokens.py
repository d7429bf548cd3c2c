"""Tokens of the management API: made and revoked on the account page."""

import re

import pytest
from django.test import Client

from hiwelink.accounts.models import ApiToken
from tests.factories import make_store, make_token, make_user

pytestmark = pytest.mark.django_db


def make(client, name="export") -> str:
    page = client.post("/account/tokens/", {"name": name}).content.decode()
    (text,) = re.findall(r'<code id="token">([^<]+)</code>', page)
    return text


def stores(text: str, prefix: str = "Token"):
    return Client().get("/api/v1/stores/", HTTP_AUTHORIZATION=f"{prefix} {text}")


def revoke_link(client) -> str:
    page = client.get("/account/").content.decode()
    return re.findall(r'href="(/account/tokens/\w+/revoke/)"', page)[0]


def test_a_token_is_shown_once_and_opens_the_api(client):
    user = make_user()
    store = make_store(user)
    make_store()
    client.force_login(user)
    answer = client.post("/account/tokens/", {"name": "nightly export"})
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    (text,) = re.findall(r'id="token">(\w+)<', answer.content.decode())
    assert [row["id"] for row in stores(text).json()["results"]] == [str(store.uid)]
    page = client.get("/account/").content.decode()
    assert text not in page
    assert f"{text[:6]}…" in page
    assert text[:7] not in page
    assert "nightly export" in page


def test_the_database_holds_no_token(client):
    client.force_login(make_user())
    text = make(client)
    assert text not in str(list(ApiToken.objects.values_list()))


def test_a_revoked_token_opens_nothing_and_the_others_still_do(client):
    client.force_login(make_user())
    first = make(client, "first")
    link = revoke_link(client)
    second = make(client, "second")
    page = client.get(link).content.decode()
    assert "Revoke “first”?" in page
    assert first[:7] not in page
    assert stores(first).status_code == 200  # looking changes nothing
    answer = client.post(link, follow=True)
    assert "“first” is revoked" in answer.content.decode()
    assert stores(first).status_code == 401
    assert stores(second).status_code == 200
    assert client.post(link).status_code == 404


def test_nobody_revokes_another_ones_token(client):
    owner = make_user()
    header = make_token(owner)
    client.force_login(owner)
    link = revoke_link(client)
    client.force_login(make_user())
    assert client.get(link).status_code == client.post(link).status_code == 404
    assert client.post("/account/tokens/invented/revoke/").status_code == 404
    assert Client().get("/api/v1/stores/", **header).status_code == 200


def test_neither_hash_nor_the_rest_of_a_token_is_in_the_page(client):
    user = make_user()
    make_token(user)
    client.force_login(user)
    token = ApiToken.objects.get()
    page = client.get("/account/").content.decode()
    assert token.digest not in page
    assert token.token_key not in page
    assert token.token_key[:6] in page


@pytest.mark.parametrize("name", ["", "x" * 81, "  "])
def test_a_token_wants_a_name(client, name):
    client.force_login(make_user())
    answer = client.post("/account/tokens/", {"name": name})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_making_and_revoking_are_posts_of_someone_logged_in(client):
    for path in ("/account/tokens/", "/account/tokens/abc/revoke/"):
        assert client.post(path)["Location"].startswith("/account/login/")
    client.force_login(make_user())
    assert client.get("/account/tokens/").status_code == 405
    assert client.delete("/account/tokens/abc/revoke/").status_code == 405


def test_a_name_is_text(client):
    client.force_login(make_user())
    make(client, "<script>alert(1)</script>")
    assert "<script>alert" not in client.get("/account/").content.decode()


@pytest.mark.parametrize(
    "text", ["", "nonsense", "a" * 64, "\xff\xfe", "a b", "é" * 64]
)
def test_a_false_token_is_refused_in_json(text):
    answer = stores(text)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert set(answer.json()) == {"code", "detail"}


def test_the_scheme_is_read_without_case_and_others_are_not_ours(client):
    client.force_login(make_user())
    text = make(client)
    assert stores(text, "token").status_code == 200
    assert stores(text, "Bearer").status_code == 401


def test_the_token_of_a_closed_account_opens_nothing():
    user = make_user()
    header = make_token(user)
    user.is_active = False
    user.save()
    assert Client().get("/api/v1/stores/", **header).status_code == 401
