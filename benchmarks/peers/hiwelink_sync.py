"""python -m benchmarks.peers.hiwelink_sync URL RUNS: sync a new store RUNS times.

Executes what a worker executes, without the queue's waits between slices.
"""

import json
import resource
import sys
import time

import django

django.setup()

from commerce.models import Product, Store, SyncRun
from commerce.services.sync import next_runs, start_run
from commerce.tasks import sync_slice
from tests.factories import make_store, make_user


def sync(store: Store) -> dict[str, object]:
    before = row_versions(store)
    run, _ = start_run(store, "products")
    began, cpu = time.perf_counter(), time.process_time()
    while due := next_runs(store.pk):
        sync_slice(due[0].pk)
    seconds = time.perf_counter() - began
    cpu = time.process_time() - cpu
    run = SyncRun.objects.get(pk=run.pk)
    assert run.status == "succeeded", run.error_detail
    after = row_versions(store)
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "created": run.created,
        "rewritten": sum(after[pk] != version for pk, version in before.items()),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def row_versions(store: Store) -> dict[int, str]:
    """PostgreSQL's own version of each row: it changes with every write."""
    rows = Product.objects.filter(store=store)
    versions = rows.extra(select={"version": "xmin::text || ctid::text"})
    return dict(versions.values_list("pk", "version"))


url, runs = sys.argv[1], int(sys.argv[2])
store = make_store(make_user(f"bench{time.time_ns()}@example.com"), base_url=url)
print(json.dumps([sync(store) for _ in range(runs)]))
