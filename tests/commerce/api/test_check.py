"""POST /api/v1/check/ and stores/<id>/check/ : the doctor's report."""

import logging

import pytest

from commerce.models import Store, SyncRun
from hiwelink.accounts.models import Membership, Role
from tests.commerce.api.conftest import Api, body_for
from tests.commerce.people import make_viewer
from tests.factories import make_store, make_user
from tests.stores import MisbehavingStore

CHECK = {"code", "verdict", "title", "evidence", "mend", "curl"}


def connected(user, remote, **fields) -> Store:
    return make_store(
        user,
        base_url=remote.url,
        auth_method=remote.auth_method,
        credentials=remote.credentials,
        **fields,
    )


def codes(answer, verdict) -> list[str]:
    return [c["code"] for c in answer.json()["checks"] if c["verdict"] == verdict]


@pytest.mark.parametrize("method", ["api_key", "bearer_token", "basic_auth"])
def test_a_store_that_behaves_passes_before_it_is_connected(api, method):
    with MisbehavingStore(auth_method=method) as remote:
        answer = api.post("check/", body_for(remote))
        assert len(remote.requests) <= 12
    assert answer.status_code == 200, answer.content
    assert set(answer.json()) == {"verdict", "checks"}
    assert answer.json()["verdict"] == "pass"
    for check in answer.json()["checks"]:
        assert set(check) == CHECK
        assert all(isinstance(value, str) for value in check.values())
    assert not Store.objects.exists()


def test_a_name_is_not_needed_for_a_check(api):
    with MisbehavingStore() as remote:
        body = body_for(remote)
        del body["name"]
        assert api.post("check/", body).status_code == 200


def test_what_is_wrong_is_answered_with_200_the_worst_first(api):
    with MisbehavingStore("bom", guard="anybody") as remote:
        answer = api.post("check/", body_for(remote))
    assert (answer.status_code, answer.json()["verdict"]) == (200, "fail")
    worst = answer.json()["checks"][0]
    assert (worst["code"], worst["verdict"]) == ("orders_protected", "fail")
    assert worst["curl"].startswith("curl -i -H 'Accept")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"credentials": {"api_key": "wrong"}}, "credential"),
        ({"endpoints": {"products": "/nowhere"}}, "products_answer"),
        ({"base_url": "http://10.0.0.1"}, "address"),
        ({"environment": "production"}, "address"),
        ({"base_url": "http://no-such-host.invalid"}, "reachable"),
    ],
)
def test_what_connecting_refuses_the_report_explains(api, change, code):
    with MisbehavingStore() as remote:
        answer = api.post("check/", body_for(remote) | change)
    assert (answer.status_code, answer.json()["verdict"]) == (200, "fail")
    assert code in codes(answer, "fail")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"base_url": "nonsense"}, "base_url"),
        ({"base_url": "http://user:pass@example.com"}, "base_url"),
        ({"credentials": {}}, "credentials.api_key"),
        ({"credentials": {"api_key": "a\nb"}}, "credentials.api_key"),
        ({"endpoints": {"products": "https://evil.example/x"}}, "endpoints.products"),
        ({"field_mappings": {"nam": "title"}}, "field_mappings.nam"),
        ({"per_page": 101}, "per_page"),
        ({"environment": "staging"}, "environment"),
        ({"name": 7}, "name"),
    ],
)
def test_bad_input_is_refused_as_when_connecting(api, change, field):
    with MisbehavingStore() as remote:
        answer = api.post("check/", body_for(remote) | change)
        assert remote.requests == []
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


def test_checks_are_throttled_as_attempts_to_connect(api, user):
    with MisbehavingStore() as remote:
        closed = body_for(remote) | {"base_url": "http://10.0.0.1"}
        statuses = {api.post("check/", closed).status_code for _ in range(59)}
        assert statuses == {200}
        assert api.post("stores/", closed).status_code == 422
        answer = api.post("check/", closed)
        assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
        store = connected(user, remote)
        assert api.post(f"stores/{store.uid}/check/").status_code == 429
        assert remote.requests == []


def test_a_connected_store_is_examined_with_its_own_settings(api, user):
    with MisbehavingStore(products=[{"id": 1, "label": "Lamp"}]) as remote:
        store = connected(
            user, remote, per_page=7, field_mappings={"products": {"name": "label"}}
        )
        answer = api.post(f"stores/{store.uid}/check/")
        assert remote.asked("products")[0].query == {"page": "1", "per_page": "7"}
    assert answer.status_code == 200
    assert "products_names" in codes(answer, "pass")
    assert not SyncRun.objects.exists()


def test_a_disconnected_store_gets_what_can_be_told_without_a_credential(api, user):
    with MisbehavingStore(guard="anybody") as remote:
        store = connected(user, remote)
        api.post(f"stores/{store.uid}/disconnect/")
        answer = api.post(f"stores/{store.uid}/check/")
        assert not any("x-api-key" in r.headers for r in remote.requests)
    assert (answer.status_code, answer.json()["verdict"]) == (200, "fail")
    assert answer.json()["checks"][0]["code"] == "orders_protected"
    assert "not_connected" in codes(answer, "warn")


def test_who_may_examine(api, user, db):
    with MisbehavingStore() as remote:
        store = connected(user, remote)
        path = f"stores/{store.uid}/check/"
        assert Api(None).post(path).status_code == 401
        assert Api(None).post("check/", body_for(remote)).status_code == 401
        viewer = Api(make_viewer(store))
        assert viewer.post(path).status_code == 403
        assert viewer.post("check/", body_for(remote)).status_code == 403
        stranger = Api(make_user())
        assert stranger.post(path).status_code == 404
        assert stranger.post("stores/nonsense/check/").status_code == 404
        assert api.get(path).status_code == 405
        assert remote.requests == []
        editor = make_user()
        Membership.objects.create(
            workspace=store.workspace, user=editor, role=Role.EDITOR
        )
        assert Api(editor).post(path).status_code == 200


@pytest.mark.parametrize("method", ["api_key", "bearer_token", "basic_auth"])
def test_neither_report_nor_log_holds_the_credential(api, user, caplog, method):
    caplog.set_level(logging.DEBUG)
    with MisbehavingStore(
        "unauthorized", health_mode="unauthorized", auth_method=method
    ) as remote:
        store = connected(user, remote)
        answers = [
            api.post("check/", body_for(remote)),
            api.post(f"stores/{store.uid}/check/"),
        ]
    said = caplog.text + "".join(answer.content.decode() for answer in answers)
    assert [answer.json()["verdict"] for answer in answers] == ["fail", "fail"]
    for secret in ("sk_test_4f8d2a1b9c3e7f6a", "super:secret", "aGl3ZWxpbms6c3VwZXI6"):
        assert secret not in said
