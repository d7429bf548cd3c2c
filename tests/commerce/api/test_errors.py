"""Every error is {"code", "detail"}, plus "fields" for forms; nothing is a 500."""

import json
import uuid

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import PASSWORD, make_order, make_product, make_run, make_store
from tests.stores import MisbehavingStore

from .conftest import Api, body_for


def is_error(answer, status, code):
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert set(body) - {"fields"} == {"code", "detail"}
    assert isinstance(body["detail"], str) and body["detail"]
    return True


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["stores/", f"stores/{uuid.uuid4()}/", "stores/x/", "preview-mapping/"]
)
def test_without_a_token_everything_is_401(path):
    answer = Api(None).get(path)
    assert is_error(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Token"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token wrong",
        "Token a b",
        "Token \xff\xfe",
        "Token \x00",
        "Token " + "a" * 5000,
    ],
)
def test_a_token_that_is_none_is_401(header):
    answer = Client().get("/api/v1/stores/", HTTP_AUTHORIZATION=header)
    assert is_error(answer, 401, "authentication_failed")


def test_the_token_of_a_locked_user_is_401(api, user):
    user.is_active = False
    user.save()
    assert is_error(api.get("stores/"), 401, "authentication_failed")


def test_the_dashboards_session_serves_too_and_wants_its_csrf_token(user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    assert user.check_password(PASSWORD)
    assert client.get("/api/v1/stores/").status_code == 200
    answer = client.post("/api/v1/stores/", {}, content_type="application/json")
    assert is_error(answer, 403, "permission_denied")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"a": ' * 50_000,
        b'{"per_page": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_is_a_parse_error(api, body):
    assert is_error(api.post("stores/", body), 400, "parse_error")


@pytest.mark.parametrize("body", [[], "text", None, 7, True])
def test_a_body_that_is_no_object_is_invalid(api, user, body):
    store = make_store(user)
    for method, path in [
        ("POST", "stores/"),
        ("PATCH", f"stores/{store.uid}/"),
        ("POST", f"stores/{store.uid}/sync/"),
        ("POST", "preview-mapping/"),
    ]:
        answer = api.send(method, path, body)
        assert is_error(answer, 400, "invalid")
        assert set(answer.json()["fields"]) == {"body"}


def test_a_body_of_more_than_10_mib_is_413(api):
    body = b'{"name": "' + b"x" * (10 * 1024 * 1024) + b'"}'
    assert is_error(api.post("stores/", body), 413, "too_large")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""],
)
def test_what_is_not_sent_as_json_is_415(api, content_type):
    answer = api.client.generic(
        "POST", "/api/v1/stores/", b"{}", content_type, **api.headers
    )
    assert is_error(answer, 415, "unsupported_media_type")


def test_another_method_is_405(api, user):
    store = make_store(user)
    for method, path in [
        ("PUT", "stores/"),
        ("DELETE", "stores/"),
        ("PUT", f"stores/{store.uid}/"),
        ("GET", f"stores/{store.uid}/sync/"),
        ("POST", f"stores/{store.uid}/products/"),
        ("GET", "preview-mapping/"),
    ]:
        answer = api.send(method, path, {})
        assert is_error(answer, 405, "method_not_allowed")
        assert answer["Allow"]


def test_there_is_nothing_at_other_addresses(api):
    assert is_error(api.get("customers/"), 404, "not_found")


def test_another_merchants_objects_answer_like_missing_ones(api):
    theirs = make_store()
    make_product(theirs, "p")
    make_order(theirs, "o")
    run = make_run(theirs)
    missing = str(uuid.uuid4())
    below = ["", "products/", "products/p/", "orders/", "orders/o/", "sync-runs/"]
    calls = [("GET", f"stores/%s/{path}", theirs.uid) for path in below]
    calls += [("GET", f"sync-runs/%s/{path}", run.uid) for path in ("", "issues/")]
    calls += [
        ("PATCH", "stores/%s/", theirs.uid),
        ("DELETE", "stores/%s/", theirs.uid),
        ("POST", "stores/%s/sync/", theirs.uid),
        ("POST", "sync-runs/%s/cancel/", run.uid),
        ("GET", f"stores/%s/sync-runs/{run.uid}/", theirs.uid),
    ]
    for method, path, uid in calls:
        answers = [
            api.send(method, path % one, {"name": "x", "resource": "all"})
            for one in (uid, missing, "not-a-uuid", f"{{{missing}}}", "%00")
        ]
        assert is_error(answers[0], 404, "not_found"), path
        for answer in answers[1:]:
            assert answer.status_code == 404
            assert answer.content == answers[0].content
            assert headers_of(answer) == headers_of(answers[0])
    theirs.refresh_from_db()
    assert theirs.deleting_at is None


def headers_of(answer):
    """All but the one that names the request."""
    return {k: v for k, v in answer.headers.items() if k != "X-Request-ID"}


ODD_TEXTS = ["\x00", "\ud800", "x" * 5000, "9" * 4000, "//", "http://[::1", "/../", " "]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -1, 0])
    | st.floats()
    | st.text(st.characters(codec=None), max_size=30)
    | st.sampled_from(ODD_TEXTS)
)
KEYS = st.text(max_size=5) | st.sampled_from(
    ["id", "name", "price", "products", "items", "api_key", "health", "\ud800", "\x00"]
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=6,
)
STORE_KEYS = st.sampled_from(
    [
        "name",
        "base_url",
        "storefront_url",
        "environment",
        "auth_method",
        "credentials",
        "endpoints",
        "field_mappings",
        "per_page",
        "sync_interval_minutes",
        "currency",
        "language",
    ]
)
odd = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def is_answered(answer):
    """No 500, and an error in the one form, in bounded length."""
    assert answer.status_code < 500, answer.content
    body = json.loads(answer.content)
    if answer.status_code >= 400:
        assert {"code", "detail"} <= set(body) <= {"code", "detail", "fields"}
        assert len(answer.content) < 5_000


def test_no_json_at_all_makes_us_stumble(api, user):
    with MisbehavingStore() as remote:
        whole = body_for(remote, environment="production")  # dials nobody
        store = make_store(user, base_url=remote.url, credentials=remote.credentials)

        @odd
        @given(STORE_KEYS, ANY_JSON)
        def stores(key, value):
            is_answered(api.post("stores/", whole | {key: value}))
            is_answered(api.patch(f"stores/{store.uid}/", {key: value}))

        @odd
        @given(st.sampled_from(["products", "orders"]), ANY_JSON, ANY_JSON)
        def previews(resource, record, mappings):
            body = {"resource": resource, "records": [record]}
            is_answered(api.post("preview-mapping/", body))
            is_answered(
                api.post("preview-mapping/", body | {"field_mappings": mappings})
            )

        stores()
        previews()
