import gc
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class WorkerConfig(AppConfig):
    name = "hiwelink.worker"
    label = "worker"
    verbose_name = "Background work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_q.signals import pre_execute

        from hiwelink.worker.heartbeat import note_task

        # What is loaded by now stays: no collection has to look at it again, and the
        # processes that are forked later share it.
        gc.freeze()
        post_migrate.connect(keep_schedules, sender=self)
        pre_execute.connect(note_task)


def keep_schedules(**_: Any) -> None:
    from hiwelink.worker.schedules import ensure_schedules

    ensure_schedules()
