"""Which addresses may be dialled, how URLs are built, what is masked in messages."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import idna
from requests_hardened.ip_filter import EXTRA_BLOCKED_NET_RANGES

from .errors import ConfigError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Ranges that carry an IPv4 address or a private one in disguise. requests-hardened
# brings most; Python calls some of these global.
_BLOCKED_NETWORKS = (
    *EXTRA_BLOCKED_NET_RANGES,
    ipaddress.ip_network("::/96"),  # IPv4-compatible: [::127.0.0.1]
    ipaddress.ip_network("::ffff:0:0/96"),  # IPv4-mapped
    ipaddress.ip_network("::ffff:0:0:0/96"),  # IPv4-translated (SIIT)
    ipaddress.ip_network("2001::/32"),  # Teredo
    ipaddress.ip_network("fec0::/10"),  # site-local
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
# The shortest beginning of a secret that is one: fewer characters are in any word.
MIN_CUT = 4
_FORBIDDEN_IN_URL = re.compile(r"[\s\x00-\x1f\x7f\\]")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"


def is_public(address: IPAddress) -> bool:
    """Return whether `address` is one that the whole internet reaches."""
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and not any(
            address in network
            for network in _BLOCKED_NETWORKS
            if network.version == address.version
        )
    )


@dataclass(frozen=True)
class AddressPolicy:
    """Where a store may live.

    Production: https and public addresses only. Sandbox: http too, and beside the
    public addresses those the operator listed in `allowed_hosts`: names ("localhost"),
    addresses ("127.0.0.1") and networks ("10.1.0.0/16").
    """

    production: bool = True
    allowed_hosts: frozenset[str] = frozenset()

    def check_scheme(self, scheme: str) -> None:
        """Raise ConfigError `https_required` for http in production."""
        if self.production and scheme != "https":
            raise ConfigError(
                "https_required",
                "A production store must be reached over https: credentials are not"
                " sent unencrypted. Use an https:// address.",
            )

    def choose(self, host: str, addresses: Iterable[str]) -> list[str]:
        """Return those of `addresses`, as `host` resolved, that may be dialled.

        Raises ConfigError `blocked_address` when none may. The message keeps the
        address to itself: it would tell a stranger about our network.
        """
        chosen = [text for text in addresses if self._allows(host, text)]
        if not chosen:
            raise ConfigError(
                "blocked_address",
                f"{host} does not lead to a public internet address. Enter the address"
                " under which your store is reached from the internet.",
            )
        return chosen

    def _allows(self, host: str, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:  # an address with a zone, or no address at all
            return False
        return is_public(address) or self._is_listed(host, address)

    def _is_listed(self, host: str, address: IPAddress) -> bool:
        if self.production:
            return False
        names, networks = self._listed
        return host.lower() in names or any(
            address in network
            for network in networks
            if network.version == address.version
        )

    @cached_property
    def _listed(
        self,
    ) -> tuple[set[str], list[ipaddress.IPv4Network | ipaddress.IPv6Network]]:
        names, networks = set(), []
        for entry in self.allowed_hosts:
            text = entry.strip().strip("[]").lower()
            try:
                networks.append(ipaddress.ip_network(text, strict=False))
            except ValueError:
                names.add(text)
        return names, networks


def check_url(url: str, policy: AddressPolicy | None = None) -> str:
    """Return the base URL of a store in its one normal form.

    Blanks around it, a trailing slash and a default port go; the host is lower case and
    ASCII. With a policy, http is refused in production. Names are not resolved here.
    Raises ConfigError `invalid_url` or `https_required`.
    """
    text = url.strip()
    if not text:
        raise _invalid("Enter the address of the store's API.")
    if _FORBIDDEN_IN_URL.search(text):
        raise _invalid("The address must not contain blanks or backslashes.")
    if not re.match(r"https?://", text, re.IGNORECASE):
        raise _invalid("The address must begin with https://.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise _invalid("The address is not a valid URL.") from None
    if "@" in parts.netloc:
        raise _invalid(
            "The address must not hold a user name or password: enter them as"
            " credentials."
        )
    if parts.query or parts.fragment:
        raise _invalid("Enter the address without anything from `?` or `#` on.")
    if port == 0:
        raise _invalid("Port 0 cannot be dialled.")
    scheme = parts.scheme.lower()
    if policy is not None:
        policy.check_scheme(scheme)
    netloc = _normal_host(parts.hostname or "")
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        netloc += f":{port}"
    return f"{scheme}://{netloc}{_normal_path(parts.path).rstrip('/')}"


def endpoint_url(
    base_url: str, path: str, params: Mapping[str, object] | None = None
) -> str:
    """Join an endpoint's path to a base URL; the result never leaves its origin.

    A query in the path is kept; `params` are added and win over the same names in it.
    Raises ConfigError `invalid_url` for a path that is an address of its own.
    """
    text = path.strip()
    if _FORBIDDEN_IN_URL.search(text):
        raise _invalid("An endpoint's path must not contain blanks or backslashes.")
    if text.startswith(("//", "@")) or re.match(
        r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE
    ):
        raise _invalid("An endpoint is a path such as /api/products, not an address.")
    if "#" in text:
        raise _invalid("An endpoint's path must not contain `#`.")
    path_only, _, query = text.partition("?")
    pairs = [part for part in query.split("&") if part and not _names(part, params)]
    if params:
        pairs.append(urlencode(params))
    url = f"{base_url.rstrip('/')}/{_normal_path(path_only).lstrip('/')}"
    return f"{url}?{'&'.join(pairs)}" if pairs else url


_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_SECRET_PARAMETER = re.compile(
    r"(?i)(?<=[?&])([\w.-]*(?:key|token|secret|passw(?:or)?d|auth|signature)=)[^&\s#]+"
)


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with credentials replaced by `***`.

    Masks each of `secrets` as written, URL-quoted and in Base64, also where the text was
    shortened in the middle of one; passwords in URLs and query parameters whose name
    tells they are secret.
    """
    for secret in sorted(_spellings(secrets), key=len, reverse=True):
        text = _mask_cut(text.replace(secret, "***"), secret)
    text = _USERINFO.sub("***@", text)
    return _SECRET_PARAMETER.sub(r"\1***", text)


def _mask_cut(text: str, secret: str) -> str:
    """Mask the beginning of a secret whose rest was cut off: before "…" or the end."""
    pieces = text.split("…")
    for place, piece in enumerate(pieces):
        for length in range(min(len(secret), len(piece)), MIN_CUT - 1, -1):
            if piece.endswith(secret[:length]):
                pieces[place] = f"{piece[:-length]}***"
                break
    return "…".join(pieces)


def _spellings(secrets: Iterable[str]) -> set[str]:
    spellings: set[str] = set()
    for secret in filter(None, secrets):
        encoded = base64.b64encode(secret.encode("utf-8", "replace")).decode()
        spellings |= {secret, quote(secret, safe=""), quote(secret), encoded}
    return spellings


def _invalid(detail: str) -> ConfigError:
    return ConfigError("invalid_url", detail)


def _normal_host(host: str) -> str:
    """Return `host` lower case, ASCII, IPv6 addresses in brackets."""
    if ":" in host:
        try:
            if "%" in host:  # a zone: an address of one link only
                raise ValueError
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError:
            raise _invalid("The address holds no valid IPv6 address.") from None
    name = host.rstrip(".").lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            raise _invalid("The host name in the address is not valid.") from None
    if not _HOST_NAME.fullmatch(name) or len(name) > 253 or ".." in name:
        raise _invalid("The host name in the address is not valid.")
    return name


def _normal_path(path: str) -> str:
    if any(unquote(segment) in (".", "..") for segment in path.split("/")):
        raise _invalid("The path must not contain `.` or `..` steps.")
    return quote(path, safe=_PATH_SAFE)


def _names(part: str, params: Mapping[str, object] | None) -> bool:
    """Return whether a piece of a query string sets one of `params`."""
    name = parse_qsl(part, keep_blank_values=True)
    return bool(params) and bool(name) and name[0][0] in (params or {})
