"""manage.py sync_store: sync one store now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commerce.models import Resource, RunStatus, Store
from commerce.services.sync import next_runs, start_runs
from commerce.tasks import queue_next, sync_slice


class Command(BaseCommand):
    help = (
        "Sync the products and orders of one store. The store's id is the one the API "
        "and the address of its dashboard page show."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("store_id", type=UUID, help="the store's id, a UUID")
        parser.add_argument(
            "--resource", choices=[*Resource.values, "all"], default="all"
        )
        parser.add_argument(
            "--wait",
            action="store_true",
            help="sync in this process and fail unless everything was stored; "
            "without it, the worker syncs",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        store = Store.objects.filter(
            uid=options["store_id"], deleting_at__isnull=True
        ).first()
        if store is None:
            raise CommandError("There is no store with this id.")
        if not store.is_connected:
            raise CommandError("The store is disconnected. Reconnect it first.")
        asked = options["resource"]
        resources = tuple(Resource.values) if asked == "all" else (asked,)
        runs = [run for run, _ in start_runs(store, resources=resources)]
        if not options["wait"]:
            queue_next(store.pk)
            self.stdout.write("Queued: " + ", ".join(str(run.uid) for run in runs))
            return
        while due := next_runs(store.pk):
            self.stdout.write(sync_slice(due[0].pk))
        for run in runs:
            run.refresh_from_db()
            if run.status != RunStatus.SUCCEEDED:
                raise CommandError(f"{run.resource} {run.status}: {run.error_detail}")
