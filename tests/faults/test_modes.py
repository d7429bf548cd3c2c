"""Every store that misbehaves, synced by a real worker: what comes of it, and what it
takes. The waits between attempts are the published ones.
"""

from contextlib import ExitStack
from itertools import pairwise

import pytest

from tests.faults.installation import Installation
from tests.faults.outcomes import OUTCOMES, Outcome
from tests.stores import MODES, MisbehavingStore, make_products

MEBI = 1 << 20

RUNS = """
SELECT store_id, status, error_code, error_detail, created, skipped, deleted,
    records_read, created + updated + unchanged + skipped AS counted,
    issue_counts, extract(epoch FROM finished_at - started_at) AS seconds,
    (SELECT count(*) FROM commerce_product AS product
        WHERE product.store_id = run.store_id AND deleted_at IS NULL) AS live
FROM commerce_syncrun AS run
"""


@pytest.fixture(scope="module")
def synced():
    """{mode: (its store, its run)}, and the most memory a worker's process held."""
    with ExitStack() as stack:
        here = stack.enter_context(
            Installation(SYNC_REQUEST_SECONDS=1, SYNC_MAX_PAGES=60)
        )
        remotes = {
            mode: stack.enter_context(
                MisbehavingStore(mode, products=make_products(120))
            )
            for mode in MODES
        }
        # In the order of time they take, those that wait first.
        modes = sorted(MODES, key=lambda mode: OUTCOMES[mode].status != "failed")
        worker = here.start_worker(WORKERS=4)
        ids = here.connect(*(remotes[mode] for mode in modes), holding="absent")
        here.wait_for_syncs(but=1)  # one store asked for an hour's rest
        runs = {run.store_id: run for run in here.sql(RUNS)}
        rows = {
            mode: (remotes[mode], runs[store_id])
            for mode, store_id in zip(modes, ids, strict=True)
        }
        yield rows, worker.peak_memory()


def test_every_mode_states_what_comes_of_it():
    assert set(OUTCOMES) == set(MODES)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_a_store_that_misbehaves_ends_in_a_run_that_says_so(synced, mode):
    _, run = synced[0][mode]
    expected = OUTCOMES[mode]
    assert expected == Outcome(
        status=run.status,
        code=run.error_code,
        stored=run.live - (not run.deleted),  # what we held is still there, or gone
        removed=run.deleted,
        skipped=run.skipped,
        issues=frozenset(run.issue_counts),
        says=expected.says,
    )
    assert expected.says in run.error_detail
    assert bool(expected.says) == bool(run.error_detail)
    assert run.counted == run.records_read
    assert run.seconds is None or run.seconds < 60


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "waits"),
    [
        ("server_error", [1, 2, 4]),
        ("broken", [1, 2, 4]),
        ("rate_limited_always", [1, 2, 4]),
        ("rate_limited_once", [3]),
        ("rate_limited_nonsense", [1]),
        ("unavailable_once", [2]),
        ("rate_limited_date", [29.5]),  # a date has no fractions of a second
        ("rate_limited_long", []),
        ("unauthorized", []),
        ("redirect_other_origin", []),
        ("truncated_json", []),
    ],
)
def test_attempts_are_as_many_and_as_far_apart_as_published(synced, mode, waits):
    """Counted and timed from the store's own log."""
    log = synced[0][mode][0].asked()[: len(waits) + 1]
    gaps = [later.began_at - earlier.ended_at for earlier, later in pairwise(log)]
    assert gaps == [pytest.approx(wait, abs=0.7) for wait in waits]
    assert [request.query["page"] for request in log] == ["1"] * (len(waits) + 1)


@pytest.mark.slow
def test_no_store_makes_a_worker_grow_beyond_200_mib(synced):
    assert 50 * MEBI < synced[1] < 200 * MEBI
