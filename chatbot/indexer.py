"""The process that keeps every index: looks for work, does it, looks again.

It waits for no message, so none can be lost, pile up, or wait behind a long sync. Words
have a thread of their own: a new product is found by its words while the model is busy
with ten thousand others.
"""

from __future__ import annotations

import faulthandler
import logging
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections, connection

from chatbot.embedders import current_embedder
from chatbot.embedders.base import EmbedderAway, EmbedderRefused
from chatbot.graph import grow, growing
from chatbot.indexing import index_words, stores_to_index
from chatbot.vectors import embed_store, stale_indexes
from commerce.models import Store

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# Every product of every store is compared with its document this often, and at start:
# heals what was committed with a stamp too old for the quick look.
FULL_SECONDS = 900.0
FAILED_SECONDS = 5.0
# Tried again by itself: somebody may have added credit or mended the key.
REFUSED_SECONDS = 300.0
# A thread that does not come round for so long hangs; the process ends and is started
# again by `manage.py worker`.
HANGING_SECONDS = 300.0
# A batch cut off is a batch done again.
STOPPING_SECONDS = 10.0


class Indexer:
    """Two loops until `stop` is set."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.checked_at: dict[int, float] = {}
        self.beats: dict[str, float] = {}

    def run(self) -> None:
        threads = [
            threading.Thread(target=self.loop, args=(step,), name=step.__name__)
            for step in (self.write_words, self.write_vectors)
        ]
        for thread in threads:
            thread.daemon = True  # one that hangs must not keep the process
            thread.start()
        while not self.stop.wait(LOOK_SECONDS):
            self.watch()
        for thread in threads:
            thread.join(timeout=STOPPING_SECONDS)

    def watch(self) -> None:
        """End the process when a loop hangs, telling where."""
        for name, beat in self.beats.items():
            if time.monotonic() - beat > HANGING_SECONDS:
                logger.error("The indexer's %s hangs; ending the process.", name)
                faulthandler.dump_traceback_later(0.1, exit=True)
                time.sleep(5)

    def loop(self, step: Callable[[], float]) -> None:
        """Call `step` until stopped; it returns how many seconds to wait."""
        while not self.stop.is_set():
            self.beats[step.__name__] = time.monotonic()
            close_old_connections()
            try:
                pause = step()
            except Exception:
                logger.exception("Indexing failed; trying again.")
                pause = FAILED_SECONDS
            self.beats[step.__name__] = time.monotonic()
            self.stop.wait(pause)
        connection.close()

    def write_words(self) -> float:
        """Index the words of whatever changed; every store is compared now and then."""
        pause = LOOK_SECONDS
        for store in stores_to_index():
            if self.stop.is_set():
                return 0.0
            try:
                index_words(store)
            except Exception:  # the other stores must not wait for this one
                logger.exception("The words of store %s cannot be indexed.", store.uid)
                pause = FAILED_SECONDS
        if due := self.next_full_check():
            index_words(due, in_full=True)
        return pause

    def next_full_check(self) -> Store | None:
        """Return one store whose last full comparison is too long ago."""
        now = time.monotonic()
        for store in Store.objects.filter(deleting_at__isnull=True).order_by("pk"):
            if now - self.checked_at.get(store.pk, -FULL_SECONDS) >= FULL_SECONDS:
                self.checked_at[store.pk] = now
                return store
        return None

    def write_vectors(self) -> float:
        """Give each store that needs it one round of the model."""
        embedder = current_embedder()
        done = 0
        for index in stale_indexes(embedder.name):
            if self.stop.is_set():
                return 0.0
            self.beats["write_vectors"] = time.monotonic()
            try:
                done += embed_store(index.store, embedder)
            except EmbedderAway as error:
                logger.warning("%s Indexing by words alone meanwhile.", error)
                return error.retry_after_seconds
            except EmbedderRefused as error:
                logger.error("%s", error)
                return REFUSED_SECONDS
        for index in growing():
            done += grow(index)
        return 0.0 if done else LOOK_SECONDS
