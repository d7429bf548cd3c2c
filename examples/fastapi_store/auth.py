"""Who may read the store's API: the three methods HiWelink speaks.

Set STORE_AUTH to the method chosen in the dashboard. A store of your own needs only one
of them.
"""

import base64
import binascii
import os
import secrets

from fastapi import Header, HTTPException

STORE_AUTH = os.getenv("STORE_AUTH") or "api_key"
if STORE_AUTH not in ("api_key", "bearer_token", "basic_auth"):
    raise ValueError("STORE_AUTH must be api_key, bearer_token or basic_auth.")


def verify_key(
    x_api_key: str = Header(""),
    authorization: str = Header(""),
) -> None:
    expected = os.getenv("HIWELINK_API_KEY", "")
    incoming = sent_key(x_api_key, authorization)
    # Compared in constant time: how long it takes tells nothing about the key.
    if not expected or not secrets.compare_digest(incoming.encode(), expected.encode()):
        raise HTTPException(status_code=401, detail="Invalid API key")


def sent_key(x_api_key: str, authorization: str) -> str:
    """Return the key of a request, "" when it holds none of the expected kind."""
    if STORE_AUTH == "api_key":
        return x_api_key
    scheme, _, value = authorization.partition(" ")
    if STORE_AUTH == "bearer_token":
        return value if scheme.lower() == "bearer" else ""
    return basic_password(value) if scheme.lower() == "basic" else ""


def basic_password(value: str) -> str:
    """Return the password of user `hiwelink` in a Basic header's base64 part."""
    try:
        user, _, password = (
            base64.b64decode(value, validate=True).decode().partition(":")
        )
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return password if user == "hiwelink" else ""
