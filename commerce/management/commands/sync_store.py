"""manage.py sync_store: fetch a store's products and orders now."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commerce.models import Resource, RunStatus, Store, SyncRun
from commerce.services.sync import next_runs, start_runs
from commerce.tasks import NOTHING_TO_DO, queue_next, sync_slice

WATCH_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Fetch the products and orders of one store now. Without --wait the sync is "
        "queued for the worker (manage.py worker) and the command returns at once. "
        "With --wait it runs here: a line tells of each step, and the exit status is "
        "0 only when everything was stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "store_id",
            metavar="STORE_ID",
            help="the store's id, as the API and the address of its dashboard page "
            "show it, such as 6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11",
        )
        parser.add_argument(
            "--resource",
            choices=[*Resource.values, "all"],
            default="all",
            help="what to fetch (default: all)",
        )
        parser.add_argument(
            "--wait",
            action="store_true",
            help="sync in this process, without a worker, and wait for the outcome",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        store = find_connected(options["store_id"])
        asked = options["resource"]
        resources = tuple(Resource.values) if asked == "all" else (asked,)
        runs = [run for run, _ in start_runs(store, resources=resources)]
        if not options["wait"]:
            queue_next(store.pk)
            for run in runs:
                self.stdout.write(f"{run.resource}: queued as sync run {run.uid}")
            return
        try:
            for run in runs:
                self.finish(run)
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted. What was stored is kept; a worker goes on with the rest."
            ) from None
        missed = [run for run in runs if run.status != RunStatus.SUCCEEDED]
        if missed:
            ends = ", ".join(f"{run.resource} {run.status}" for run in missed)
            raise CommandError(f"The sync did not succeed: {ends}.")

    def finish(self, run: SyncRun) -> None:
        """Work on the run, or watch the worker that does, until it has ended."""
        self.stdout.write(f"{run.resource}: sync run {run.uid}")
        told = ""
        while run.is_active:
            # Not always this one: products go before orders, whoever started them.
            due = next_runs(run.store_id)
            if not due or sync_slice(due[0].pk) == NOTHING_TO_DO:
                time.sleep(WATCH_SECONDS)
            run.refresh_from_db()
            told = self.tell(progress_of(run), told)
        self.tell(outcome_of(run), "")

    def tell(self, line: str, told: str) -> str:
        """Write a line unless it was the last one told."""
        if line != told:
            self.stdout.write(line)
        return line


def find_connected(store_id: str) -> Store:
    """The store of that id. Raises CommandError with what is wrong."""
    try:
        uid = UUID(store_id)
    except ValueError:
        raise CommandError(f"{store_id!r} is not a store's id, a UUID.") from None
    store = Store.objects.filter(uid=uid, deleting_at__isnull=True).first()
    if store is None:
        raise CommandError(f"There is no store with the id {uid}.")
    if not store.is_connected:
        raise CommandError(f"{store} is disconnected. Reconnect it, then sync.")
    return store


def progress_of(run: SyncRun) -> str:
    of_total = f" of {run.pages_total}" if run.pages_total else ""
    line = (
        f"{run.resource}: {run.pages_fetched}{of_total} pages, "
        f"{run.records_read} records"
    )
    if run.not_before is not None:
        line += f", waiting until {run.not_before:%H:%M:%S} UTC as the store asked"
    return line


def outcome_of(run: SyncRun) -> str:
    line = (
        f"{run.resource}: {run.status}. {run.created} created, {run.updated} updated, "
        f"{run.unchanged} unchanged, {run.skipped} skipped, {run.deleted} deleted."
    )
    return f"{line} {run.error_detail}".strip()
