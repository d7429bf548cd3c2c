"""What the staff pages of every app share: their login, links, read-only lists."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hiwelink.accounts.forms import LoginForm

MOST_COUNTED = 10_000


class StaffLoginForm(LoginForm, AdminAuthenticationForm):
    error_messages = {
        "invalid_login": (
            "This e-mail address and password are not those of a staff account."
        ),
        "inactive": "This account was closed.",
    }


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MOST_COUNTED: nobody pages through more, and a table of
    millions would take seconds to count. is_cut: whether there are more.
    """

    is_cut = False

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        found = int(rows.order_by().values("pk")[: MOST_COUNTED + 1].count())
        self.is_cut = found > MOST_COUNTED
        return min(found, MOST_COUNTED)


class QuickAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists that stay quick on large tables."""

    list_per_page = 50
    show_full_result_count = False
    paginator = BoundedPaginator

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """A whole id is looked up as one, by its index; other words are no ids."""
        fields = [str(name) for name in super().get_search_fields(request)]
        ids = [name for name in fields if name.endswith(("uid", "public_id", "token"))]
        if is_uuid(request.GET.get("q", "").strip()):
            exact = [f"{name.removeprefix('=')}__exact" for name in ids]
            # Some stores use UUIDs themselves.
            return exact + [name for name in fields if name.endswith("external_id")]
        return [name for name in fields if name not in ids] or fields


class ReadOnlyAdmin(QuickAdmin):
    """Rows that only HiWelink itself writes: changing them here would be a lie."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def ask_first(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    action: str,
    question: str,
    consequence: str,
) -> HttpResponse | None:
    """Return the page that asks whether an action is meant; None once it was said."""
    if request.POST.get("confirmed"):
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": question,
        "consequence": consequence,
        "rows": rows,
        "action": action,
        "opts": model_admin.model._meta,
    }
    return TemplateResponse(request, "admin/ask_first.html", context)


def link_to(row: Model | None) -> SafeString | str:
    """Return a link to the staff page of `row`."""
    if row is None:
        return "—"
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), row)


def link_to_list(model: type[Model], label: object, **filters: object) -> SafeString:
    """Return a link to the staff list of `model`, filtered."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    url = f"{reverse(name)}?{urlencode(filters)}"
    return format_html('<a href="{}">{}</a>', url, label)


def pretty(value: object) -> SafeString:
    """Return JSON to read."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return format_html("<pre>{}</pre>", text)


admin.site.login_form = StaffLoginForm
admin.site.site_header = "HiWelink staff"
admin.site.site_title = "HiWelink staff"
admin.site.index_title = "Everything HiWelink holds"
