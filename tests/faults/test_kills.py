"""kill -9 at random pages, and a database that goes down: nothing is lost or stuck."""

import os
import random
import signal

import psutil
import pytest

from tests.faults.installation import Installation, Worker
from tests.hiwelink.embedded_postgres.users import wait_until
from tests.stores import MisbehavingStore, make_products

pytestmark = pytest.mark.slow
PAGES = 240
PER_PAGE = 5
KILLS = 20

CATALOGUE = """
SELECT external_id, name, price, raw, encode(content_hash, 'hex') AS content, deleted_at
FROM commerce_product WHERE store_id = %s ORDER BY external_id
"""
STUCK = """
SELECT count(*) FROM commerce_syncrun
WHERE status = 'running' AND lease_until < now() - interval '1 minute'
"""


@pytest.fixture
def here():
    """With a lease of 1.5 s, for each kill costs one."""
    with Installation(
        SYNC_REQUEST_SECONDS=1, SYNC_LEASE_SECONDS=1.5, WORKERS=2
    ) as installation:
        yield installation


class Doomed(MisbehavingStore):
    """An honest store at whose pages something happens before they are answered."""

    def __init__(self, happenings, **options):
        super().__init__(**options)
        self.happenings = happenings  # {page: what to do}

    def answer(self, request):
        happening = self.happenings.pop(int(request.query.get("page", 0)), None)
        if happening:
            happening()
        return super().answer(request)


def kill_one(worker: Worker, port: int) -> None:
    """kill -9 the very process that asks for the page."""
    victim = worker.at_work_on(port)
    assert victim is not None
    victim.kill()


def test_twenty_kills_and_two_lost_databases_leave_an_undisturbed_catalogue(here):
    chance = random.Random(20)
    products = make_products(PAGES * PER_PAGE)
    pages = sorted(chance.sample(range(2, PAGES), KILLS + 2))
    databases = dict(zip(pages[5::11], [signal.SIGKILL, signal.SIGINT], strict=True))
    worker = here.start_worker()
    doomed = Doomed({}, products=products)
    killed = 0

    def kill() -> None:
        nonlocal worker, killed
        killed += 1
        if killed % 4:
            kill_one(worker, doomed.port)
        else:  # every process of it; somebody starts it again
            worker.kill()
            worker = here.start_worker()

    for page in pages:
        number = databases.get(page)
        doomed.happenings[page] = (
            (lambda number=number: here.kill_database(number)) if number else kill
        )
    with doomed, MisbehavingStore(products=products) as undisturbed:
        (doomed_id,) = here.connect(doomed, per_page=PER_PAGE)
        wait_until(lambda: is_done(here, doomed_id), 240, every=0.2)
        (undisturbed_id,) = here.connect(undisturbed, per_page=PER_PAGE)
        here.wait_for_syncs()
        asked = doomed.pages_asked()
    assert killed == KILLS
    assert doomed.happenings == {}
    catalogue = here.sql(CATALOGUE, doomed_id)
    assert len(catalogue) == len(products)
    assert catalogue == here.sql(CATALOGUE, undisturbed_id)
    run, other = here.sql(
        "SELECT status, pages_fetched, records_read, created, unchanged, deleted"
        " FROM commerce_syncrun ORDER BY id"
    )
    assert run == other
    assert (run.status, run.created) == ("succeeded", len(products))
    # A kill costs the page that was asked for, and no other.
    assert len(asked) <= PAGES + KILLS + 2 * 4


def is_done(here: Installation, store_id: int) -> bool:
    assert here.sql(STUCK)[0].count == 0
    status = here.sql(
        "SELECT status FROM commerce_syncrun WHERE store_id = %s", store_id
    )[0].status
    assert status != "failed"
    return status not in ("queued", "running")


def test_a_worker_that_is_frozen_writes_nothing_once_another_took_over(here):
    """SIGSTOP: it lives, holds its page and a lease that has ended."""
    products = make_products(60)
    frozen: list[psutil.Process] = []
    doomed = Doomed({}, products=products)
    worker = here.start_worker()

    def freeze() -> None:
        process = worker.at_work_on(doomed.port)
        process.send_signal(signal.SIGSTOP)
        frozen.append(process)
        doomed.products[20]["price"] = 77.5  # on page 5, which it is about to read

    doomed.happenings[3] = freeze
    with doomed:
        (store_id,) = here.connect(doomed, per_page=PER_PAGE)
        wait_until(lambda: is_done(here, store_id), 90, every=0.1)
        asked = list(doomed.pages_asked())
        os.kill(frozen[0].pid, signal.SIGCONT)
        catalogue = here.sql(CATALOGUE, store_id)
        # It goes on with the page it was given, and finds that the run is not its own.
        wait_until(lambda: worker.at_work_on(doomed.port) is None, every=0.1)
        assert doomed.pages_asked() == asked
    assert here.sql(CATALOGUE, store_id) == catalogue
    (run,) = here.sql("SELECT status, pages_fetched, created FROM commerce_syncrun")
    assert tuple(run) == ("succeeded", 12, 60)
