"""Proof that background tasks are being executed."""

from django.db import models


class WorkerHeartbeat(models.Model):
    """The last time a worker began a task.

    host: the machine's name and the process number of its `manage.py worker`.
    """

    host = models.CharField(max_length=255, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host} at {self.seen_at:%H:%M:%S}"
