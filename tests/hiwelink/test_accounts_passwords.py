"""Changing a password, and choosing a new one by e-mail."""

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from hiwelink.accounts.models import User
from tests.factories import PASSWORD, make_token, make_user

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "another long battery"


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


def ask(client, email="ann@example.com", **options):
    return client.post("/account/reset/", {"email": email}, **options)


def link_in(letter) -> str:
    (link,) = re.findall(r"http://127.0.0.1:8000(/account/reset/\S+)", letter.body)
    return link


def choose(client, link, first=NEW, second=NEW):
    page = client.get(link, follow=True)
    path = page.request["PATH_INFO"]
    return client.post(path, {"new_password1": first, "new_password2": second})


def test_a_forgotten_password_is_replaced_by_the_link_of_a_letter(client, drain):
    make_user("ann@example.com", name="<b>Ann</b>")
    ask(client, " ANN@example.com", HTTP_HOST="evil.example")
    drain()
    (letter,) = mail.outbox
    assert letter.to == ["ann@example.com"]
    assert letter.subject == "Choose a new HiWelink password"
    assert "evil.example" not in letter.body
    assert "Ann" not in letter.body  # a name is a stranger's chance to write to us
    answer = choose(client, link_in(letter))
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")
    assert client.get("/dashboard/").status_code == 200  # logged in
    assert User.objects.get().check_password(NEW)
    page = Client().get(link_in(letter))
    assert "This link works no more" in page.content.decode()


def test_the_page_that_asks_does_not_carry_the_token(client, drain):
    make_user("ann@example.com")
    ask(client)
    drain()
    link = link_in(mail.outbox[0])
    assert client.get(link)["Location"].endswith("/set-password/")
    page = client.get(link, follow=True)
    assert link.rstrip("/").rsplit("/", 1)[1] not in page.content.decode()


@pytest.mark.parametrize("link", ["MQ/abc-def", "x/set-password", "!!/abc"])
def test_an_invented_link_is_refused_in_words(client, link):
    answer = client.get(f"/account/reset/{link}/")
    assert answer.status_code == 200
    assert "This link works no more" in answer.content.decode()


def test_a_weak_or_mistyped_new_password_is_refused(client, drain):
    make_user("ann@example.com")
    ask(client)
    drain()
    link = link_in(mail.outbox[0])
    for first, second, words in [
        ("12345678", "12345678", "entirely numeric"),
        (NEW, NEW + "x", "match"),
    ]:
        assert words in choose(client, link, first, second).content.decode()
    assert User.objects.get().check_password(PASSWORD)


def test_unknown_and_closed_accounts_answer_as_known_ones_do(client, drain):
    make_user("ann@example.com")
    make_user("closed@example.com", is_active=False)
    answers = [
        ask(client, email)
        for email in ("ann@example.com", "nobody@example.com", "closed@example.com")
    ]
    assert {(a.status_code, a["Location"]) for a in answers} == {
        (302, "/account/reset/sent/")
    }
    # The same work in the background, too: what takes longer is not seen on the page.
    assert drain() == 3
    assert [letter.to for letter in mail.outbox] == [["ann@example.com"]]
    page = client.get("/account/reset/sent/").content.decode()
    assert "If there is an account with this address" in page


def test_a_mailbox_gets_three_letters_an_hour_and_the_page_does_not_tell(client, drain):
    make_user("ann@example.com")
    for _ in range(5):
        assert ask(client)["Location"] == "/account/reset/sent/"
    drain()
    assert len(mail.outbox) == 3


def test_asking_without_end_is_slowed_down_in_words(client, drain):
    for number in range(10):
        assert ask(client, f"a{number}@example.com").status_code == 302
    answer = ask(client, HTTP_X_FORWARDED_FOR="8.8.8.8")
    assert answer.status_code == 429
    assert "Wait an hour" in answer.content.decode()
    assert drain() == 10
    assert ask(client, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_what_is_no_address_is_said_beside_the_field(client, drain):
    assert "valid email" in ask(client, "no").content.decode()
    assert drain() == 0


def test_a_new_password_lifts_the_lock(client, drain):
    make_user("ann@example.com")
    for _ in range(10):
        form = {"username": "ann@example.com", "password": "wrong"}
        client.post("/account/login/", form)
    ask(client)
    drain()
    choose(client, link_in(mail.outbox[0]))
    client.post("/account/logout/")
    form = {"username": "ann@example.com", "password": NEW}
    assert client.post("/account/login/", form).status_code == 302


def test_a_changed_password_ends_the_other_sessions_and_no_token(client):
    user = make_user()
    header = make_token(user)
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.force_login(user)
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/account/password/", form)["Location"] == "/account/"
    assert client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert Client().get("/api/v1/stores/", **header).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong", NEW, NEW, "incorrectly"),
        (PASSWORD, "short", "short", "too short"),
        (PASSWORD, NEW, "other", "match"),
        (PASSWORD, "", "", "required"),
    ],
)
def test_a_password_stays_when_the_form_is_wrong(client, old, new, again, words):
    user = make_user()
    client.force_login(user)
    form = {"old_password": old, "new_password1": new, "new_password2": again}
    answer = client.post("/account/password/", form)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
