"""Every page of the URL table."""

from __future__ import annotations

from django.test import Client

from tests.security.routes import all_routes
from tests.security.victim import values_for

# Answered by others than our templates.
NOT_OURS = ("admin/", "api/")


def pages_of(
    client: Client, values: dict[str, object], *, fragments: bool = False
) -> list[str]:
    """The paths of the URL table that answer this visitor with a page.

    fragments: also with a part of one, as scripts ask for.
    """
    pages = []
    for route in all_routes():
        if route.pattern.startswith(NOT_OURS) or "(?P" in route.pattern:
            continue
        if "<uidb64>" in route.pattern or "<str:secret>" in route.pattern:
            continue
        path = route.path(values_for(route, values))
        answer = client.get(path)
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        if fragments or b"<html" in answer.content:
            pages.append(path)
    return pages
