"""Origins of web pages, as browsers send them: scheme://host, and a port if unusual."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from commerce.connector.errors import ConfigError
from commerce.connector.guard import check_url

EXAMPLE = "https://www.yourstore.com"


class InvalidOrigin(ValueError):
    """A sentence that says what is wrong with one origin."""


def normalise_origin(text: str, *, http_allowed: bool = False) -> str:
    """Return the origin as a browser's `Origin` header spells it.

    Lower case, punycode, without a default port or a trailing slash. http is only for
    this machine's own names unless `http_allowed`: a page that anybody between it and
    the shopper may rewrite must not frame the widget.
    Raises InvalidOrigin; also for wildcards and for addresses with a path.
    Source: RFC 6454, section 6.2.
    """
    told = text.strip()
    shown = told if len(told) <= 80 else f"{told[:80]}…"
    if "*" in told:
        raise InvalidOrigin(f"“{shown}” holds a wildcard. List each origin by itself.")
    if not re.match(r"https?://", told, re.IGNORECASE):
        raise InvalidOrigin(f"“{shown}” is not an origin. Write it like {EXAMPLE}.")
    if re.search(r"[^/]/[^/]", re.sub(r"^\w+://", "", told)) or "?" in told:
        raise InvalidOrigin(
            f"“{shown}” is the address of a page. Leave out what follows the host name, "
            f"as in {EXAMPLE}."
        )
    try:
        parts = urlsplit(check_url(told))
    except ConfigError as error:
        raise InvalidOrigin(f"“{shown}” is not an origin. {error.detail}") from None
    if parts.path:
        raise InvalidOrigin(f"“{shown}” is not an origin. Write it like {EXAMPLE}.")
    if parts.scheme == "http" and not (http_allowed or is_own_machine(parts.hostname)):
        raise InvalidOrigin(f"“{shown}” is not encrypted. Use its https:// address.")
    return f"{parts.scheme}://{parts.netloc}"


def origin_of(url: str, *, http_allowed: bool = False) -> str:
    """Return the origin of a page's address; "" where it has none we accept."""
    try:
        parts = urlsplit(url)
        return normalise_origin(
            f"{parts.scheme}://{parts.netloc}", http_allowed=http_allowed
        )
    except ValueError:
        return ""


def is_own_machine(host: str | None) -> bool:
    """Whether a name leads back to the machine the browser runs on."""
    if host == "localhost" or (host or "").endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
