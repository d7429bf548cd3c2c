"""Signatures over the raw body: bytes, headers and secrets in, pass or BadSignature.

A secret is `whsec_` and 32 random bytes in Base64. One secret serves both schemes:
`X-Webhook-Signature` is the HMAC-SHA256 of the raw body with the secret, exactly as it
is shown, as the key; Standard Webhooks (https://www.standardwebhooks.com) uses the
bytes that follow `whsec_`, decoded. Senders mix the two up, so both keys are tried for
both: each takes knowing the secret.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets as random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
MAX_SIGNATURES = 10  # in one header; a rotation needs two

HEADER = "x-webhook-signature"
STANDARD_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_SECONDS = re.compile(r"[0-9]{1,12}")


class BadSignature(Exception):
    """`code`, and a sentence for the one who signs."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def make_secret() -> str:
    return PREFIX + base64.b64encode(random.token_bytes(32)).decode()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a signature is present, whatever it is worth."""
    return HEADER in headers or "webhook-signature" in headers


def verify(
    body: bytes, headers: Mapping[str, str], secrets: Iterable[str], *, now: datetime
) -> None:
    """Return if every signature present is right. Raises BadSignature.

    headers: names in lower case. secrets: those valid now, as they were shown.
    """
    keys = [key for secret in secrets for key in keys_of(secret)]
    if not keys:
        raise BadSignature(
            "no_secret",
            "The request is signed, but the store has no webhook secret here. Create "
            "one in HiWelink and sign with it, or send without a signature.",
        )
    if HEADER in headers:
        verify_plain(body, headers[HEADER], keys)
    if "webhook-signature" in headers:
        verify_standard(body, headers, keys, now)


def keys_of(secret: str) -> list[bytes]:
    """Return the secret as shown, and what it decodes to."""
    keys = [secret.encode()]
    decoded = from_base64(secret.removeprefix(PREFIX))
    return [*keys, decoded] if decoded else keys


def verify_plain(body: bytes, value: str, keys: list[bytes]) -> None:
    text = value.strip()
    if text[:7].lower() == "sha256=":
        text = text[7:].strip()
    told = bytes.fromhex(text) if _HEX.fullmatch(text) else from_base64(text)
    if told is None or len(told) != sha256().digest_size:
        raise BadSignature(
            "signature_unreadable",
            "X-Webhook-Signature is no HMAC-SHA256: send 64 hexadecimal digits, "
            "with or without sha256= before them, or Base64.",
        )
    if not any_matches(body, [told], keys):
        raise BadSignature(
            "signature_mismatch",
            "X-Webhook-Signature does not belong to this body and the store's webhook "
            "secret. Sign the raw bytes you send, with the secret as it was shown.",
        )


def verify_standard(
    body: bytes, headers: Mapping[str, str], keys: list[bytes], now: datetime
) -> None:
    for name in STANDARD_HEADERS:
        if not headers.get(name, "").strip():
            raise BadSignature(
                "signature_incomplete",
                f"webhook-signature came without {name}. Send webhook-id, "
                "webhook-timestamp and webhook-signature together.",
            )
    check_age(headers["webhook-timestamp"].strip(), now)
    versions = (part.partition(",") for part in headers["webhook-signature"].split())
    told = [from_base64(text) for version, _, text in versions if version == "v1"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}."
    content = signed.encode("latin-1", "replace") + body
    if not any_matches(content, told[:MAX_SIGNATURES], keys):
        raise BadSignature(
            "signature_mismatch",
            "webhook-signature does not belong to this id, timestamp and body and the "
            "store's webhook secret. Sign `id.timestamp.body` and send v1,<Base64>.",
        )


def check_age(text: str, now: datetime) -> None:
    """Raises BadSignature for a moment more than 5 minutes from `now`."""
    sent = (
        datetime.fromtimestamp(int(text), UTC)
        if _SECONDS.fullmatch(text) and int(text) < 10**11
        else None
    )
    if sent is None:
        raise BadSignature(
            "signature_unreadable",
            "webhook-timestamp is no time in Unix seconds, such as 1767225600.",
        )
    if abs(now - sent) > TOLERANCE:
        raise BadSignature(
            "signature_expired",
            "webhook-timestamp is more than 5 minutes from our time. Sign each attempt "
            "anew, and check the clock of your server.",
        )


def any_matches(
    content: bytes, told: Iterable[bytes | None], keys: Iterable[bytes]
) -> bool:
    """Compare every signature with every key: as long whichever is right."""
    given = [signature for signature in told if signature]
    expected = [hmac.digest(key, content, "sha256") for key in keys]
    matches = [hmac.compare_digest(a, b) for a in given for b in expected]
    return any(matches)


def from_base64(text: str) -> bytes | None:
    """Decode either alphabet, with or without padding; None for anything else."""
    plain = text.strip().translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
