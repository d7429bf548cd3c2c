"""The indexer in a real installation: beside busy syncs, and killed amid its work."""

from __future__ import annotations

import time

import psutil
import pytest

from tests.faults.installation import Installation, Worker
from tests.hiwelink.embedded_postgres.users import wait_until
from tests.stores import MisbehavingStore, make_products

pytestmark = pytest.mark.slow

COUNT = 400
ADD = """
import django, json, sys, time
django.setup()
from commerce.models import Store
from tests.factories import make_product
store = Store.objects.get(pk=int(sys.argv[1]))
make_product(store, sys.argv[2], name=sys.argv[3])
print(time.time())
"""


def indexer_of(worker: Worker) -> psutil.Process | None:
    for process in worker.processes():
        try:
            if "indexer" in process.cmdline():
                return process
        except psutil.Error:
            continue
    return None


def counts(here: Installation) -> tuple[int, int]:
    rows = here.sql(
        "SELECT (SELECT count(*) FROM chatbot_searchdocument) AS documents,"
        " (SELECT count(*) FROM chatbot_productvector) AS vectors"
    )
    return rows[0].documents, rows[0].vectors


def test_words_come_in_two_seconds_beside_syncs_and_kills_lose_a_batch_each():
    with (
        Installation(WORKERS=1) as here,
        MisbehavingStore("slow_first_byte", delay_seconds=25) as busy,
        MisbehavingStore(products=make_products(COUNT)) as store,
    ):
        [key] = here.connect(store)
        worker = here.start_worker()
        # Killed amid the vectors, again and again: each time most of them stay.
        for share in (0.1, 0.4, 0.7):
            wait_until(lambda s=share: counts(here)[1] >= s * COUNT, 120)
            before = counts(here)[1]
            victim = indexer_of(worker)
            victim.kill()
            wait_until(lambda v=victim: indexer_of(worker) not in (None, v), 30)
            assert counts(here)[1] >= before
            here.sql("UPDATE chatbot_searchindex SET lease_until = NULL RETURNING 1")
        wait_until(lambda: counts(here) == (COUNT, COUNT), 240)

        # The only worker now waits for a store; new words are there all the same.
        here.connect(busy)
        wait_until(lambda: worker.at_work_on(busy.port) is not None, 60)
        for number in range(3):
            name = f"Gleaming samovar{number}"
            added_at = float(here.python("-c", ADD, str(key), f"n{number}", name))
            wait_until(lambda n=number: is_indexed(here, f"samovar{n}"), 10, every=0.05)
            assert time.time() - added_at < 2.5, "0.5 s for asking through SQL"
        assert counts(here)[0] == COUNT + 3


def is_indexed(here: Installation, word: str) -> bool:
    query = "SELECT 1 FROM chatbot_searchterm WHERE word = %s"
    return bool(here.sql(query, word))
