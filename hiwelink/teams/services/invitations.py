"""Asking somebody into a workspace by e-mail, and what the letter's link does."""

from __future__ import annotations

from datetime import timedelta
from hmac import compare_digest
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from hiwelink.accounts.models import Membership, Role, User, Workspace
from hiwelink.teams.models import Invitation

VALID_DAYS = 7
MAX_OPEN = 100  # invitations of one workspace


class AlreadyMember(Exception):
    """Whoever has this address is a member already."""


class TooManyInvitations(Exception):
    """The workspace has MAX_OPEN invitations nobody answered."""


class NotYours(Exception):
    """The invitation is for another e-mail address than the one logged in with."""


@transaction.atomic
def invite(workspace: Workspace, *, email: str, role: str, by: User) -> Invitation:
    """Make or renew the invitation of `email`.

    An earlier link to the same address works no more. The caller queues the letter.
    Raises AlreadyMember, TooManyInvitations.
    """
    email = email.strip().lower()
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    if workspace.memberships.filter(user__email=email).exists():
        raise AlreadyMember
    open_ones = workspace.invitations.exclude(email=email)
    if open_ones.filter(expires_at__gt=timezone.now()).count() >= MAX_OPEN:
        raise TooManyInvitations
    now = timezone.now()
    invitation, _ = Invitation.objects.update_or_create(
        workspace=workspace,
        email=email,
        defaults={
            "role": role,
            "invited_by": by,
            "created_at": now,
            "expires_at": now + timedelta(days=VALID_DAYS),
        },
    )
    return invitation


def find_invitation(uid: UUID, secret: str) -> Invitation | None:
    """Return the invitation a link leads to, unless it is forged or has expired."""
    invitation = (
        Invitation.objects.filter(uid=uid, expires_at__gt=timezone.now())
        .select_related("workspace", "invited_by")
        .first()
    )
    if invitation and compare_digest(invitation.secret.encode(), secret.encode()):
        return invitation
    return None


@transaction.atomic
def accept(invitation: Invitation, user: User) -> Membership:
    """Make `user` a member and use the invitation up. Raises NotYours.

    Who is a member by now keeps the role they have.
    """
    if user.email != invitation.email:
        raise NotYours
    membership, _ = Membership.objects.get_or_create(
        workspace=invitation.workspace, user=user, defaults={"role": invitation.role}
    )
    invitation.delete()
    return membership


def role_choices() -> list[tuple[str, str]]:
    """Roles one may be invited to, the harmless one first."""
    harmless_first = (Role.VIEWER, Role.EDITOR, Role.OWNER)
    return [(role.value, str(role.label)) for role in harmless_first]
