"""/api/v1/schema/ : complete, valid, and true."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from commerce.api.urls import urlpatterns

MATTERS = {"get", "post", "patch", "put", "delete"}


@pytest.fixture(scope="module")
def schema():
    answer = Client().get("/api/v1/schema/", HTTP_ACCEPT="application/json")
    assert answer.status_code == 200
    return answer.json()


def operations(schema):
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if method in MATTERS:
                yield f"{method} {path}", operation


def test_it_is_valid_and_raises_no_warning():
    call_command(
        "spectacular", "--validate", "--fail-on-warn", stdout=StringIO(), verbosity=0
    )


def test_every_address_of_the_api_is_in_it(schema):
    assert len(schema["paths"]) >= len(urlpatterns)
    assert get_resolver().resolve("/api/v1/schema/")
    for path in (
        "stores/",
        "stores/{store_id}/",
        "preview-mapping/",
        "sync-runs/{run_id}/",
        "chatbots/",
        "chatbots/{chatbot_id}/",
    ):
        assert f"/api/v1/{path}" in schema["paths"]


def test_every_operation_says_what_it_does_and_how_it_fails(schema):
    error = {"$ref": "#/components/schemas/ErrorOutput"}
    for name, operation in operations(schema):
        assert operation["description"].endswith("."), name
        assert {"token": []} in operation["security"], name
        assert {"cookieAuth": []} in operation["security"], name
        assert "401" in operation["responses"], name
        if "{" in name:
            assert "404" in operation["responses"], name
        if "requestBody" in operation:
            assert {"400", "415"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            if status == "204":
                assert "content" not in response, name
                continue
            content = response["content"]["application/json"]
            assert (content["schema"] == error) == (status >= "400"), (name, status)
            if status >= "400":
                assert response["description"] and content["examples"]


def test_ids_of_ours_are_uuids(schema):
    for name, operation in operations(schema):
        for parameter in operation.get("parameters", []):
            if (
                parameter["name"] in ("store_id", "run_id")
                and "/sync-runs/{" not in name
            ):
                assert parameter["schema"]["format"] == "uuid", name


def test_both_ways_to_prove_who_asks_are_described(schema):
    schemes = schema["components"]["securitySchemes"]
    assert schemes["token"]["name"] == "Authorization"
    assert schemes["cookieAuth"]["in"] == "cookie"


@pytest.mark.parametrize(
    "component", ["Store", "SyncRun", "Product", "Order", "Chatbot"]
)
def test_every_field_an_answer_has_is_required_and_credentials_are_none(
    schema, component
):
    described = schema["components"]["schemas"][component]
    assert set(described["required"]) == set(described["properties"])
    assert "credentials" not in described["properties"]
