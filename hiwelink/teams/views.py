"""The team page of a workspace, its audit log, and answering an invitation."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from hiwelink.accounts.limits import over_limit
from hiwelink.accounts.models import Membership, Role, User, Workspace
from hiwelink.teams.forms import InviteForm, RoleForm, WorkspaceForm
from hiwelink.teams.models import Act, AuditEntry
from hiwelink.teams.services import invitations, members
from hiwelink.teams.services.audit import record_act
from hiwelink.teams.tasks import send_invitation
from hiwelink.worker.queue import queue

INVITATIONS_AN_HOUR = 30
PAGE = 50
OWNERS_ONLY = (
    "Only an owner of this workspace may change its team. Ask one of them; the team "
    "page lists them."
)
LAST_OWNER = (
    "This is the workspace's last owner. Make somebody else an owner first, so that the "
    "workspace belongs to somebody."
)


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


def membership_or_404(request: HttpRequest, uid: UUID) -> Membership:
    """Return the visitor's place in a workspace; any other does not exist."""
    membership = (
        person(request)
        .memberships.filter(workspace__uid=uid)
        .select_related("workspace")
        .first()
    )
    if membership is None:
        raise Http404
    return membership


def owned_or_403(request: HttpRequest, uid: UUID) -> Membership:
    membership = membership_or_404(request, uid)
    if membership.role != Role.OWNER:
        raise PermissionDenied(OWNERS_ONLY)
    return membership


def member_or_404(workspace: Workspace, member_id: int) -> Membership:
    member = workspace.memberships.filter(pk=member_id).select_related("user").first()
    if member is None:
        raise Http404
    return member


@login_required
@require_safe
def team_home(request: HttpRequest) -> HttpResponse:
    """The first workspace; its page leads to the others."""
    found = members.memberships_of(person(request))
    if not found:
        return render(request, "teams/none.html")
    return redirect("team", found[0].workspace.uid)


@login_required
@require_safe
def team(request: HttpRequest, uid: UUID) -> HttpResponse:
    return team_page(request, membership_or_404(request, uid))


def team_page(
    request: HttpRequest,
    own: Membership,
    *,
    invite_form: InviteForm | None = None,
    name_form: WorkspaceForm | None = None,
) -> HttpResponse:
    """The team page, with the form that could not be accepted."""
    workspace = own.workspace
    is_owner = own.role == Role.OWNER
    context = {
        "own": own,
        "is_owner": is_owner,
        "workspace": workspace,
        "all_memberships": members.memberships_of(person(request)),
        "team": workspace.memberships.select_related("user").order_by("id"),
        "invitations": workspace.invitations.select_related("invited_by")
        if is_owner
        else [],
        "roles": Role.choices,
        "invite_form": invite_form or InviteForm(),
        "name_form": name_form or WorkspaceForm(instance=workspace),
        "entries": workspace.audit_entries.all()[:10] if is_owner else [],
    }
    return render(request, "teams/team.html", context)


@login_required
@require_POST
def rename(request: HttpRequest, uid: UUID) -> HttpResponse:
    own = owned_or_403(request, uid)
    form = WorkspaceForm(
        request.POST, instance=Workspace.objects.get(pk=own.workspace_id)
    )
    if not form.is_valid():
        return team_page(request, own, name_form=form)
    workspace = form.save()
    record_act(request, workspace, Act.WORKSPACE_RENAMED, workspace.name)
    messages.success(request, "Saved.")
    return redirect("team", uid)


@login_required
@require_POST
def invite_member(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Invite, or write again to, an address."""
    own = owned_or_403(request, uid)
    form = InviteForm(request.POST)
    if form.is_valid() and over_limit(
        "invite", str(own.workspace_id), limit=INVITATIONS_AN_HOUR
    ):
        form.add_error(None, "That was many invitations. Wait an hour, then go on.")
    if not form.is_valid():
        return team_page(request, own, invite_form=form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    try:
        invitation = invitations.invite(
            own.workspace, email=email, role=role, by=person(request)
        )
    except invitations.AlreadyMember:
        form.add_error("email", "Whoever has this address is a member already.")
    except invitations.TooManyInvitations:
        form.add_error(None, "Withdraw invitations nobody answered, then invite anew.")
    if form.errors:
        return team_page(request, own, invite_form=form)
    queue(send_invitation, invitation.pk)
    record_act(request, own.workspace, Act.MEMBER_INVITED, email, f"as {role}")
    messages.success(request, f"{email} gets a letter with a link to join.")
    return redirect("team", uid)


@login_required
@require_POST
def withdraw(request: HttpRequest, uid: UUID, invitation_uid: UUID) -> HttpResponse:
    own = owned_or_403(request, uid)
    invitation = own.workspace.invitations.filter(uid=invitation_uid).first()
    if invitation is None:
        raise Http404
    invitation.delete()
    record_act(request, own.workspace, Act.INVITATION_WITHDRAWN, invitation.email)
    messages.success(request, f"The link sent to {invitation.email} works no more.")
    return redirect("team", uid)


@login_required
@require_POST
def member_role(request: HttpRequest, uid: UUID, member_id: int) -> HttpResponse:
    own = owned_or_403(request, uid)
    member = member_or_404(own.workspace, member_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose owner, editor or viewer.")
        return redirect("team", uid)
    try:
        members.change_role(member, form.cleaned_data["role"])
    except members.LastOwner:
        messages.error(request, LAST_OWNER)
        return redirect("team", uid)
    record_act(
        request,
        own.workspace,
        Act.ROLE_CHANGED,
        member.user.email,
        f"to {member.role}",
    )
    role = member.get_role_display().lower()
    messages.success(request, f"The role of {member.user.email} is {role} now.")
    return redirect("team", uid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: HttpRequest, uid: UUID, member_id: int) -> HttpResponse:
    """Ask, then end a membership; everybody may end their own."""
    own = membership_or_404(request, uid)
    member = member_or_404(own.workspace, member_id)
    is_self = member.pk == own.pk
    if not is_self:
        owned_or_403(request, uid)
    if request.method != "POST":
        context = {"own": own, "member": member, "is_self": is_self}
        return render(request, "teams/member_remove.html", context)
    try:
        members.remove_member(member)
    except members.LastOwner:
        messages.error(request, LAST_OWNER)
        return redirect("team", uid)
    act = Act.MEMBER_LEFT if is_self else Act.MEMBER_REMOVED
    record_act(request, own.workspace, act, "" if is_self else member.user.email)
    if is_self:
        messages.success(request, f"You left {own.workspace.name}.")
        return redirect("team-home")
    messages.success(request, f"{member.user.email} is no longer a member.")
    return redirect("team", uid)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_transfer(request: HttpRequest, uid: UUID, member_id: int) -> HttpResponse:
    """Ask, then hand the workspace over to a member."""
    own = owned_or_403(request, uid)
    member = member_or_404(own.workspace, member_id)
    if member.pk == own.pk:
        raise Http404
    if request.method != "POST":
        context = {"own": own, "member": member}
        return render(request, "teams/member_transfer.html", context)
    members.transfer(own.workspace, giver=own, taker=member)
    record_act(
        request, own.workspace, Act.ROLE_CHANGED, member.user.email, "handed over"
    )
    messages.success(request, f"{member.user.email} owns this workspace now.")
    return redirect("team", uid)


@login_required
@require_safe
def audit_log(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Every sensitive act, the newest first; `?act=` and `?who=` narrow it."""
    own = owned_or_403(request, uid)
    entries = AuditEntry.objects.filter(workspace=own.workspace)
    act, who = request.GET.get("act", ""), request.GET.get("who", "").strip()
    if act in Act.values:
        entries = entries.filter(act=act)
    if who := who.replace("\x00", "")[:254]:
        entries = entries.filter(actor_email__icontains=who)
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    context = {
        "workspace": own.workspace,
        "page": page,
        "acts": Act.choices,
        "act": act,
        "who": who,
    }
    return render(request, "teams/audit_log.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer_invitation(request: HttpRequest, uid: UUID, secret: str) -> HttpResponse:
    """Where the letter leads: log in or sign up with its address, then join."""
    invitation = invitations.find_invitation(uid, secret)
    if invitation is None:
        return render(request, "teams/invitation_gone.html", status=404)
    user = request.user
    is_theirs = isinstance(user, User) and user.email == invitation.email
    if request.method != "POST" or not is_theirs:
        context = {"invitation": invitation, "is_theirs": is_theirs}
        return render(request, "teams/invitation.html", context)
    membership = invitations.accept(invitation, person(request))
    record_act(request, membership.workspace, Act.MEMBER_JOINED, membership.role)
    messages.success(request, f"Welcome to {membership.workspace.name}.")
    return redirect("dashboard")
