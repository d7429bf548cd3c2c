"""Staff pages of people, workspaces, API tokens and workers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hiwelink.accounts.models import ApiToken, Membership, User, Workspace
from hiwelink.worker.models import WorkerHeartbeat
from tests.factories import (
    PASSWORD,
    make_store,
    make_token,
    make_user,
    workspace_of,
)
from tests.staff import (
    INLINE,
    list_path,
    make_staff,
    make_superuser,
    models_of,
    run_action,
)

pytestmark = pytest.mark.django_db
MODELS = [User, Workspace, Membership, ApiToken, WorkerHeartbeat]


@pytest.fixture
def staff(client):
    client.force_login(make_superuser())
    return client


def fill(number):
    user = make_user(f"merchant{number}@shop.example")
    make_token(user)
    make_store(user)
    WorkerHeartbeat.objects.create(host=f"host{number}", seen_at=timezone.now())
    return user


def change_path(row):
    return f"{list_path(type(row))}{row.pk}/change/"


def user_form(user, **fields):
    """What the page of `user` sends back unchanged, and `fields`."""
    membership = user.memberships.get()
    return {
        "email": user.email,
        "name": user.name,
        "time_zone": user.time_zone,
        "is_active": "on",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": membership.pk,
        "memberships-0-user": user.pk,
        "memberships-0-workspace": membership.workspace_id,
        "memberships-0-role": membership.role,
    } | fields


@pytest.mark.parametrize(
    "change",
    [{"memberships-0-role": "editor"}, {"memberships-0-DELETE": "on"}],
    ids=["made an editor", "removed"],
)
def test_a_workspace_keeps_its_last_owner(staff, change):
    user = make_user("anna@shop.example")
    answer = staff.post(change_path(user), user_form(user, **change))
    assert "anna@shop.example is the last owner of" in answer.content.decode()
    assert user.memberships.get().role == "owner"
    other = user.workspaces.get().memberships.create(user=make_user(), role="owner")
    assert staff.post(change_path(user), user_form(user, **change)).status_code == 302
    left = other.workspace.memberships.filter(role="owner").values_list("pk", flat=True)
    assert list(left) == [other.pk]


def test_the_last_owner_is_kept_on_the_page_of_the_membership_too(staff):
    membership = fill(1).memberships.get()
    page = change_path(membership)
    form = {
        "user": membership.user_id,
        "workspace": membership.workspace_id,
        "role": "viewer",
    }
    assert "is the last owner of" in staff.post(page, form).content.decode()
    assert staff.get(page.replace("/change/", "/delete/")).status_code == 403
    membership.workspace.memberships.create(user=make_user(), role="owner")
    assert staff.post(page, form).status_code == 302


@pytest.mark.parametrize(
    ("first", "second"), [("editor", "viewer"), ("editor", "owner")]
)
def test_members_of_a_workspace_are_judged_together(staff, first, second):
    """Two owners at once leave none; one makes way for the other."""
    own = make_user("anna@shop.example").memberships.get()
    role = "viewer" if second == "owner" else "owner"
    other = own.workspace.memberships.create(user=make_user(), role=role)
    form = {
        "name": own.workspace.name,
        "memberships-TOTAL_FORMS": "2",
        "memberships-INITIAL_FORMS": "2",
    }
    for number, (membership, role) in enumerate([(own, first), (other, second)]):
        form |= {
            f"memberships-{number}-id": membership.pk,
            f"memberships-{number}-user": membership.user_id,
            f"memberships-{number}-workspace": membership.workspace_id,
            f"memberships-{number}-role": role,
        }
    answer = staff.post(change_path(own.workspace), form)
    kept = own.workspace.memberships.filter(role="owner")
    if second == "owner":
        assert answer.status_code == 302
        assert kept.get() == other
    else:
        assert "is the last owner of" in answer.content.decode()
        assert kept.count() == 2


def test_every_model_has_a_list():
    assert set(models_of("accounts", "worker")) == set(MODELS)


def test_the_front_page_says_where_one_is(staff):
    page = staff.get("/admin/").content.decode()
    assert "HiWelink staff" in page
    assert not INLINE.findall(page)


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_open_without_inline_code(staff, model):
    fill(1)
    row = model.objects.order_by("-pk").first()
    paths = [list_path(model), f"{list_path(model)}?q=shop"]
    if model is not ApiToken:
        paths += [change_path(row), f"{list_path(model)}{row.pk}/history/"]
    for path in paths:
        answer = staff.get(path)
        assert answer.status_code == 200, path
        assert not INLINE.findall(answer.content.decode()), path


@pytest.mark.parametrize("model", MODELS)
def test_a_list_asks_as_often_for_many_rows_as_for_one(
    staff, model, django_assert_max_num_queries
):
    fill(0)
    with CaptureQueriesContext(connection) as few:
        staff.get(list_path(model))
    for number in range(1, 6):
        fill(number)
    with django_assert_max_num_queries(len(few)):
        staff.get(list_path(model))


@pytest.mark.parametrize("model", MODELS)
def test_only_staff_with_the_right_gets_in(client, model):
    fill(1)
    client.force_login(make_user())
    assert client.get(list_path(model))["Location"].startswith("/admin/login/")
    client.force_login(make_staff())
    assert client.get(list_path(model)).status_code == 403
    client.force_login(make_staff(f"view_{model._meta.model_name}"))
    assert client.get(list_path(model)).status_code == 200


# --- Logging in -----------------------------------------------------------------------


def test_staff_log_in_by_address_in_any_case_and_merchants_do_not(client):
    make_superuser()
    make_user("ann@example.com")
    form = {"username": "ann@example.com", "password": PASSWORD}
    answer = client.post("/admin/login/", form)
    assert "not those of a staff account" in answer.content.decode()
    form["username"] = "STAFF@example.com"
    assert client.post("/admin/login/?next=/admin/", form).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_the_staff_login_locks_too(client):
    make_superuser()
    form = {"username": "staff@example.com", "password": "wrong"}
    for number in range(10):
        client.post("/admin/login/", form, HTTP_X_FORWARDED_FOR=f"8.8.8.{number}")
    answer = client.post("/admin/login/", form | {"password": PASSWORD})
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()


# --- People ---------------------------------------------------------------------------


def test_a_person_made_here_can_log_in_and_has_a_workspace(staff):
    form = {
        "email": " New@Example.com",
        "name": "New",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    answer = staff.post("/admin/accounts/user/add/", form)
    user = User.objects.get(email="new@example.com")
    assert answer["Location"] == f"/admin/accounts/user/{user.pk}/change/"
    assert workspace_of(user).name == "New's workspace"
    assert not user.is_staff
    browser = Client()
    login = {"username": "new@example.com", "password": PASSWORD}
    assert browser.post("/account/login/", login).status_code == 302
    assert browser.get("/dashboard/").status_code == 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "TAKEN@example.com"}, "already exists"),
        ({"email": "no"}, "valid email"),
        ({"password2": "other"}, "match"),
        ({"password1": "123", "password2": "123"}, "too short"),
    ],
)
def test_what_cannot_be_a_person_is_said(staff, fields, words):
    make_user("taken@example.com")
    form = {"email": "a@b.example", "password1": PASSWORD, "password2": PASSWORD}
    answer = staff.post("/admin/accounts/user/add/", form | fields)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert User.objects.count() == 2


def test_a_person_is_closed_and_renamed(staff):
    user = make_user("ann@example.com")
    form = user_form(user, email="Anna@Example.com", name="Anna")
    del form["is_active"]
    assert staff.post(change_path(user), form).status_code == 302
    user.refresh_from_db()
    assert (user.email, user.name) == ("anna@example.com", "Anna")
    assert not user.is_active
    assert user.check_password(PASSWORD)


def test_a_new_password_is_set_on_a_page_of_its_own(staff):
    user = make_user()
    path = f"/admin/accounts/user/{user.pk}/password/"
    page = staff.get(path).content.decode()
    assert not INLINE.findall(page)
    new = "another long battery"
    form = {"password1": new, "password2": new, "usable_password": "true"}
    assert staff.post(path, form).status_code == 302
    user.refresh_from_db()
    assert user.check_password(new)


def test_staff_do_not_raise_themselves(client):
    me = make_staff("view_user", "change_user", "view_membership", "change_membership")
    client.force_login(me)
    form = user_form(me, is_staff="on", is_superuser="on", name="Me")
    assert client.post(change_path(me), form).status_code == 302
    me.refresh_from_db()
    assert (me.name, me.is_staff, me.is_superuser) == ("Me", True, False)
    boss = make_superuser()
    assert client.post(change_path(boss), {"email": "x@y.example"}).status_code == 403
    path = f"/admin/accounts/user/{boss.pk}/password/"
    form = {"password1": "stolen battery", "password2": "stolen battery"}
    assert client.post(path, form).status_code == 403
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)


def test_who_owns_stores_is_not_deleted_and_others_are(staff):
    owner, other = fill(1), make_user()
    for user, status in ((owner, 403), (other, 302)):
        path = f"/admin/accounts/user/{user.pk}/delete/"
        assert staff.post(path, {"post": "yes"}).status_code == status
    assert User.objects.filter(pk=owner.pk).exists()
    assert not User.objects.filter(pk=other.pk).exists()


# --- Tokens ---------------------------------------------------------------------------


def test_tokens_show_their_beginning_and_neither_hash_nor_more(staff):
    user = make_user()
    make_token(user)
    token = ApiToken.objects.get()
    for path in (
        list_path(ApiToken),
        f"{list_path(ApiToken)}?user__id__exact={user.pk}",
        change_path(user),
        f"/admin/accounts/user/{user.pk}/delete/",
    ):
        answer = staff.get(path)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert token.digest not in page
        assert token.token_key[:7] not in page
    assert token.token_key[:6] in staff.get(list_path(ApiToken)).content.decode()
    assert staff.get(f"{list_path(ApiToken)}{token.pk}/change/").status_code == 404
    assert staff.get(f"{list_path(ApiToken)}add/").status_code == 404


def test_all_tokens_of_a_person_are_revoked_at_once(staff):
    user, other = make_user(), make_user()
    headers = [make_token(user), make_token(user)]
    kept = make_token(other)
    assert "API tokens revoked: 2." in run_action(staff, User, "revoke_tokens", user)
    for header in headers:
        assert Client().get("/api/v1/stores/", **header).status_code == 401
    assert Client().get("/api/v1/stores/", **kept).status_code == 200
    history = staff.get(f"/admin/accounts/user/{user.pk}/history/").content.decode()
    assert "Revoked API tokens: 2." in history


# --- Workspaces and workers -----------------------------------------------------------


def test_a_workspace_says_whose_it_is_and_leads_to_its_stores(staff):
    user = fill(1)
    workspace = workspace_of(user)
    page = staff.get(list_path(Workspace)).content.decode()
    assert user.email in page
    stores = f"/admin/commerce/store/?workspace__id__exact={workspace.pk}"
    assert f'<a href="{stores}">1</a>' in page
    assert staff.get(stores).status_code == 200


def test_a_silent_worker_is_seen_to_be_silent(staff):
    now = timezone.now()
    WorkerHeartbeat.objects.create(host="alive", seen_at=now)
    dead = WorkerHeartbeat.objects.create(
        host="silent", seen_at=now - timedelta(minutes=2)
    )
    page = staff.get(list_path(WorkerHeartbeat)).content.decode()
    assert page.count('alt="True"') == page.count('alt="False"') == 1
    assert staff.post(change_path(dead), {"host": "other"}).status_code == 403
    path = f"{list_path(WorkerHeartbeat)}{dead.pk}/delete/"
    assert staff.post(path, {"post": "yes"}).status_code == 302
