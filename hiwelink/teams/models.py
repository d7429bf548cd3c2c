"""Who was asked into a workspace, and what was done in it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from hiwelink.accounts.models import Role, User, Workspace


class Invitation(models.Model):
    """A letter that lets the owner of an e-mail address join a workspace, once."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)  # lower case
    role = models.CharField(max_length=10, choices=Role.choices)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "email"], name="invitation_workspace_email"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} into {self.workspace}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def secret(self) -> str:
        """What only the letter's link holds; a renewed invitation has another one."""
        value = f"{self.uid}:{self.created_at.isoformat()}"
        return salted_hmac("teams.invitation", value, algorithm="sha256").hexdigest()


class Act(models.TextChoices):
    """What is worth knowing afterwards who did it."""

    STORE_CONNECTED = "store_connected", "connected the store"
    STORE_DISCONNECTED = "store_disconnected", "disconnected the store"
    STORE_RECONNECTED = "store_reconnected", "reconnected the store"
    STORE_DELETED = "store_deleted", "deleted the store"
    STORE_CHANGED = "store_changed", "changed the settings of"
    CREDENTIAL_ROTATED = "credential_rotated", "replaced the credential of"
    TOKEN_ROTATED = "token_rotated", "replaced the webhook token of"
    SECRET_ROTATED = "secret_rotated", "made a new webhook secret for"
    SIGNATURES_REQUIRED = "signatures_required", "changed the signature rule of"
    DELETIONS_CONFIRMED = "deletions_confirmed", "confirmed deletions in"
    EXPORTED = "exported", "exported records of"
    REPLAYED = "replayed", "replayed webhooks of"
    CHATBOT_CREATED = "chatbot_created", "created the chatbot"
    CHATBOT_CHANGED = "chatbot_changed", "changed the chatbot"
    CHATBOT_DELETED = "chatbot_deleted", "deleted the chatbot"
    CUSTOMER_ERASED = "customer_erased", "erased a customer's data in"
    MEMBER_INVITED = "member_invited", "invited"
    INVITATION_WITHDRAWN = "invitation_withdrawn", "withdrew the invitation of"
    MEMBER_JOINED = "member_joined", "joined as"
    MEMBER_REMOVED = "member_removed", "removed"
    MEMBER_LEFT = "member_left", "left the workspace"
    ROLE_CHANGED = "role_changed", "changed the role of"
    WORKSPACE_RENAMED = "workspace_renamed", "renamed the workspace to"


class AuditEntry(models.Model):
    """One sensitive act: who, what, when, from where. Holds no secret; never edited."""

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="audit_entries", db_index=False
    )
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # As it was then: the account may be renamed or closed.
    actor_email = models.CharField(max_length=254)
    act = models.CharField(max_length=30, choices=Act.choices)
    target = models.CharField(max_length=254, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    remote_address = models.CharField(max_length=45, blank=True)
    via = models.CharField(max_length=10)  # dashboard, api or staff

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["workspace", "-id"], name="auditentry_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_email} {self.get_act_display()} {self.target}".strip()
