"""Machines whose clocks are ten minutes off, each another way: nothing is done twice,
nothing older overwrites newer, and everybody is told the truth.
"""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

import pytest
import requests

from tests.faults.installation import Installation
from tests.faults.merchant import Merchant, send_event
from tests.faults.test_kills import Doomed
from tests.hiwelink.embedded_postgres.users import wait_until
from tests.stores import make_products

pytestmark = pytest.mark.slow
SKEWED = str(Path(__file__).with_name("skewed"))
MINUTES = 60
PAGES, PER_PAGE = 12, 5


def off_by(seconds: int) -> dict[str, object]:
    return {"PYTHONPATH": SKEWED, "SKEW_SECONDS": seconds}


def test_clocks_ten_minutes_off_change_nothing():
    products = make_products(PAGES * PER_PAGE)
    doomed = Doomed({}, products=products, orders=[])
    with (
        doomed,
        Installation(SYNC_REQUEST_SECONDS=5, SYNC_LEASE_SECONDS=6, WORKERS=1) as here,
    ):
        behind = here.start_web(**off_by(-10 * MINUTES))
        ahead = here.start_worker(**off_by(10 * MINUTES))
        merchant = Merchant(here)

        def change_meanwhile() -> None:
            """While the worker of the future waits for the page that tells otherwise."""
            wait_until(lambda: holds_one(here), 20)
            newer = {"id": "prod_11", "name": "Newer", "price": 77}
            assert send_event(behind.url, store_token(here), newer).ok
            # Its lease is good for one who lives ten minutes earlier or later.
            here.start_worker(**off_by(-10 * MINUTES))
            here.start_worker()

        doomed.happenings[3] = change_meanwhile
        store = merchant.connect(
            behind.url, doomed, per_page=PER_PAGE, sync_interval_minutes=None
        )
        here.wait_for_syncs(60)
        assert doomed.pages_asked() == list(range(1, PAGES + 1))
        product = merchant.ask(behind.url, f"stores/{store['id']}/products/prod_11/")
        assert (product["name"], product["price"]) == ("Newer", "77.00")

        path = f"stores/{store['id']}/webhook-secret/"
        secret = merchant.tell(behind.url, path)["secret"]
        assert (
            sign_and_send(behind.url, store["store_token"], secret).status_code == 200
        )
        late = sign_and_send(behind.url, store["store_token"], secret, age=301)
        assert late.status_code == 401

        assert requests.get(f"{behind.url}/readyz", timeout=20).json() == {
            "status": "ok",
            "problems": [],
        }
        (beat,) = here.sql(
            "SELECT max(seen_at) < now() + interval '5 s' AS is_true"
            " FROM worker_workerheartbeat"
        )
        assert beat.is_true
        assert ahead.process.poll() is None


def holds_one(here: Installation) -> bool:
    query = "SELECT 1 FROM commerce_product WHERE external_id = 'prod_10'"
    return bool(here.sql(query))


def store_token(here: Installation) -> str:
    return str(here.sql("SELECT token FROM commerce_store")[0].token)


def sign_and_send(url, token, secret, *, age=0) -> requests.Response:
    """Send an event signed as Standard Webhooks has it, `age` seconds ago."""
    body = json.dumps({"event": "product.deleted", "data": {"id": "none"}})
    made, moment = f"msg_{age}", str(int(time.time()) - age)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{made}.{moment}.{body}".encode()
    signature = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": made,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
    }
    return requests.post(
        f"{url}/api/generic-api/webhooks/{token}/products",
        data=body,
        headers=headers,
        timeout=20,
    )
