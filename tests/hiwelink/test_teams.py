"""Workspaces with several people: inviting, joining, leaving, and what is noted."""

import re
from datetime import timedelta
from threading import Thread
from uuid import uuid4

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from hiwelink.accounts.models import Membership, Role, User
from hiwelink.teams.models import AuditEntry, Invitation
from hiwelink.teams.services import members
from tests.commerce.people import make_viewer, owner_of
from tests.factories import make_store, make_token, make_user, workspace_of

pytestmark = pytest.mark.django_db(transaction=True)
ACTS = ["name/", "invite/", "members/{member}/role/"]
ASKED = ["members/{member}/remove/", "members/{member}/transfer/"]


@pytest.fixture(autouse=True)
def empty_cache():
    cache.clear()


@pytest.fixture
def owner(client) -> User:
    owner = make_user("ann@example.com")
    client.force_login(owner)
    return owner


def root(user: User) -> str:
    return f"/account/team/{workspace_of(user).uid}/"


def invite(client, owner, email="bob@example.com", role="editor", **options):
    body = {"email": email, "role": role}
    return client.post(f"{root(owner)}invite/", body, **options)


def link_in(letter) -> str:
    (link,) = re.findall(
        r"http://127.0.0.1:8000(/account/invitations/\S+)", letter.body
    )
    return link


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def add(owner: User, role: str, email: str = "") -> Membership:
    user = make_user(email)
    user.memberships.all().delete()
    return Membership.objects.create(
        workspace=workspace_of(owner), user=user, role=role
    )


def test_a_letter_lets_its_address_join_once(client, owner, drain):
    store = make_store(owner)
    assert invite(client, owner, " BOB@example.com ").status_code == 302
    drain()
    (letter,) = mail.outbox
    assert letter.to == ["bob@example.com"]
    assert "ann@example.com invites you" in letter.body
    bob = as_user(make_user("bob@example.com"))
    page = bob.get(link_in(letter))
    assert "Join the workspace" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"  # the address holds a secret
    assert bob.get(f"/dashboard/stores/{store.uid}/").status_code == 404
    assert bob.post(link_in(letter)).url == "/dashboard/"
    assert bob.get(f"/dashboard/stores/{store.uid}/").status_code == 200
    assert owner.workspaces.get().memberships.get(
        user__email="bob@example.com"
    ).role == ("editor")
    assert bob.get(link_in(letter)).status_code == 404


def test_the_link_is_of_no_use_to_anybody_else(client, owner, drain):
    invite(client, owner)
    drain()
    link = link_in(mail.outbox[0])
    eve = as_user(make_user("eve@example.com"))
    assert "for another address" in eve.get(link).content.decode()
    eve.post(link)
    Client().post(link)
    assert owner.workspaces.get().memberships.count() == 1
    assert Invitation.objects.count() == 1
    assert "Create an account" in Client().get(link).content.decode()


def test_forged_expired_withdrawn_and_renewed_links_are_gone(client, owner, drain):
    invite(client, owner)
    drain()
    first = link_in(mail.outbox[0])
    invite(client, owner)
    drain()
    second = link_in(mail.outbox[1])
    assert second != first
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    assert client.get(second[:-3] + "00/").status_code == 404
    assert client.get(f"/account/invitations/{uuid4()}/x/").status_code == 404
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(second).status_code == 404
    invitation = Invitation.objects.get()
    client.post(f"{root(owner)}invitations/{invitation.uid}/withdraw/")
    assert not Invitation.objects.exists()


def test_signing_up_leads_back_to_the_invitation(client, owner, drain):
    invite(client, owner, role="viewer")
    drain()
    link = link_in(mail.outbox[0])
    new = Client()
    body = {
        "email": "bob@example.com",
        "password": "correct horse battery",
        "next": link,
    }
    assert new.post("/account/signup/", body).url == link
    new.post(link)
    bob = User.objects.get(email="bob@example.com")
    assert {m.role for m in bob.memberships.all()} == {"owner", "viewer"}


def test_a_member_is_not_invited_and_a_bad_address_is_told(client, owner):
    add(owner, Role.VIEWER, "bob@example.com")
    assert "is a member already" in invite(client, owner).content.decode()
    assert "valid email" in invite(client, owner, "nobody").content.decode()
    assert invite(client, owner, "x@example.com", role="god").status_code == 200
    assert not Invitation.objects.exists()


def test_only_so_many_letters_an_hour(client, owner):
    for number in range(30):
        invite(client, owner, f"p{number}@example.com")
    page = invite(client, owner, "one.more@example.com")
    assert "Wait an hour" in page.content.decode()
    assert Invitation.objects.count() == 30


def test_roles_are_changed_and_take_effect_at_once(client, owner):
    store = make_store(owner)
    member = add(owner, Role.VIEWER)
    bob = as_user(member.user)
    assert bob.post(f"/dashboard/stores/{store.uid}/sync/").status_code == 403
    client.post(f"{root(owner)}members/{member.pk}/role/", {"role": "editor"})
    assert bob.post(f"/dashboard/stores/{store.uid}/sync/").status_code == 302


def test_a_removed_member_loses_pages_and_api(client, owner):
    store = make_store(owner)
    member = add(owner, Role.EDITOR)
    header = make_token(member.user)
    assert client.get(f"/api/v1/stores/{store.uid}/", **header).status_code == 200
    page = client.get(f"{root(owner)}members/{member.pk}/remove/")
    assert "Remove the member" in page.content.decode()
    client.post(f"{root(owner)}members/{member.pk}/remove/")
    assert Client().get(f"/api/v1/stores/{store.uid}/", **header).status_code == 404
    assert as_user(member.user).get(root(owner)).status_code == 404


def test_the_last_owner_stays(client, owner):
    own = owner.memberships.get()
    assert client.post(f"{root(owner)}members/{own.pk}/remove/").status_code == 302
    client.post(f"{root(owner)}members/{own.pk}/role/", {"role": "viewer"})
    own.refresh_from_db()
    assert own.role == "owner"
    add(owner, Role.OWNER)
    client.post(f"{root(owner)}members/{own.pk}/remove/")
    assert not owner.memberships.exists()
    assert client.get("/account/team/").status_code == 200


def test_of_two_owners_leaving_at_once_one_stays(owner):
    other = add(owner, Role.OWNER)
    refused = []

    def leave(membership):
        try:
            members.remove_member(membership)
        except members.LastOwner:
            refused.append(membership)
        finally:
            connection.close()

    threads = [
        Thread(target=leave, args=[membership])
        for membership in (owner.memberships.get(), other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Membership.objects.filter(role=Role.OWNER).count() == 1


def test_a_workspace_is_handed_over(client, owner):
    member = add(owner, Role.VIEWER)
    client.post(f"{root(owner)}members/{member.pk}/transfer/")
    member.refresh_from_db()
    assert (member.role, owner.memberships.get().role) == ("owner", "editor")
    assert invite(client, owner).status_code == 403


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
def test_others_look_at_the_team_and_change_nothing(owner, role):
    member = add(owner, role)
    bob = as_user(member.user)
    page = bob.get(root(owner)).content.decode()
    assert "ann@example.com" in page
    assert "Send the invitation" not in page
    own = owner.memberships.get()
    for act in ACTS + ASKED:
        url = root(owner) + act.format(member=own.pk)
        assert bob.post(url, {"role": "viewer"}).status_code == 403
    assert bob.get(f"{root(owner)}audit/").status_code == 403


def test_another_workspace_answers_like_a_missing_one(client, owner):
    foreign = make_user()
    member = foreign.memberships.get()
    client.raise_request_exception = False
    for act in ["", "audit/", *ACTS, *ASKED]:
        path = act.format(member=member.pk)
        answers = [
            (client.get(base + path), client.post(base + path))
            for base in (root(foreign), f"/account/team/{uuid4()}/")
        ]
        (got, posted), (got_missing, posted_missing) = answers
        assert got.status_code in (404, 405)
        assert posted.status_code in (404, 405)
        assert got.content == got_missing.content
        assert posted.content == posted_missing.content
    # A member of another team, asked for below one's own.
    assert client.get(f"{root(owner)}members/{member.pk}/remove/").status_code == 404


def test_the_logged_out_are_sent_to_the_login(owner):
    for act in ["", "audit/", *ACTS, *ASKED]:
        url = root(owner) + act.format(member=1)
        assert Client().get(url).url.startswith("/account/login/")


def test_acts_are_noted_with_who_when_and_where(client, owner):
    invite(client, owner, REMOTE_ADDR="203.0.113.9")
    entry = AuditEntry.objects.get()
    assert (entry.actor_email, entry.act, entry.target, entry.remote_address) == (
        "ann@example.com",
        "member_invited",
        "bob@example.com",
        "203.0.113.9",
    )
    page = client.get(f"{root(owner)}audit/").content.decode()
    assert "203.0.113.9" in page
    nothing = client.get(f"{root(owner)}audit/?act=exported").content.decode()
    assert "Nothing fits" in nothing
    assert client.get(f"{root(owner)}audit/?who=%00&page=x").status_code == 200


def test_no_link_and_no_secret_is_kept_in_a_row_or_the_queue(client, owner):
    invite(client, owner)
    secret = Invitation.objects.get().secret
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s',
                           [f"%{secret}%"])  # fmt: skip
            assert cursor.fetchone() == (0,), table


def test_names_are_shown_as_text(client, owner):
    bob = add(owner, Role.VIEWER)
    User.objects.filter(pk=bob.user_id).update(name="<script>alert(1)</script>")
    client.post(f"{root(owner)}name/", {"name": "<b>Shop</b>"})
    page = client.get(root(owner)).content.decode()
    assert "<script>alert" not in page
    assert "<b>Shop" not in page
    assert "&lt;b&gt;Shop" in page


def test_a_viewer_of_one_store_reaches_the_team_page(client):
    store = make_store()
    viewer = make_viewer(store)
    client.force_login(viewer)
    page = client.get("/account/team/", follow=True).content.decode()
    assert owner_of(store).email in page
