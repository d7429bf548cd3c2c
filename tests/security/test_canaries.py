"""Every secret there is, planted, used, mistreated, and then searched for everywhere.

Where one may be seen is said where it is planted: the answer that shows a made secret
this once, the letter, and for the address of webhooks its own merchant's pages.
"""

from __future__ import annotations

import base64
import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django_q.models import OrmQ, Task
from django_q.signing import SignedPackage

from chatbot.embedders.base import EmbedderRefused
from chatbot.models import Chatbot
from chatbot.tasks import index_store
from commerce.models import Order, Store, SyncRun
from hiwelink.accounts.models import User
from hiwelink.logs import JSONFormatter, LineFormatter, Subject
from tests.factories import make_product, make_store
from tests.model_server import Exchange, ModelServer
from tests.security.canaries import Canaries, made
from tests.security.routes import all_routes
from tests.security.test_markup import page_paths, staff_paths
from tests.security.victim import make_victim, values_for
from tests.staff import make_superuser
from tests.stores import MisbehavingStore
from tests.work import drain_queue

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CREDENTIALS = {
    "api_key": {"api_key": made("ApiKey")},
    "bearer_token": {"token": made("Bearer")},
    "basic_auth": {"username": made("Basicuser"), "password": made("Basicpass")},
}
PASSWORD = made("Password")


@pytest.fixture
def canaries(settings) -> Canaries:
    cache.clear()
    canaries = Canaries()
    for method, credentials in CREDENTIALS.items():
        for part, value in credentials.items():
            canaries.plant(f"{method} {part}", value)
    pair = ":".join(CREDENTIALS["basic_auth"].values())
    canaries.plant("basic_auth header", base64.b64encode(pair.encode()).decode())
    canaries.plant("OpenAi")
    settings.METRICS_TOKEN = canaries.plant("Metrics")
    settings.SECRET_KEY = canaries.plant("DjangoKey")
    canaries.plant("Password", PASSWORD)
    return canaries


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Both kinds of log line, everything from DEBUG up, as the console would get it."""
    told = io.StringIO()
    handlers = []
    for formatter in (
        LineFormatter("{levelname} {name} {told}{message}", style="{"),
        JSONFormatter(),
    ):
        handler = logging.StreamHandler(told)
        handler.setFormatter(formatter)
        handler.addFilter(Subject())
        handlers.append(handler)
    root = logging.getLogger()
    before, root.level = root.level, logging.DEBUG
    for handler in handlers:
        root.addHandler(handler)
    yield told
    root.setLevel(before)
    for handler in handlers:
        root.removeHandler(handler)


class Merchant:
    """Victoria at her browser and her shell; every answer is searched."""

    def __init__(self, canaries: Canaries) -> None:
        self.canaries = canaries
        self.world = make_victim()
        self.user = User.objects.get(email="victoria@example.com")
        self.user.set_password(PASSWORD)
        self.user.save()
        self.client = Client(raise_request_exception=False)
        self.log_in()

    def log_in(self) -> None:
        form = {"username": self.user.email, "password": PASSWORD}
        answer = self.client.post("/account/login/", form)
        assert answer.status_code == 302
        self.see(answer, "login")
        self.canaries.plant("Session", self.client.cookies["hiwelink_session"].value)

    def see(self, answer, where: str, allowed: tuple[str, ...] = ()) -> str:
        body = b"".join(answer) if answer.streaming else answer.content
        headers = "\n".join(f"{k}: {v}" for k, v in answer.items())
        self.canaries.look(where, body, allowed=allowed)
        self.canaries.look(f"headers of {where}", headers, allowed=allowed)
        return body.decode(errors="replace")

    def send(self, path: str, body: object, verb: str = "POST", **options) -> str:
        answer = self.client.generic(
            verb, f"/api/v1/{path}", json.dumps(body), "application/json",
            headers={"X-CSRFToken": ""},
        )  # fmt: skip
        return self.see(answer, path, **options)

    def post(self, path: str, **form) -> str:
        """A form that could not be accepted shows its user name again, and no more."""
        allowed = ("basic_auth username",) if "username" in form else ()
        return self.see(self.client.post(path, form), path, allowed)


def connect_and_fail(merchant: Merchant, method: str) -> Store:
    """A store that takes the credential, then refuses it and repeats what it was sent."""
    credentials = CREDENTIALS[method]
    with MisbehavingStore(auth_method=method) as remote:
        remote.credentials = credentials
        told = {
            "name": method, "base_url": remote.url, "environment": "sandbox",
            "auth_method": method, "credentials": credentials,
        }  # fmt: skip
        merchant.send("check/", told)
        merchant.send("stores/", told)
        store = Store.objects.get(name=method)
        look_in_queue(merchant.canaries)
        drain_queue()
        remote.mode = remote.health_mode = "unauthorized"
        page = f"/dashboard/stores/{store.uid}"
        merchant.send(f"stores/{store.uid}/sync/", {"resource": "all"})
        drain_queue()
        merchant.send(f"stores/{store.uid}/check/", {})
        merchant.post(f"{page}/doctor/check/")
        wrong = {"auth_method": method, "credentials": credentials}
        for act in ("rotate-credentials", "reconnect"):
            merchant.send(f"stores/{store.uid}/{act}/", wrong)
            part = "credential" if act == "rotate-credentials" else act
            merchant.post(
                f"{page}/connection/{part}/", auth_method=method, **credentials
            )
        form = {k: v for k, v in told.items() if k != "credentials"} | credentials
        for act in ("", "check/", "preview/"):
            merchant.post(f"/dashboard/stores/new/generic-api/{act}", **form)
    assert SyncRun.objects.filter(store=store, error_code="unauthorized").exists()
    return store


def send_webhooks(merchant: Merchant, store: Store) -> None:
    """Signed, signed wrongly, and with secrets where they do not belong."""
    told = merchant.client.post(
        f"/api/v1/stores/{store.uid}/webhook-secret/", content_type="application/json"
    )
    secret = merchant.canaries.plant("WebhookSecret", told.json()["secret"])
    merchant.canaries.plant("StoreToken", str(store.token))
    path = f"/api/generic-api/webhooks/{store.token}/products"
    body = {"event": "product.updated", "data": {"id": "1", "name": "A"}}
    for header, told_body in (
        ({"X-Webhook-Signature": secret}, body),
        ({"Authorization": f"Bearer {secret}", "X-Api-Key": secret}, body),
        ({}, {"event": "nonsense", "api_key": secret, "password": PASSWORD}),
        ({}, b"{not json"),
    ):
        data = told_body if isinstance(told_body, bytes) else json.dumps(told_body)
        answer = merchant.client.post(
            path, data, content_type="application/json", headers=header
        )
        merchant.see(answer, "webhook")
    merchant.see(merchant.client.post(path + "/nothing"), "webhook 404")


def tell_accounts(merchant: Merchant) -> None:
    """Tokens, invitations and passwords: made, used, and used wrongly."""
    page = merchant.client.post("/account/tokens/", {"name": "cli"}).content.decode()
    token = re.search(r"\b[0-9a-f]{64}\b", page)[0]
    merchant.canaries.plant("ApiToken", token)
    api = Client(raise_request_exception=False)
    for told in (f"Token {token}", f"Token {token}x", f"Bearer {token}"):
        answer = api.get("/api/v1/stores/", headers={"Authorization": told})
        merchant.see(answer, told[:6], allowed=("StoreToken",))
    team = f"/account/team/{merchant.world['workspace']}/"
    merchant.post(f"{team}invite/", email="new@example.com", role="viewer")
    look_in_queue(merchant.canaries)
    drain_queue()
    link = next(re.findall(r"/account/invitations/\S+/", m.body)[0]
                for m in mail.outbox if "/invitations/" in m.body)  # fmt: skip
    merchant.canaries.plant("Invitation", link.split("/")[-2])
    for visitor in (merchant.client, api):
        answer = visitor.get(link)
        merchant.see(answer, "invitation", allowed=("Invitation",))
    merchant.see(api.post("/account/login/", {"username": "x@example.com",
                 "password": PASSWORD}), "failed login")  # fmt: skip
    merchant.see(
        api.post("/account/signup/", {"email": "no", "password": PASSWORD}), ""
    )
    merchant.post("/account/email/", email="no", password=PASSWORD)
    merchant.post("/account/password/", old_password=PASSWORD, new_password1="x")


def refuse_the_key(merchant: Merchant, settings) -> None:
    """The provider of models says no and repeats the key it was sent."""

    def refuse(exchange: Exchange) -> None:
        key = exchange.handler.headers["Authorization"]
        exchange.begin("application/json", 401)
        told = {"message": f"Incorrect API key: {key}", "code": "invalid_api_key"}
        exchange.write(json.dumps({"error": told}))

    chatbot = Chatbot.objects.get(uid=merchant.world["chatbot"])
    with ModelServer(refuse) as server:
        settings.OPENAI_BASE_URL = server.url
        settings.OPENAI_API_KEY = merchant.canaries.secrets["OpenAi"]
        with pytest.raises(EmbedderRefused):
            index_store(chatbot.store_id)
        path = f"/api/chatbot/{chatbot.public_id}/messages"
        for accept in ("application/json", "text/event-stream"):
            answer = merchant.client.post(
                path, {"message": "vault?"}, content_type="application/json",
                headers={"Accept": accept},
            )  # fmt: skip
            merchant.see(answer, f"chat {accept}")
        assert server.requests


def look_in_queue(canaries: Canaries) -> None:
    for row in OrmQ.objects.all():
        canaries.look("queue", str(SignedPackage.loads(row.payload)))
    for task in Task.objects.all():
        canaries.look("finished tasks", f"{task.args} {task.kwargs} {task.result}")


def look_at_pages(merchant: Merchant) -> None:
    """Every page, every answer of the API, every page of the staff, every export."""
    own = ("StoreToken", "Invitation")  # shown to whom they belong to
    for path in [*page_paths(merchant.world), *api_paths(merchant.world)]:
        merchant.see(merchant.client.get(path), path, allowed=own)
    staff = Client(raise_request_exception=False)
    staff.force_login(make_superuser())
    for path in staff_paths():
        merchant.see(staff.get(path), path)
    nobody = Client(raise_request_exception=False)
    for token in ("", "wrong", merchant.canaries.secrets["Metrics"]):
        answer = nobody.get("/metrics", headers={"Authorization": f"Bearer {token}"})
        merchant.see(answer, "/metrics")
    for path in (
        "/nothing",
        "/api/v1/nothing",
        "/api/v1/schema/",
        "/healthz",
        "/readyz",
    ):
        merchant.see(nobody.get(path), path)


def api_paths(world: dict[str, object]) -> list[str]:
    routes = [r for r in all_routes() if r.pattern.startswith("api/v1/")]
    return [route.path(values_for(route, world)) for route in routes]


def break_a_page(merchant: Merchant, monkeypatch) -> None:
    """A page that fails, with every secret in its hands."""

    def fail(*args, **options):
        held = merchant.canaries.secrets  # in the frame, as a local would be
        raise RuntimeError(f"broke with {len(held)}")

    monkeypatch.setattr("commerce.views.stores.render", fail)
    monkeypatch.setattr("commerce.api.access.store_for", fail)
    for path in ("/dashboard/", f"/api/v1/stores/{merchant.world['store']}/products/"):
        answer = merchant.client.get(path)
        assert answer.status_code == 500
        merchant.see(answer, f"500 of {path}")
    monkeypatch.undo()


def test_no_secret_is_where_it_does_not_belong(canaries, logs, settings, monkeypatch):
    settings.DEBUG = False
    merchant = Merchant(canaries)
    stores = [connect_and_fail(merchant, method) for method in CREDENTIALS]
    send_webhooks(merchant, stores[0])
    tell_accounts(merchant)
    refuse_the_key(merchant, settings)
    look_at_pages(merchant)
    with monkeypatch.context() as patch:
        break_a_page(merchant, patch)
    look_in_queue(canaries)
    dump = io.StringIO()
    call_command("dumpdata", "--exclude", "contenttypes", stdout=dump)
    canaries.look("dumpdata", dump.getvalue(), allowed=("StoreToken",))
    canaries.look("logs", logs.getvalue())
    canaries.look_in_tables(allowed={"commerce_store": "StoreToken"})
    assert canaries.found == [], "\n".join(sorted(set(canaries.found)))
    assert len(canaries.secrets) == 14
    assert "unauthorized" in dump.getvalue() and Order.objects.exists()


def test_the_search_finds_each_spelling_in_text_and_tables():
    """The check of the check."""
    canaries = Canaries()
    secret = canaries.plant("Checked")
    for told in (secret, secret[:16], secret.encode().hex()):
        canaries.look("here", f"before {told} after")
    assert canaries.found == ["here: Checked"] * 3
    store = make_store(name=secret)
    make_product(store)
    store.deliveries.create(endpoint="products", status="refused", body=secret.encode())
    canaries.look_in_tables(allowed={})
    assert "table commerce_store: Checked" in canaries.found
    assert "bytes in webhooks_delivery: Checked" in canaries.found
    canaries.found.clear()
    canaries.look_in_tables(allowed=dict.fromkeys(
        ("commerce_store", "webhooks_delivery"), "Checked"
    ))  # fmt: skip
    assert canaries.found == []
