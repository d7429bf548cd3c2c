"""What the worker calls for teams."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from hiwelink.teams.models import Invitation
from hiwelink.teams.services.invitations import VALID_DAYS


def send_invitation(invitation_id: int) -> str:
    """Write to whom was invited. The link works for them alone."""
    invitation = (
        Invitation.objects.filter(pk=invitation_id)
        .select_related("workspace", "invited_by")
        .first()
    )
    if invitation is None:
        return "withdrawn"
    path = reverse("invitation", args=[invitation.uid, invitation.secret])
    text = render_to_string(
        "teams/invitation_email.txt",
        {
            "invitation": invitation,
            "url": settings.PUBLIC_BASE_URL + path,
            "days": VALID_DAYS,
        },
    )
    send_mail(
        "You are invited to a HiWelink workspace",
        text,
        None,
        [invitation.email],
    )
    return "sent"
