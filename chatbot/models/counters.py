"""Counts that hold over processes: how often somebody asked, guessed, or cost money."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    """How often something happened before `expires_at`; then it begins anew.

    `key` is a keyed hash: no network address or order number can be read from it.
    """

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.count}"
