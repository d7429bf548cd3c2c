"""Signatures: every published form, two secrets while one replaces the other."""

import base64
import hmac
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_store
from tests.webhooks.conftest import OK
from webhooks.models import WebhookSecret
from webhooks.services.secrets import rotate_secret, set_require_signatures

BODY = json.dumps(
    {"event": "order.updated", "data": {"id": "1", "customer_email": "new@x.io"}}
).encode()


@pytest.fixture
def secret(store):
    return rotate_secret(store)


def digest(secret, content=BODY):
    return hmac.digest(secret.encode(), content, "sha256")


def key_of(secret):
    return base64.b64decode(secret.removeprefix("whsec_"))


def standard(secret, *, at=None, key=None, id_="msg_1"):
    moment = str(int((at or timezone.now()).timestamp()))
    content = f"{id_}.{moment}.".encode() + BODY
    made = hmac.digest(key or key_of(secret), content, "sha256")
    return {
        "Webhook_Id": id_,
        "Webhook_Timestamp": moment,
        "Webhook_Signature": f"v1,{base64.b64encode(made).decode()}",
    }


@pytest.mark.parametrize(
    "write",
    [
        bytes.hex,
        lambda made: made.hex().upper(),
        lambda made: f"sha256={made.hex()}",
        lambda made: f"SHA256={made.hex()}",
        lambda made: base64.b64encode(made).decode(),
        lambda made: base64.urlsafe_b64encode(made).decode().rstrip("="),
    ],
)
def test_every_spelling_of_the_signature_is_accepted(store, sender, secret, write):
    header = write(digest(secret))
    answer = sender.post("orders", BODY, X_Webhook_Signature=header)
    assert answer.json() == OK
    assert store.deliveries.get().signature == "valid"


def test_a_signed_event_may_change_an_orders_email(store, sender, secret):
    sender.order("created")(id="1", customer_email="old@x.io")
    sender.post("orders", BODY, X_Webhook_Signature=digest(secret).hex())
    assert store.orders.get().customer_email == "new@x.io"


def test_standard_webhooks_are_accepted_with_either_key(store, sender, secret):
    assert sender.post("orders", BODY, **standard(secret)).json() == OK
    with_text = standard(secret, key=secret.encode(), id_="msg_2")
    assert sender.post("orders", BODY, **with_text).json() == OK
    assert {d.signature for d in store.deliveries.all()} == {"valid"}


def test_one_right_signature_among_several_is_enough(sender, secret):
    headers = standard(secret)
    right = headers["Webhook_Signature"]
    headers["Webhook_Signature"] = f"v1a,xyz v1,AAAA {right}"
    assert sender.post("orders", BODY, **headers).json() == OK


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_or_future_timestamp_is_refused(sender, secret, minutes):
    at = timezone.now() + timedelta(minutes=minutes)
    answer = sender.post("orders", BODY, **standard(secret, at=at))
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_expired")


def test_a_replayed_id_changes_nothing(store, sender, secret):
    headers = standard(secret)
    sender.post("orders", BODY, **headers)
    sender.order("updated")(id="1", status="shipped")
    before = store.orders.values().get()
    assert sender.post("orders", BODY, **headers).json() == OK
    assert store.orders.values().get() == before


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("0" * 64, "signature_mismatch"),
        ("sha256=" + "f" * 64, "signature_mismatch"),
        ("", "signature_unreadable"),
        ("sha256=", "signature_unreadable"),
        ("nonsense", "signature_unreadable"),
        ("sha1=" + "0" * 40, "signature_unreadable"),
        ("=" * 3000, "signature_unreadable"),
    ],
)
def test_a_wrong_signature_is_401_logged_and_changes_nothing(
    store, sender, secret, header, code
):
    answer = sender.post("orders", BODY, X_Webhook_Signature=header)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    delivery = store.deliveries.get()
    assert (delivery.signature, delivery.error_code) == ("invalid", code)
    assert not delivery.is_replayable
    assert not store.orders.exists()


def test_another_stores_secret_another_body_and_none_are_refused(store, sender, secret):
    foreign = digest(rotate_secret(make_store())).hex()
    other_body = digest(secret, BODY + b" ").hex()
    for header in (foreign, other_body):
        assert (
            sender.post("orders", BODY, X_Webhook_Signature=header).status_code == 401
        )
    WebhookSecret.objects.all().delete()
    answer = sender.post("orders", BODY, X_Webhook_Signature=digest(secret).hex())
    assert (answer.status_code, answer.json()["code"]) == (401, "no_secret")


def test_half_of_the_standard_headers_is_refused(sender, secret):
    for missing in ("Webhook_Id", "Webhook_Timestamp"):
        headers = standard(secret)
        del headers[missing]
        answer = sender.post("orders", BODY, **headers)
        assert answer.json()["code"] == "signature_incomplete"


def test_two_secrets_are_valid_while_one_replaces_the_other(store, sender, secret):
    second = rotate_secret(store, overlap_hours=1)
    for valid in (secret, second):
        header = digest(valid).hex()
        assert sender.post("orders", BODY, X_Webhook_Signature=header).json() == OK
    third = rotate_secret(store, overlap_hours=1)
    statuses = [
        sender.post("orders", BODY, X_Webhook_Signature=digest(s).hex()).status_code
        for s in (secret, second, third)
    ]
    assert statuses == [401, 200, 200]
    WebhookSecret.objects.filter(expires_at__isnull=False).update(
        expires_at=timezone.now()
    )
    answer = sender.post("orders", BODY, X_Webhook_Signature=digest(second).hex())
    assert answer.status_code == 401


def test_required_signatures_refuse_the_unsigned_even_an_empty_sync(
    store, sender, secret
):
    set_require_signatures(store, True)
    for endpoint, body in (("orders", BODY), ("sync", b""), ("products", b"nonsense")):
        answer = sender.post(endpoint, body)
        assert (answer.status_code, answer.json()["code"]) == (
            401,
            "signature_required",
        )
    signed = digest(secret, b"").hex()
    assert sender.post("sync", b"", X_Webhook_Signature=signed).status_code == 200


def test_secrets_are_encrypted_at_rest(store, secret):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_webhooksecret")
        assert secret.encode() not in bytes(cursor.fetchone()[0])
