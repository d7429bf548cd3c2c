"""Signing up, API tokens, and who may do what in which workspace."""

from django.db import transaction
from django.db.models import QuerySet

from hiwelink.accounts.models import ApiToken, Membership, Role, User, Workspace


@transaction.atomic
def create_merchant(*, email: str, password: str, name: str = "") -> User:
    """Create a user and the workspace of their own, as its owner."""
    user = User.objects.create_user(email, password, name=name)
    workspace = Workspace.objects.create(name=f"{user.get_short_name()}'s workspace")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    return user


def create_api_token(user: User, *, name: str = "") -> str:
    """Make a token and return its text; only its hash is stored."""
    _, text = ApiToken.objects.create(user, name=name[:80])
    return str(text)


def own_membership(user: User) -> Membership:
    """Return the membership new stores go to: the first one that may edit.

    Raises Membership.DoesNotExist for a user who is viewer everywhere or nowhere
    a member, as staff made in the admin may be.
    """
    return (
        editing_memberships(user).select_related("workspace").order_by("id")[:1].get()
    )


def editing_memberships(user: User) -> QuerySet[Membership]:
    """The memberships in which `user` may change things."""
    return Membership.objects.filter(user=user, role__in=[Role.OWNER, Role.EDITOR])
