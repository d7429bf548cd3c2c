"""Who is in a workspace, and as what. Its last owner stays one."""

from __future__ import annotations

from django.db import transaction

from hiwelink.accounts.models import Membership, Role, User, Workspace


class LastOwner(Exception):
    """A workspace without an owner would belong to nobody."""


def memberships_of(user: User) -> list[Membership]:
    """The memberships of `user`, oldest first."""
    return list(
        user.memberships.select_related("workspace").order_by("created_at", "id")
    )


@transaction.atomic
def change_role(membership: Membership, role: str) -> None:
    """Give a member another role. Raises LastOwner."""
    lock_owners(membership)
    if membership.role == Role.OWNER and role != Role.OWNER:
        refuse_last_owner(membership)
    membership.role = role
    membership.save(update_fields=["role"])


@transaction.atomic
def remove_member(membership: Membership) -> None:
    """End a membership: pages, API tokens and sessions see nothing more of it.

    Raises LastOwner.
    """
    lock_owners(membership)
    if membership.role == Role.OWNER:
        refuse_last_owner(membership)
    membership.delete()


@transaction.atomic
def transfer(workspace: Workspace, *, giver: Membership, taker: Membership) -> None:
    """Make `taker` the owner in the place of `giver`, who becomes an editor."""
    lock_owners(giver)
    taker.role, giver.role = Role.OWNER, Role.EDITOR
    taker.save(update_fields=["role"])
    giver.save(update_fields=["role"])


def lock_owners(membership: Membership) -> None:
    """Of two owners who leave at once the second is the last."""
    Workspace.objects.select_for_update().get(pk=membership.workspace_id)
    membership.refresh_from_db()


def refuse_last_owner(membership: Membership) -> None:
    if is_last_owner(membership):
        raise LastOwner


def is_last_owner(membership: Membership) -> bool:
    """Whether its workspace has this owner, as stored, and no other."""
    owners = Membership.objects.filter(
        workspace=membership.workspace_id, role=Role.OWNER
    )
    return [owner.pk for owner in owners[:2]] == [membership.pk]
