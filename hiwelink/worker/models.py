"""Proof that background tasks are being executed, and those that wait only once."""

from django.db import models


class WorkerHeartbeat(models.Model):
    """The last time a worker began a task.

    host: the machine's name and the process number of its `manage.py worker`.
    """

    host = models.CharField(max_length=255, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host} at {self.seen_at:%H:%M:%S}"


class WaitingTask(models.Model):
    """A task that `queue_once` put on the queue and that has not begun."""

    key = models.CharField(max_length=190, unique=True)
    queued_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
