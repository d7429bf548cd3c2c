"""How far a store's stored records follow its changed field mappings."""

from __future__ import annotations

import uuid
from collections import Counter

from django.db import models
from django.utils import timezone

from commerce.mapping.engine import SKIP_REASONS as NOT_MAPPED
from commerce.models.stores import Store

SKIP_REASONS = NOT_MAPPED | {"duplicate_id"}


class Remap(models.Model):
    """The latest remapping of a store, its marker until every record was looked at.

    Written with the mapping itself, so that a lost message or a killed worker loses
    nothing. A mapping changed again begins it anew, under another uid.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.OneToOneField(Store, models.CASCADE, related_name="remap")

    # Live records when it began; records looked at, changed, and left as they were
    # because the new mapping finds no id or name in them.
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    # {resource: {code: how often}} of what could not be read.
    issue_counts = models.JSONField(default=dict, blank=True)
    # A code, when it was given up.
    error_code = models.CharField(max_length=40, blank=True)

    # Where the next batch starts: {"resource", "after", "renamed", "blocked"}.
    cursor = models.JSONField(default=dict, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Slices started in a row that committed no batch.
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=models.Q(finished_at__isnull=True),
                name="remap_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"remap of {self.store} ({self.done} of {self.total})"

    @property
    def is_active(self) -> bool:
        return self.finished_at is None

    @property
    def progress_percent(self) -> int:
        """How far it is, 0 to 100."""
        return round(100 * self.done / self.total) if self.total else 100

    @property
    def skip_reasons(self) -> dict[str, int]:
        """{code: how often} of what made records stay as they were."""
        counts = Counter[str]()
        for codes in self.issue_counts.values():
            counts.update({c: n for c, n in codes.items() if c in SKIP_REASONS})
        return dict(counts.most_common())
