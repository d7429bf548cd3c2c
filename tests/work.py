"""Executes what is on the queue, in this process."""

import importlib

from django_q.models import OrmQ
from django_q.signing import SignedPackage

from commerce.models import Store
from commerce.services.sync import next_runs
from commerce.tasks import sync_slice


def drain_queue(limit: int = 1000) -> int:
    """Run queued tasks until none is left; return how many ran."""
    ran = 0
    while (row := OrmQ.objects.order_by("id").first()) is not None:
        row.delete()
        task = SignedPackage.loads(row.payload)
        module, name = task["func"].rsplit(".", 1)
        getattr(importlib.import_module(module), name)(*task.get("args", ()))
        ran += 1
        assert ran < limit, "the queue feeds itself"
    return ran


def run_syncs(store: Store, limit: int = 1000) -> None:
    """Run the store's slices one after the other until no run is left to do."""
    for _ in range(limit):
        runs = next_runs(store.pk)
        if not runs:
            return
        sync_slice(runs[0].pk)
    raise AssertionError("the run does not end")
