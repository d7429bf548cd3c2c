"""Who looks at a store's pages."""

from commerce.models import Store
from hiwelink.accounts.models import Membership, Role, User
from tests.factories import make_user


def owner_of(store: Store) -> User:
    return store.workspace.members.get(memberships__role=Role.OWNER)


def make_viewer(store: Store) -> User:
    """A member of the store's workspace who may only look, with none of their own."""
    user = make_user()
    user.memberships.all().delete()
    Membership.objects.create(workspace=store.workspace, user=user, role=Role.VIEWER)
    return user
