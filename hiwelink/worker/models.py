"""Proof that background tasks are being executed."""

from django.db import models


class WorkerHeartbeat(models.Model):
    """The last time a worker process began a task; one row a machine."""

    host = models.CharField(max_length=255, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host} at {self.seen_at:%H:%M:%S}"
