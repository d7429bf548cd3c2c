"""What a merchant must be told about a store, and whether the letter went."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from commerce.models.stores import Store
from commerce.models.sync import SyncRun


class NoticeKind(models.TextChoices):
    FAILING = "failing", "Sync failing"
    DELETIONS_HELD = "deletions_held", "Deletions held back"


class Notice(models.Model):
    """A trouble that lasts. It goes when the trouble does, and may come anew then."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=16, choices=NoticeKind.choices)
    # The run that shows it, the newest one.
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    # Users written to already: a letter that failed half way is not sent to them again.
    told = models.JSONField(default=list, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind"], name="notice_one_of_a_kind"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(sent_at__isnull=True),
                name="notice_unsent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.store}"
