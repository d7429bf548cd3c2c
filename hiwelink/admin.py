"""What the staff pages of every app share: their login, links, read-only lists."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hiwelink.accounts.forms import LoginForm


class StaffLoginForm(LoginForm, AdminAuthenticationForm):
    error_messages = {
        "invalid_login": (
            "This e-mail address and password are not those of a staff account."
        ),
        "inactive": "This account was closed.",
    }


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only HiWelink itself writes: changing them here would be a lie."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
