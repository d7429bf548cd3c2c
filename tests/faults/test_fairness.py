"""Fewer workers than big stores: nobody waits long."""

import pytest

from tests.faults.installation import Installation
from tests.hiwelink.embedded_postgres.users import wait_until
from tests.stores import MisbehavingStore, make_products

pytestmark = pytest.mark.slow

RUN = """
SELECT status, pages_fetched, created,
    extract(epoch FROM coalesce(finished_at, now()) - created_at) AS seconds
FROM commerce_syncrun WHERE store_id = %s
"""


def test_a_store_of_50_is_done_in_seconds_beside_two_of_50_000_and_one_worker():
    products = make_products(50_000)
    with (
        Installation(WORKERS=1) as here,
        MisbehavingStore(products=products) as big,
        MisbehavingStore(products=products) as bigger,
        MisbehavingStore(products=products[:50]) as small,
    ):
        here.start_worker()
        big_id, bigger_id = here.connect(big, bigger)
        wait_until(lambda: here.sql(RUN, bigger_id)[0].pages_fetched, 60, every=0.1)
        (small_id,) = here.connect(small)
        wait_until(lambda: here.sql(RUN, small_id)[0].status == "succeeded", every=0.1)
        done = here.sql(RUN, small_id)[0]
        others = [here.sql(RUN, store_id)[0] for store_id in (big_id, bigger_id)]
    assert done.created == 50
    assert done.seconds < 15  # two slices of the others, of some 3 s each
    assert [run.status for run in others] == ["running", "running"]
    pages = sorted(run.pages_fetched for run in others)
    assert pages[1] < 4 * pages[0] + 100  # they take turns
