"""/healthz and /readyz, for load balancers and supervisors."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from hiwelink import clock
from hiwelink.worker.heartbeat import last_seen

WORKER_SEEN_WITHIN = timedelta(minutes=1)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is up."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 without database or migrations; 200 otherwise, degraded without a worker."""
    try:
        pending = pending_migrations()
        seen = None if pending else last_seen()
    except DatabaseError:
        return unavailable("The database does not answer.")
    if pending:
        return unavailable(
            f"{pending} migrations are not applied. Run manage.py migrate."
        )
    problems = []
    if seen is None or seen < clock.now() - WORKER_SEEN_WITHIN:
        problems.append("No worker was seen in the last minute: nothing syncs.")
    return JsonResponse(
        {"status": "degraded" if problems else "ok", "problems": problems}
    )


def pending_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def unavailable(problem: str) -> JsonResponse:
    return JsonResponse(
        {"status": "unavailable", "problems": [problem]},
        status=503,
        headers={"Retry-After": "5"},
    )
