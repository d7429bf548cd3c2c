"""Every route there is, read from the URL table, with a victim's objects filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# Open to everybody; who may do what there is each one's own subject.
PUBLIC = (
    "healthz",
    "readyz",
    "metrics",
    "docs/",
    "widget/",
    "api/generic-api/webhooks/",
    "api/chatbot/",
    "api/v1/schema/",
    "account/signup/",
    "account/login/",
    "account/logout/",
    "account/reset/",
    "account/invitations/",
    "admin/login/",
    "admin/logout/",
    "admin/jsi18n/",
)


@dataclass(frozen=True)
class Route:
    pattern: str

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.pattern)

    @property
    def is_public(self) -> bool:
        return self.pattern == "" or self.pattern.startswith(PUBLIC)

    @property
    def is_staff(self) -> bool:
        return self.pattern.startswith("admin/")

    def path(self, values: dict[str, object]) -> str:
        return "/" + PARAMETER.sub(lambda m: str(values[m[1]]), self.pattern)


def all_routes() -> list[Route]:
    return [Route(pattern) for pattern in walk(get_resolver().url_patterns, "")]


def walk(patterns: list, prefix: str) -> Iterator[str]:
    for entry in patterns:
        path = prefix + plain(str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, path)
        elif isinstance(entry, URLPattern):
            yield path


def plain(pattern: str) -> str:
    """A regular expression of ours as a path with <parameters>."""
    text = pattern.removeprefix("^").removesuffix("\\Z").removesuffix("/?")
    return re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", text) if text != pattern else pattern


def missing(value: object) -> object:
    """Return a name of the same form that nothing has."""
    if isinstance(value, int):
        return 2_000_000_000
    text = str(value)
    return uuid4() if re.fullmatch(r"[0-9a-f-]{36}", text) else f"missing-{uuid4()}"
