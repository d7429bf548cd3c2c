"""Staff pages of merchants, their workspaces and their API tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Count, Model, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.safestring import SafeString

from hiwelink.accounts.forms import LowerEmailField
from hiwelink.accounts.models import ApiToken, Membership, Role, User, Workspace
from hiwelink.accounts.services import create_workspace, revoke_api_tokens
from hiwelink.admin import ReadOnlyAdmin, link_to, link_to_list
from hiwelink.teams.services.members import is_last_owner

STORES: type[Model] = Workspace._meta.get_field("stores").related_model


class UserAddForm(auth_forms.UserCreationForm):  # type: ignore[type-arg]
    email = LowerEmailField(label="E-mail address")

    class Meta:
        model = User
        fields = ["email", "name"]
        field_classes: dict[str, type[forms.Field]] = {}


class UserEditForm(auth_forms.UserChangeForm):  # type: ignore[type-arg]
    email = LowerEmailField(label="E-mail address")

    class Meta:
        model = User
        fields = "__all__"
        field_classes: dict[str, type[forms.Field]] = {}


class MembershipForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Membership
        fields = ["user", "workspace", "role"]

    def clean(self) -> None:
        super().clean()
        keep_owners([self])


class MembershipFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        super().clean()
        gone = self.deleted_forms
        keep_owners([form for form in self.forms if form not in gone], gone)


def keep_owners(kept: Sequence[Any], gone: Sequence[Any] = ()) -> None:
    """Raises ValidationError where forms of memberships, all together, would leave a
    workspace without an owner.
    """
    keys = [form.instance.pk for form in (*kept, *gone) if form.instance.pk]
    owned = {
        form.cleaned_data.get("workspace")
        for form in kept
        if form.cleaned_data.get("role") == Role.OWNER
    }
    owners = Membership.objects.filter(role=Role.OWNER).select_related("workspace")
    for owner in owners.filter(pk__in=keys).select_related("user"):
        others = owners.filter(workspace=owner.workspace).exclude(pk__in=keys)
        if owner.workspace not in owned and not others.exists():
            raise forms.ValidationError(
                f"{owner.user} is the last owner of {owner.workspace}. Make somebody "
                "else an owner of it first."
            )


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    formset = MembershipFormSet
    extra = 0
    raw_id_fields = ["user", "workspace"]


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    """People, by e-mail address. Who made a mess of a login is helped here."""

    form = UserEditForm
    add_form = UserAddForm
    add_form_template = None  # Django's speaks of user names
    list_display = [
        "email",
        "name",
        "workspaces_",
        "is_active",
        "is_staff",
        "last_login",
        "date_joined",
    ]
    list_filter = ["is_active", "is_staff", "is_superuser", "last_login", "date_joined"]
    list_per_page = 50
    date_hierarchy = "date_joined"
    search_fields = ["email", "name", "workspaces__name"]
    ordering = ["email"]
    readonly_fields = ["last_login", "date_joined", "tokens_"]
    inlines = [MembershipInline]
    actions = ["revoke_tokens"]
    add_fieldsets = ((None, {"fields": ["email", "name", "password1", "password2"]}),)
    fieldsets = (
        (None, {"fields": ["email", "password", "name", "time_zone", "tokens_"]}),
        (
            "What they may do",
            {
                "fields": [
                    "is_active",
                    "is_staff",
                    "is_superuser",
                    "groups",
                    "user_permissions",
                ]
            },
        ),
        ("When", {"fields": ["last_login", "date_joined"]}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("workspaces")

    def get_inlines(self, request: HttpRequest, obj: User | None) -> list[Any]:
        return list(self.inlines) if obj else []  # a new one gets a workspace below

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> list[str]:
        """Only who may do everything says who else may."""
        fixed = [str(name) for name in super().get_readonly_fields(request, obj)]
        if request.user.is_superuser:
            return fixed
        return [*fixed, "is_staff", "is_superuser", "groups", "user_permissions"]

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        """One at a time, and nobody whose stores would be left without an owner."""
        if obj is None or not self.has_change_permission(request, obj):
            return False
        owned = obj.memberships.filter(role=Role.OWNER)
        if owned.filter(workspace__stores__isnull=False).exists():
            return False
        return super().has_delete_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            create_workspace(obj)

    @admin.display(description="workspaces")
    def workspaces_(self, user: User) -> str:
        return ", ".join(workspace.name for workspace in user.workspaces.all()) or "—"

    @admin.display(description="API tokens")
    def tokens_(self, user: User) -> SafeString | str:
        count = ApiToken.objects.filter(user=user).count()
        return link_to_list(ApiToken, count, user__id__exact=user.pk) if count else "0"

    @admin.action(description="Revoke API tokens", permissions=["change"])
    def revoke_tokens(self, request: HttpRequest, users: QuerySet[User]) -> None:
        total = 0
        for user in users:
            if not self.has_change_permission(request, user):
                continue
            if count := revoke_api_tokens(user):
                self.log_change(request, user, f"Revoked API tokens: {count}.")
                total += count
        self.message_user(request, f"API tokens revoked: {total}.", messages.SUCCESS)


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "owners_", "stores_", "uid", "created_at"]
    list_filter = ["created_at"]
    list_per_page = 50
    date_hierarchy = "created_at"
    search_fields = ["name", "=uid", "members__email", "members__name"]
    ordering = ["-id"]
    fields = ["name", "uid", "stores_", "created_at"]
    readonly_fields = ["uid", "stores_", "created_at"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        owners = Membership.objects.filter(role=Role.OWNER).select_related("user")
        workspaces: QuerySet[Workspace] = super().get_queryset(request)
        return workspaces.annotate(
            store_count=Count(
                "stores",
                filter=Q(stores__deleting_at__isnull=True),
                distinct=True,
            )
        ).prefetch_related(Prefetch("memberships", owners, to_attr="owners"))

    def has_delete_permission(
        self, request: HttpRequest, obj: Workspace | None = None
    ) -> bool:
        """Only an empty one: stores go first, and in the background."""
        if obj is None or STORES._default_manager.filter(workspace=obj).exists():
            return False
        return super().has_delete_permission(request, obj)

    @admin.display(description="owners")
    def owners_(self, workspace: Any) -> str:
        return ", ".join(owner.user.email for owner in workspace.owners) or "—"

    @admin.display(description="stores", ordering="store_count")
    def stores_(self, workspace: Any) -> SafeString:
        filters = {"workspace__id__exact": workspace.pk}
        return link_to_list(STORES, workspace.store_count, **filters)


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = MembershipForm
    actions = None  # deleted one at a time: see has_delete_permission
    list_display = ["user", "workspace_", "role", "created_at"]
    list_filter = ["role", "created_at"]
    list_per_page = 50
    list_select_related = ["user", "workspace"]
    search_fields = ["user__email", "user__name", "workspace__name"]
    raw_id_fields = ["user", "workspace"]
    ordering = ["-id"]

    def has_delete_permission(
        self, request: HttpRequest, obj: Membership | None = None
    ) -> bool:
        """Also asked when its user is deleted, who may own workspaces that are empty."""
        if obj is not None and is_last_owner(obj):
            stores = STORES._default_manager.filter(workspace=obj.workspace_id)
            if stores.exists():
                return False
        return super().has_delete_permission(request, obj)

    @admin.display(description="workspace")
    def workspace_(self, membership: Membership) -> SafeString | str:
        return link_to(membership.workspace)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """A list without pages of its own: a token's primary key is its hash.

    Revoked together with the user's other ones, by an action on the users' list.
    """

    list_display = ["name", "beginning", "user_", "created", "expiry"]
    list_display_links = None
    list_filter = ["created"]
    list_select_related = ["user"]
    date_hierarchy = "created"
    search_fields = ["name", "user__email", "user__name"]
    ordering = ["-created"]
    actions = None  # their checkboxes would carry the hashes

    def get_urls(self) -> list[URLPattern]:
        urls = super().get_urls()
        return [url for url in urls if url.name == "accounts_apitoken_changelist"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # with their user; there is no page to delete one on

    @admin.display(description="begins with")
    def beginning(self, token: ApiToken) -> str:
        return f"{token.token_key[:6]}…"

    @admin.display(description="user")
    def user_(self, token: ApiToken) -> SafeString | str:
        return link_to(token.user)
