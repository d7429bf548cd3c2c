"""What the queue does by itself, and how often."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django_q.models import Schedule

# django-q schedules by the minute; two half a minute apart find lost work in time.
EVERY_MINUTE = {
    "sweep": ("commerce.tasks.sweep", 0),
    "sweep again": ("commerce.tasks.sweep", 30),
    "sweep webhooks": ("webhooks.tasks.sweep", 15),
    "prune conversations": ("chatbot.tasks.prune", 45),
}
EVERY_HOUR = {
    "prune syncs": ("commerce.tasks.prune", 75),
    "prune notes": ("hiwelink.operations.pruning.prune", 105),
}


def ensure_schedules() -> None:
    """Make the rows django-q reads; safe to repeat, run after every migration."""
    for minutes, schedules in ((1, EVERY_MINUTE), (60, EVERY_HOUR)):
        for name, (task, offset_seconds) in schedules.items():
            Schedule.objects.get_or_create(
                name=name,
                defaults={
                    "func": task,
                    "schedule_type": Schedule.MINUTES,
                    "minutes": minutes,
                    "next_run": timezone.now() + timedelta(seconds=offset_seconds),
                },
            )
    Schedule.objects.exclude(name__in=[*EVERY_MINUTE, *EVERY_HOUR]).delete()
