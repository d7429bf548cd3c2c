"""Log lines: no secret in them, and what they belong to beside them."""

import json
import logging
import sys

import pytest

from hiwelink.logs import JSONFormatter, LineFormatter, Subject, log_subject, mask_line

SECRETS = [
    "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.secret",
    "Authorization: Basic aGl3ZWxpbms6c2VjcmV0LXNlY3JldA==",
    "Authorization: Token 6a7b8c9d-secret",
    "X-API-Key: not-a-usual-form-secret",
    '{"api_key": "my-secret"}',
    "{'password': 'my-secret'}",
    "key sk_live_4f8d2a1b9c3e7f6a0b2dsecret was sent",
    "sk-proj-abcdefsecret",
    "whsec_dNKv2hJjb5bCCKhvmQKZsecret",
    "gAAAAABmdNKv2hJjb5bCCKhvmQKZsecret",
    "Not Found: /api/generic-api/webhooks/8b1d-secret/products",
    "Gone: /account/invitations/6f1c/secret/",
    "Bad Request: /account/reset/MQ/secret-token/",
    "https://user:secret@shop.example/health?api_key=secret",
]
HARMLESS = [
    "Fetched page 3 of https://shop.example/api/products?page=3",
    "The secret of store 7 was rotated.",
    "Tokens: 12 of 40",
]


def line(message: str, *, formatter=None, error=None) -> str:
    formatter = formatter or LineFormatter("{levelname} {told}{message}", style="{")
    record = logging.LogRecord(
        "hiwelink", logging.WARNING, __file__, 1, message, (), error
    )
    Subject().filter(record)
    return formatter.format(record)


@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_masked(text):
    assert "secret" not in line(text).replace("my-secret", "secret").lower()
    assert "***" in line(text)
    assert "secret" not in json.loads(line(text, formatter=JSONFormatter()))["message"]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_lines_are_left_alone(text):
    assert mask_line(text) == text


def test_a_traceback_is_masked_too():
    try:
        raise ValueError("X-API-Key: canary-4711")
    except ValueError:
        error = sys.exc_info()
    for formatter in (None, JSONFormatter()):
        assert "canary-4711" not in line("broke", formatter=formatter, error=error)
        assert "ValueError" in line("broke", formatter=formatter, error=error)


def test_a_line_says_what_it_belongs_to():
    with log_subject(request="r1"), log_subject(run="u2"):
        assert line("Hello") == "WARNING [request=r1 run=u2] Hello"
        told = json.loads(line("Hello", formatter=JSONFormatter()))
    assert (told["request"], told["run"], told["level"]) == ("r1", "u2", "WARNING")
    assert line("Hello") == "WARNING Hello"


def test_masking_takes_linear_time_on_hostile_text():
    assert mask_line("password=" * 20_000)
    assert mask_line("bearer " * 20_000)
    assert mask_line("x" * 1_000_000)


@pytest.mark.django_db
def test_every_answer_has_an_id_and_forbids_what_no_page_needs(client):
    first, second = client.get("/healthz"), client.get("/account/login/")
    assert len({first["X-Request-ID"], second["X-Request-ID"]}) == 2
    for answer in (first, second):
        assert "camera=()" in answer["Permissions-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in answer
