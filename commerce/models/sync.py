"""What happened when a store was asked for its products or orders."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from commerce.models.stores import Store


class Resource(models.TextChoices):
    PRODUCTS = "products", "Products"
    ORDERS = "orders", "Orders"


class Trigger(models.TextChoices):
    INITIAL = "initial", "Initial"
    MANUAL = "manual", "Manual"
    SCHEDULED = "scheduled", "Scheduled"
    WEBHOOK = "webhook", "Webhook"
    RECONNECT = "reconnect", "Reconnect"


class RunStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    PARTIAL = "partial", "Partial"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


ACTIVE = (RunStatus.QUEUED, RunStatus.RUNNING)


class SyncRunQuerySet(models.QuerySet["SyncRun"]):
    def asking(self) -> SyncRunQuerySet:
        """Active runs that ask the store; others were sent their records."""
        return self.filter(status__in=ACTIVE, is_pushed=False)


class SyncRun(models.Model):
    """One pass over one resource of one store: a chain of leased slices."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    store = models.ForeignKey(Store, models.CASCADE, related_name="sync_runs")
    resource = models.CharField(max_length=8, choices=Resource.choices)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    # Its records came in the body of a bulk webhook; the store is not asked.
    is_pushed = models.BooleanField(default=False)
    status = models.CharField(
        max_length=10, choices=RunStatus.choices, default=RunStatus.QUEUED
    )

    pages_fetched = models.PositiveIntegerField(default=0)
    pages_total = models.PositiveIntegerField(null=True, blank=True)
    records_read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    # {code: how often}; SyncIssue rows are capped a code, this count is not.
    issue_counts = models.JSONField(default=dict, blank=True)

    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    # A line that repeats the last request, with a placeholder for the credential.
    curl = models.TextField(blank=True)

    # What the next slice starts from: the connector's paging cursor.
    cursor = models.JSONField(default=dict, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Slices started in a row that committed no page; counted here because the broker
    # redelivers for ever.
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    # RecordChange rows are capped a run.
    changes_kept = models.PositiveIntegerField(default=0)
    # How many products a brake kept from being deleted, until the merchant confirms.
    deletions_held = models.PositiveIntegerField(default=0)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["store", "resource"],
                condition=models.Q(status__in=["queued", "running"], is_pushed=False),
                name="syncrun_one_active",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="syncrun_store_newest"),
            models.Index(fields=["finished_at"], name="syncrun_finished"),
            models.Index(
                fields=["store"],
                condition=models.Q(deletions_held__gt=0),
                name="syncrun_held",
            ),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(status__in=["queued", "running"]),
                name="syncrun_active_lease",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource} of {self.store} ({self.status})"

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def progress_percent(self) -> int | None:
        """How far a running sync is, 0 to 100; None while the end is not known."""
        if not self.pages_total:
            return None
        return min(100, round(100 * self.pages_fetched / self.pages_total))

    @property
    def seconds_left(self) -> float | None:
        """How long a running sync will take at the pace it had; None when unknown."""
        known = self.started_at and self.pages_total and self.pages_fetched
        if not known or self.status != RunStatus.RUNNING or self.not_before:
            return None
        assert self.started_at and self.pages_total
        took = (timezone.now() - self.started_at).total_seconds()
        return took / self.pages_fetched * max(0, self.pages_total - self.pages_fetched)


class SyncIssue(models.Model):
    """A record that was skipped, or a value of it that could not be read as sent."""

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="issues")
    code = models.CharField(max_length=40)
    field = models.CharField(max_length=40, blank=True)
    detail = models.TextField()
    external_id = models.CharField(max_length=190, blank=True)
    is_skip = models.BooleanField(default=False)
    page = models.PositiveIntegerField()
    # 0-based place in the page.
    position = models.PositiveIntegerField()
    # The record as sent, bounded.
    record = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["run", "code"], name="syncissue_run_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.external_id}"


class ChangeKind(models.TextChoices):
    CREATED = "created", "New"
    UPDATED = "updated", "Changed"
    REVIVED = "revived", "Listed again"
    DELETED = "deleted", "Deleted"


class RecordChange(models.Model):
    """What a run changed of one record. What it created is told by the record itself."""

    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="changes", db_index=False
    )
    kind = models.CharField(max_length=8, choices=ChangeKind.choices)
    external_id = models.CharField(max_length=190)
    # The product's name or the order's number, as it is now.
    title = models.CharField(max_length=200, blank=True)
    # {field: [before, after]}, plain JSON, long values cut.
    fields = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["run", "kind", "id"], name="recordchange_run_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


class SeenRecord(models.Model):
    """An id a run has met so far; what is missing from a complete run is deleted."""

    run = models.ForeignKey(
        SyncRun, models.CASCADE, related_name="seen_records", db_index=False
    )
    external_id = models.CharField(max_length=190)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "external_id"], name="seenrecord_run_external_id"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id
