"""manage.py reembed_store: make a store's search index anew."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chatbot.embedders.base import EmbedderAway, EmbedderRefused
from chatbot.tasks import index_store
from chatbot.vectors import request_rebuild
from commerce.models import Store


class Command(BaseCommand):
    help = (
        "Make the search index of one store anew: the words and the vectors of every "
        "product. The index answers as before until that is done. Without --wait the "
        "work is left to the worker (manage.py worker) and the command returns at "
        "once; with --wait it is done here."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "store_id",
            metavar="STORE_ID",
            help="the store's id, as the API and the address of its dashboard page "
            "show it, such as 6f1c1f6e-0c57-4a0c-9d3f-2f8f8b0d5c11",
        )
        parser.add_argument(
            "--wait",
            action="store_true",
            help="index in this process, without a worker, and wait for the end",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        store = find_store(options["store_id"])
        request_rebuild(store)
        if not options["wait"]:
            self.stdout.write(f"{store}: queued.")
            return
        try:
            self.stdout.write(f"{store}: {index_store(store.pk)}.")
        except (EmbedderAway, EmbedderRefused) as error:
            raise CommandError(
                f"{error} The words of every product are indexed; the worker goes on "
                "with the vectors."
            ) from None


def find_store(store_id: str) -> Store:
    """The store of that id. Raises CommandError with what is wrong."""
    try:
        uid = UUID(store_id)
    except ValueError:
        raise CommandError(f"{store_id!r} is not a store's id, a UUID.") from None
    store = Store.objects.filter(uid=uid, deleting_at__isnull=True).first()
    if store is None:
        raise CommandError(f"There is no store with the id {uid}.")
    return store
