"""Executes what is on the queue, in this process."""

import importlib

from django_q.models import OrmQ
from django_q.signing import SignedPackage


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
