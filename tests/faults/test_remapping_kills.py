"""kill -9 in the middle of a re-mapping, while pages are written: nothing is lost."""

import subprocess
import sys

import pytest

from tests.faults.installation import Installation
from tests.hiwelink.embedded_postgres.users import PROJECT, wait_until

pytestmark = pytest.mark.slow
PRODUCTS = 6_000
KILLS = 4

PREPARE = """
import django, uuid
django.setup()
from datetime import timedelta
from django.utils import timezone
from commerce.services.catalog import Writer, save_records
from commerce.services.store_settings import update_store
from commerce.tasks import remap_slice
from hiwelink.worker.queue import queue
from tests.factories import make_store, make_user
store = make_store(make_user(f"{uuid.uuid4()}@example.com"))
records = [
    {"id": n, "name": f"Name {n}", "headline": f"Headline {n}", "code": f"c-{n}"}
    for n in range(%(products)s)
]
for first in range(0, len(records), 100):
    save_records(
        store, "products", records[first : first + 100],
        observed_at=timezone.now() - timedelta(hours=1), writer=Writer("sync_run"),
    )
update_store(store, {"field_mappings": {"products": {"name": "headline", "id": "code"}}})
queue(remap_slice, store.pk)
"""
# Pages of newer records, one after the other, for as long as the re-mapping goes on.
WRITE = """
import django
django.setup()
from django.utils import timezone
from commerce.models import Remap, Store
from commerce.services.catalog import Writer, save_records
store = Store.objects.get()
first = 0
while first < %(products)s:
    save_records(
        store, "products",
        [{"id": n, "headline": f"Newer {n}", "code": f"c-{n}"}
         for n in range(first, first + 100, 10)],
        observed_at=timezone.now(), writer=Writer("sync_run"),
    )
    first += 100
"""
SWEEP = "import django; django.setup(); from commerce.tasks import sweep; sweep()"


def test_four_kills_amid_writing_leave_every_record_mapped_once():
    with Installation(
        SYNC_REQUEST_SECONDS=1, SYNC_LEASE_SECONDS=1.5, WORKERS=2
    ) as here:
        values = {"products": PRODUCTS}
        here.python("-c", PREPARE % values)
        worker = here.start_worker()
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITE % values], cwd=PROJECT, env=here.environment
        )
        for kill in range(1, KILLS + 1):
            # The last well before the end: a kill takes a moment to arrive.
            done = PRODUCTS * kill // (2 * KILLS)
            wait_until(lambda done=done: remap_of(here).done >= done, 60, every=0.02)
            worker.kill()
            assert remap_of(here).finished_at is None
            worker = here.start_worker()
            wait_until(lambda: remap_of(here).lease_ended, 10, every=0.1)
            here.python("-c", SWEEP)
        wait_until(lambda: remap_of(here).finished_at, 60, every=0.1)
        assert writer.wait(60) == 0
        products = here.sql(
            "SELECT external_id, name, raw->>'id' AS id FROM commerce_product"
            " WHERE deleted_at IS NULL"
        )
        assert len(products) == PRODUCTS
        for product in products:
            number = int(product.id)
            newer = "Newer" if number % 10 == 0 else "Headline"
            assert product.name == f"{newer} {number}"
            assert product.external_id == f"c-{number}"
        remap = remap_of(here)
        assert (remap.done, remap.skipped) == (PRODUCTS, 0)


def remap_of(here: Installation):
    return here.sql(
        "SELECT done, skipped, finished_at,"
        " coalesce(lease_until < now(), true) AS lease_ended FROM commerce_remap"
    )[0]
