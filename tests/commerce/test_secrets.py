"""A canary credential, searched for wherever it could have leaked."""

import json
import logging

import pytest
from django.db import connection

from commerce.models import SyncRun
from tests.factories import make_token, make_user
from tests.stores import MisbehavingStore

CANARY = "sk_canary_5d41402abc4b2a76"


@pytest.mark.django_db(transaction=True)
def test_a_credential_is_in_no_answer_page_log_or_plain_column(client, drain, caplog):
    caplog.set_level(logging.DEBUG)
    user = make_user()
    auth = make_token(user)
    with MisbehavingStore() as remote:
        remote.credentials = {"api_key": CANARY}
        body = {
            "name": "Canary",
            "base_url": remote.url,
            "environment": "sandbox",
            "auth_method": "api_key",
            "credentials": {"api_key": CANARY},
        }
        answers = [post(client, body, auth)]
        remote.mode = "unauthorized"  # repeats what it was sent
        drain()
        remote.health_mode = "unauthorized"
        answers.append(post(client, body, auth))
    assert [answer.status_code for answer in answers] == [201, 422]
    assert any(
        request.headers.get("x-api-key") == CANARY for request in remote.requests
    )
    run = SyncRun.objects.get(resource="products")
    assert run.error_code == "unauthorized"
    uid = answers[0].json()["id"]
    for path in ("", "sync-runs/", "products/"):
        answers.append(client.get(f"/api/v1/stores/{uid}/{path}", **auth))
    client.force_login(user)
    for path in ("", f"stores/{uid}/", f"stores/{uid}/runs/{run.uid}/"):
        answers.append(client.get(f"/dashboard/{path}"))
    answers.append(
        client.post(
            "/dashboard/stores/new/generic-api/",
            {"name": "x", "base_url": "http://127.0.0.1:1", "auth_method": "api_key"}
            | {"api_key": CANARY, "environment": "sandbox"},
        )
    )
    for answer in answers:
        assert CANARY not in answer.content.decode(), answer.request["PATH_INFO"]
    assert CANARY not in caplog.text
    assert tables_that_hold(CANARY) == []


def post(client, body, auth):
    return client.post(
        "/api/v1/stores/", json.dumps(body), content_type="application/json", **auth
    )


def tables_that_hold(text: str) -> list[str]:
    """Every table one of whose rows, written out, holds the text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" r WHERE r::text LIKE %s', [f"%{text}%"]
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found
