"""Staff's view of people, workspaces and tokens."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from hiwelink.accounts.models import ApiToken, Membership, User, Workspace

admin.site.site_header = admin.site.site_title = "HiWelink staff"
admin.site.index_title = "Support"


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


class UserCreationForm(AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    add_form = UserCreationForm
    ordering = ["email"]
    list_display = ["email", "name", "is_staff", "is_active", "date_joined"]
    list_filter = ["is_staff", "is_active", "date_joined"]
    search_fields = ["email", "name"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("name", "time_zone")}),
        (
            "May",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups")},
        ),
        ("When", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "usable_password", "password1", "password2")}),
    )


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "people", "stores", "created_at"]
    search_fields = ["name", "members__email"]
    date_hierarchy = "created_at"
    readonly_fields = ["uid", "created_at"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        workspaces: QuerySet[Workspace] = super().get_queryset(request)
        return workspaces.annotate(
            member_count=Count("memberships", distinct=True),
            store_count=Count("stores", distinct=True),
        )

    @admin.display(ordering="member_count")
    def people(self, workspace: Workspace) -> int:
        return int(workspace.member_count)  # type: ignore[attr-defined]

    @admin.display(ordering="store_count")
    def stores(self, workspace: Workspace) -> int:
        return int(workspace.store_count)  # type: ignore[attr-defined]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["user", "workspace", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user", "workspace"]
    search_fields = ["user__email", "workspace__name"]
    autocomplete_fields = ["user", "workspace"]


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Tokens to find and revoke; their text is known to nobody."""

    list_display = ["name", "user", "beginning", "created"]
    list_select_related = ["user"]
    search_fields = ["name", "user__email"]
    list_filter = ["created"]
    fields = ("name", "user", "beginning", "created")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="begins with")
    def beginning(self, token: ApiToken) -> str:
        return f"{token.token_key[:6]}…"
