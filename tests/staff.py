"""Who works in the admin, and what its pages may not hold."""

import re

from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client

from hiwelink.accounts.models import User
from tests.factories import PASSWORD, make_user

# What the Content-Security-Policy would refuse: code and styles inside a page.
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*json)|<style|\sstyle=|\son\w+=", re.IGNORECASE
)


def make_superuser() -> User:
    return User.objects.create_superuser("staff@example.com", PASSWORD)


def make_staff(*permissions: str) -> User:
    """Staff with the named rights only, such as "view_store"."""
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def models_of(*apps: str) -> list[type[Model]]:
    return [model for model in admin.site._registry if model._meta.app_label in apps]


def list_path(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def run_action(client: Client, model: type[Model], action: str, *rows: Model) -> str:
    """Choose an action for rows of a list; return the page that follows."""
    form = {"action": action, "_selected_action": [row.pk for row in rows]}
    return client.post(list_path(model), form, follow=True).content.decode()


def field_names(page: str) -> set[str]:
    """The inputs a form sends, without those Django adds."""
    names = re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', page)
    return {name for name in names if not name.startswith(("_", "csrf"))}
