"""The same credential spelled otherwise, and one that is certainly wrong.

What a store says to them tells a wrong credential from a wrong header. They go to no
other origin than the credential itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from commerce.connector.auth import ApiKey, Auth, BasicAuth, BearerToken

_WRONG = "hiwelink-doctor-wrong-credential"
# Pasted along with a key.
_WRAPPING = re.compile(r"^[\"'`\s]*(x-api-key\s*[:=]|bearer\s)\s*", re.IGNORECASE)


class NoCredential:
    """Of a disconnected store: it is asked what anybody may ask."""

    method = "none"
    hint = ""

    def headers(self) -> dict[str, str]:
        return {}

    def secrets(self) -> tuple[str, ...]:
        return ()

    def curl_arguments(self) -> list[str]:
        return []


class PlainToken(BearerToken):
    """`Authorization: <token>`, for a store that forgets to strip "Bearer "."""

    def headers(self) -> dict[str, str]:
        return {"Authorization": self.secrets()[0]}

    def curl_arguments(self) -> list[str]:
        return ["-H", "Authorization: YOUR_TOKEN"]


@dataclass(frozen=True)
class Spelling:
    """Another way to send a credential. mend: what to do when the store takes it."""

    auth: Auth
    told: str
    mend: str


class WrongCredential:
    """A credential of some method that no store can know."""

    hint = ""

    def __init__(self, method: str) -> None:
        self.method = method
        self._auth: Auth = ApiKey(_WRONG)
        if method == "bearer_token":
            self._auth = BearerToken(_WRONG)
        elif method == "basic_auth":
            self._auth = BasicAuth("hiwelink-doctor", _WRONG)

    def headers(self) -> dict[str, str]:
        return self._auth.headers()

    def secrets(self) -> tuple[str, ...]:
        return ()

    def curl_arguments(self) -> list[str]:
        return [part.replace("YOUR_", "WRONG_") for part in self._auth.curl_arguments()]


def other_spellings(method: str, credentials: Mapping[str, str]) -> Iterator[Spelling]:
    """Yield how else the store may expect the credential, the likeliest first."""
    if method == "api_key":
        yield from _of_key(credentials["api_key"])
    elif method == "bearer_token":
        yield from _of_token(credentials["token"])
    else:
        yield from _of_password(credentials["username"], credentials["password"])


def _of_key(key: str) -> Iterator[Spelling]:
    bare = _WRAPPING.sub("", key).strip("\"'` ")
    if bare and bare != key:
        yield Spelling(
            ApiKey(bare),
            "without what stands around it",
            "Enter the key alone: no header's name, no quotation marks.",
        )
    if bare and " " not in bare:
        yield _as_bearer(bare)
    yield Spelling(
        PlainToken(key),
        "as a plain Authorization header",
        "Compare the key with the X-API-Key header in your store; it looks into"
        " Authorization now.",
    )


def _of_token(token: str) -> Iterator[Spelling]:
    yield Spelling(
        PlainToken(token),
        'without "Bearer " before it',
        'Your store compares the whole Authorization header. Strip "Bearer " from it'
        " before you compare.",
    )
    yield _as_api_key(token)


def _of_password(username: str, password: str) -> Iterator[Spelling]:
    if ":" in password:
        yield Spelling(
            BasicAuth(username, password.replace(":", "%3A")),
            "with the colon in the password written as %3A",
            "HiWelink sends the password as typed. Split user name and password at the"
            " first colon in your store, or enter the password with %3A for each colon.",
        )
    elif quote(password, safe="") != password:
        yield Spelling(
            BasicAuth(username, quote(password, safe="")),
            "with the password URL-encoded",
            "HiWelink sends the password as typed. Let your store compare it as it is,"
            " or enter it URL-encoded.",
        )
    if password.isascii() and password.isprintable() and " " not in password:
        yield _as_api_key(password)
        yield _as_bearer(password)


def _as_bearer(token: str) -> Spelling:
    return Spelling(
        BearerToken(token),
        "as Authorization: Bearer",
        "Choose Bearer token as the authentication method, with this credential alone;"
        " or let your store read X-API-Key.",
    )


def _as_api_key(key: str) -> Spelling:
    return Spelling(
        ApiKey(key),
        "as X-API-Key",
        "Choose API key as the authentication method, with this credential; or let your"
        " store read the Authorization header.",
    )
