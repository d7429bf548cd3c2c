"""Signing up, API tokens, and who may do what in which workspace."""

from __future__ import annotations

from hmac import compare_digest

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from hiwelink.accounts.models import (
    EDITORS,
    ApiToken,
    Membership,
    Role,
    User,
    Workspace,
)


class EmailTaken(Exception):
    """Another account has this e-mail address."""


def create_merchant(
    *, email: str, password: str, name: str = "", time_zone: str = "UTC"
) -> User:
    """Create a user and the workspace of their own, as its owner.

    Raises EmailTaken, also for the later of two that sign up at once.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                email, password, name=name, time_zone=time_zone
            )
            create_workspace(user)
    except IntegrityError:
        raise EmailTaken from None
    return user


def create_workspace(user: User) -> Workspace:
    """Create a workspace that `user` owns."""
    suffix = "'s workspace"
    room = Workspace._meta.get_field("name").max_length or 0
    name = user.get_short_name()[: room - len(suffix)] + suffix
    workspace = Workspace.objects.create(name=name)
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    return workspace


def change_email(user: User, email: str) -> None:
    """Let `user` log in with another address. Raises EmailTaken."""
    email = email.strip().lower()
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(email=email)
    except IntegrityError:
        raise EmailTaken from None
    user.email = email


def create_api_token(user: User, *, name: str = "") -> str:
    """Make a token and return its text; only its hash is stored."""
    _, text = ApiToken.objects.create(user, name=name[:80])
    return str(text)


def token_handle(token: ApiToken) -> str:
    """Return what names the token in addresses: nothing of its text or its hash."""
    return salted_hmac("accounts.token_handle", token.digest).hexdigest()[:20]


def find_api_token(user: User, handle: str) -> ApiToken | None:
    """Return the token of `user` that `handle` names."""
    token: ApiToken
    for token in ApiToken.objects.filter(user=user):
        if compare_digest(token_handle(token), handle):
            return token
    return None


def revoke_api_tokens(user: User) -> int:
    """End every token of `user`; return how many there were."""
    return int(ApiToken.objects.filter(user=user).delete()[0])


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
    return Membership.objects.filter(user=user, role__in=EDITORS)
