import base64

import pytest

from commerce.connector.auth import InvalidCredentials, auth_from


def errors_of(method, credentials):
    with pytest.raises(InvalidCredentials) as caught:
        auth_from(method, credentials)
    return caught.value.errors


def test_each_method_sends_exactly_its_header():
    assert auth_from("api_key", {"api_key": "sk_1"}).headers() == {"X-API-Key": "sk_1"}
    assert auth_from("bearer_token", {"token": "eyJ.a-b_c"}).headers() == {
        "Authorization": "Bearer eyJ.a-b_c"
    }
    pair = {"username": "hiwelink", "password": "supersecret"}
    assert auth_from("basic_auth", pair).headers() == {
        "Authorization": "Basic aGl3ZWxpbms6c3VwZXJzZWNyZXQ="
    }


@pytest.mark.parametrize(
    "blank", [" ", "\n", "\r\n", "\t", "\u00a0", "\u200b", "\ufeff \n"]
)
def test_blanks_around_a_credential_are_trimmed(blank):
    auth = auth_from("api_key", {"api_key": f"{blank}sk_1{blank}"})
    assert auth.headers() == {"X-API-Key": "sk_1"}


def test_a_basic_password_is_sent_as_typed():
    auth = auth_from("basic_auth", {"username": "kö", "password": "a:b c%3A:é€"})
    encoded = auth.headers()["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(encoded).decode("utf-8") == "kö:a:b c%3A:é€"


@pytest.mark.parametrize(
    ("method", "credentials", "fields"),
    [
        ("api_key", {}, {"api_key"}),
        ("api_key", {"api_key": ""}, {"api_key"}),
        ("api_key", {"api_key": " \u200b "}, {"api_key"}),
        ("api_key", {"api_key": None}, {"api_key"}),
        ("api_key", {"api_key": 12345}, {"api_key"}),
        ("api_key", {"token": "x"}, {"api_key"}),
        ("api_key", {"api_key": "a\r\nX-Evil: 1"}, {"api_key"}),
        ("api_key", {"api_key": "a\x00b"}, {"api_key"}),
        ("api_key", {"api_key": "a\x85b"}, {"api_key"}),
        ("api_key", {"api_key": "sk_’1"}, {"api_key"}),
        ("api_key", {"api_key": "x" * 5000}, {"api_key"}),
        ("bearer_token", {"token": "Bearer eyJ"}, {"token"}),
        ("bearer_token", {"token": "a\nb"}, {"token"}),
        ("basic_auth", {}, {"username", "password"}),
        ("basic_auth", {"username": "a"}, {"password"}),
        ("basic_auth", {"username": "a:b", "password": "c"}, {"username"}),
        ("basic_auth", {"username": "a", "password": "b\nc"}, {"password"}),
        ("basic_auth", {"username": "a", "password": "\ud800"}, {"password"}),
        ("oauth", {"token": "x"}, {"auth_method"}),
    ],
)
def test_what_cannot_be_sent_is_named_by_its_field(method, credentials, fields):
    errors = errors_of(method, credentials)
    assert set(errors) == fields
    assert all(sentence.endswith(".") for sentence in errors.values())


def test_no_text_about_a_credential_shows_it():
    for method, credentials in [
        ("api_key", {"api_key": "topsecret"}),
        ("bearer_token", {"token": "topsecret"}),
        ("basic_auth", {"username": "me", "password": "topsecret"}),
    ]:
        auth = auth_from(method, credentials)
        shown = f"{auth!r} {auth} {auth.hint} {auth.curl_arguments()}"
        assert "topsecret" not in shown
        assert "topsecret" in auth.secrets()
    errors = errors_of("api_key", {"api_key": "topsecret\ntopsecret"})
    assert "topsecret" not in str(errors)
