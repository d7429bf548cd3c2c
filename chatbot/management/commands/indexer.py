"""manage.py indexer: keeps the search index of every store."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from chatbot.indexer import Indexer


class Command(BaseCommand):
    help = (
        "Keep the search index of every store up to date. `manage.py worker` runs it; "
        "start more of them on other machines if embedding is too slow."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        Indexer(stop).run()
