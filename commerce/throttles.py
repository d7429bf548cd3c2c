"""How often a user may have HiWelink dial an address somebody entered."""

from __future__ import annotations

from typing import Any

from rest_framework.throttling import UserRateThrottle


class ConnectThrottle(UserRateThrottle):
    """Attempts to connect, checks included, over the API and on the dashboard."""

    scope = "connect"
    rate = "60/min"


class ExportThrottle(UserRateThrottle):
    """Files of a whole catalogue."""

    scope = "export"
    rate = "60/hour"


def seconds_to_wait(request: Any, view: Any = None) -> float | None:
    """Count one attempt of the request's user; None when it is allowed."""
    throttle = ConnectThrottle()
    if throttle.allow_request(request, view):
        return None
    return throttle.wait() or 60.0
