"""The three ways a store may ask for its credential (spec, Authentication Methods)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Protocol

MAX_LENGTH = 4096  # servers commonly stop reading a header at 8 KiB
# Characters that paste along unseen; str.strip() leaves these.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


class Auth(Protocol):
    """Adds a credential to requests, and knows how to talk about it without it."""

    method: str
    hint: str  # where the store should look, for the message of a 401

    def headers(self) -> dict[str, str]: ...
    def secrets(self) -> tuple[str, ...]: ...
    def curl_arguments(self) -> list[str]: ...


class InvalidCredentials(ValueError):
    """Credentials that cannot be sent; `errors` holds a sentence for each field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class ApiKey:
    """`X-API-Key: <key>`."""

    method = "api_key"
    hint = "HiWelink sent it in the X-API-Key header."

    def __init__(self, key: str) -> None:
        self._key = key

    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self._key}

    def secrets(self) -> tuple[str, ...]:
        return (self._key,)

    def curl_arguments(self) -> list[str]:
        return ["-H", "X-API-Key: YOUR_KEY"]

    def __repr__(self) -> str:
        return "ApiKey(***)"


class BearerToken:
    """`Authorization: Bearer <token>`."""

    method = "bearer_token"
    hint = (
        "HiWelink sent it as `Authorization: Bearer <token>`; the store must strip the"
        ' "Bearer " prefix before comparing.'
    )

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def secrets(self) -> tuple[str, ...]:
        return (self._token,)

    def curl_arguments(self) -> list[str]:
        return ["-H", "Authorization: Bearer YOUR_TOKEN"]

    def __repr__(self) -> str:
        return "BearerToken(***)"


class BasicAuth:
    """`Authorization: Basic base64(username:password)`, in UTF-8 (RFC 7617)."""

    method = "basic_auth"
    hint = "HiWelink sent the username and password as HTTP Basic authentication."

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Basic {self._encoded()}"}

    def secrets(self) -> tuple[str, ...]:
        return (self._password, self._encoded())

    def curl_arguments(self) -> list[str]:
        return ["-u", "YOUR_USERNAME:YOUR_PASSWORD"]

    def _encoded(self) -> str:
        pair = f"{self._username}:{self._password}".encode()
        return base64.b64encode(pair).decode("ascii")

    def __repr__(self) -> str:
        return "BasicAuth(***)"


# The credential's fields by method, in the order a form shows them.
FIELDS: dict[str, tuple[str, ...]] = {
    "api_key": ("api_key",),
    "bearer_token": ("token",),
    "basic_auth": ("username", "password"),
}
_LABELS = {
    "api_key": "API key",
    "token": "token",
    "username": "username",
    "password": "password",
}


def auth_from(method: str, credentials: Mapping[str, object]) -> Auth:
    """Return the Auth for a method and its credential, blanks around it trimmed.

    Raises InvalidCredentials with a sentence for each field that is missing or cannot
    be sent in a header. Colons in a Basic password are sent as typed.
    """
    if method not in FIELDS:
        raise InvalidCredentials(
            {"auth_method": f"Choose one of {', '.join(FIELDS)} as the auth method."}
        )
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field in FIELDS[method]:
        value = _trim(credentials.get(field))
        problem = _problem(field, value)
        if problem:
            errors[field] = problem
        else:
            values[field] = value or ""
    if errors:
        raise InvalidCredentials(errors)
    if method == "api_key":
        return ApiKey(values["api_key"])
    if method == "bearer_token":
        return BearerToken(values["token"])
    return BasicAuth(values["username"], values["password"])


def _trim(value: object) -> str | None:
    """Return the text without blanks around it; None when it is no text."""
    if not isinstance(value, str):
        return None
    previous = None
    while value != previous:
        previous, value = value, value.strip().strip(_INVISIBLE)
    return value


def _problem(field: str, value: str | None) -> str | None:
    label = _LABELS[field]
    if not value:
        return f"Enter the {label}."
    if len(value) > MAX_LENGTH:
        return f"The {label} is longer than {MAX_LENGTH} characters."
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        return f"The {label} must not contain line breaks or control characters."
    if field == "username" and ":" in value:
        return "The username must not contain a colon: Basic Auth ends it there."
    if field in ("api_key", "token"):
        return _header_problem(label, value)
    if not _encodable(value):
        return f"The {label} contains characters that are not valid text."
    return None


def _header_problem(label: str, value: str) -> str | None:
    # Latin-1 is all a header carries; its upper control characters are none of it.
    if any(ord(c) > 255 or 127 <= ord(c) <= 160 for c in value):
        return (
            f"The {label} contains characters that cannot be sent in a header. Copy it"
            " again from where it was made."
        )
    if label == "token" and " " in value:
        return 'Enter the token alone, without "Bearer" or blanks in it.'
    return None


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True
