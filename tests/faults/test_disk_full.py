"""The database's disk full: what cannot be stored is not answered 200, and once there is
room everything goes on by itself.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress

import pytest
import requests

from tests.faults.installation import Installation
from tests.faults.merchant import Merchant, send_event
from tests.hiwelink.embedded_postgres.users import wait_until
from tests.stores import MisbehavingStore, make_products

pytestmark = pytest.mark.slow
DISK_MEGABYTES = 300
MEBI = 1 << 20


@pytest.fixture
def here():
    if os.geteuid() != 0 and not os.environ.get("CI"):
        pytest.skip("only root may mount a small disk")
    with Installation(
        disk_megabytes=DISK_MEGABYTES, WORKERS=1, WEB_WORKERS=1
    ) as installation:
        yield installation


def fill_disk(here: Installation) -> None:
    """Write until nothing more goes in."""
    with (here.home / "filler").open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(MEBI // 16))


def test_a_full_disk_loses_nothing_that_was_answered_and_heals(here):
    web, _ = here.start_web(), here.start_worker()
    merchant = Merchant(here)
    with MisbehavingStore(products=make_products(20), orders=[]) as remote:
        store = merchant.connect(web.url, remote, sync_interval_minutes=None)
        here.wait_for_syncs(60)
        acknowledged: list[str] = []

        def send() -> requests.Response | None:
            """An event that needs room: it cannot be compressed."""
            name = f"e{len(acknowledged)}"
            text = secrets.token_hex(60_000)
            data = {"id": name, "name": f"Name of {name}", "description": text}
            with suppress(requests.RequestException):
                answer = send_event(web.url, store["store_token"], data)
                if answer.status_code == 200:
                    acknowledged.append(name)
                return answer
            return None

        assert send().status_code == 200
        fill_disk(here)
        refused: list[requests.Response] = []
        for _ in range(400):
            answer = send()
            if answer is None or answer.status_code != 200:
                refused.append(answer)
            if len(refused) == 5:
                break
        assert len(refused) == 5, "there was room after all"
        for answer in refused:  # to be sent again, as the published stores do
            assert answer.status_code == 500
            assert answer.headers["Retry-After"]
        assert web.status_of("/healthz") == 200

        (here.home / "filler").unlink()
        wait_until(lambda: (answer := send()) is not None and answer.ok, 90, every=0.2)
        wait_until(lambda: web.status_of("/readyz") == 200, 60, every=0.2)
        ids = {row.external_id for row in here.sql("SELECT * FROM commerce_product")}
        assert ids >= set(acknowledged)
        remote.products += make_products(1, first=500)
        merchant.tell(web.url, f"stores/{store['id']}/sync/", {"resource": "products"})
        here.wait_for_syncs(60)
        products = merchant.ask(web.url, f"stores/{store['id']}/products/?search=500")
        assert [product["id"] for product in products["results"]] == ["prod_500"]
        assert here.keeper.poll() is None
