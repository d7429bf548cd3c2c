"""Whose network address a request has, behind as many proxies as the operator says."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def client_address(request: HttpRequest | Request) -> str:
    """Return the visitor's address, never one the visitor could have made up.

    Each of TRUSTED_PROXIES appends the address it saw to X-Forwarded-For, so the
    visitor's stands that many entries from the end.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return remote
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    if len(hops) < settings.TRUSTED_PROXIES:
        return remote
    return str(hops[-settings.TRUSTED_PROXIES])
