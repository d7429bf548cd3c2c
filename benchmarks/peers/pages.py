"""python -m benchmarks.peers.pages: fill a workspace, then ask for each of its pages.

Prints a line of JSON: {"cookie", "pages": {path: queries}, "staff_cookie", "staff":
{path: queries}}. Every address that a page's links and filters lead to is one of them.
"""

from __future__ import annotations

import json
import logging

import django

django.setup()

from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hiwelink.accounts.models import User
from tests.full_workspace import Size, make_full_workspace
from tests.markup import Page
from tests.pages import pages_of
from tests.staff import list_path, make_superuser

SIZE = Size(
    products=100_000,
    orders=10_000,
    deliveries=10_000,
    runs=2_000,
    issues=3_000,
    talks=3_000,
    stores=20,
    people=20,
)


def main() -> None:
    logging.disable(logging.WARNING)  # what takes no GET says so
    values = make_full_workspace(SIZE)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    merchant = logged_in(User.objects.get(email="victoria@example.com"))
    staff = logged_in(make_superuser())
    pages = with_clicks(merchant, pages_of(merchant, values, fragments=True))
    said = {
        "cookie": merchant.cookies[settings.SESSION_COOKIE_NAME].value,
        "pages": {path: queries_of(merchant, path) for path in pages},
        "staff_cookie": staff.cookies[settings.SESSION_COOKIE_NAME].value,
        "staff": {path: queries_of(staff, path) for path in staff_pages(staff)},
    }
    print(json.dumps(said))


def logged_in(user: User) -> Client:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user)
    return client


def with_clicks(client: Client, paths: list[str]) -> list[str]:
    """Each path, and whatever its page leads to of itself."""
    found: dict[str, None] = {}
    for path in paths:
        markup = client.get(path).content.decode()
        found |= dict.fromkeys([path, *Page(path, markup).clicks(combined=True)])
    return list(found)


def staff_pages(client: Client) -> list[str]:
    """Every list, its last page, its filters, a search, and a row's own page."""
    paths = ["/admin/", "/admin/status/"]
    for model in admin.site._registry:
        where = list_path(model)
        lists = with_clicks(client, [where])
        paths += [where, f"{where}?q=mug", *(p for p in lists if "page=" not in p)]
        row = model._default_manager.order_by("pk").last()
        paths += [f"{where}?p=2", *([f"{where}{row.pk}/change/"] if row else [])]
    return [path for path in dict.fromkeys(paths) if is_page(client, path)]


def is_page(client: Client, path: str) -> bool:
    return client.get(path).status_code == 200


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200, path
    return len(captured)


if __name__ == "__main__":
    main()
