"""The vitals as Prometheus reads them.

All are gauges measured in the database: several web processes tell the same, and a
restart resets nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry

from hiwelink.operations.vitals import Vitals, measure


class VitalsCollector(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        vitals = measure()
        yield from queue_metrics(vitals)
        yield labelled(
            "hiwelink_sync_runs_24h",
            "Sync runs of the last 24 hours.",
            "status",
            vitals.runs,
        )
        yield labelled(
            "hiwelink_deliveries_24h",
            "Webhooks of the last 24 hours.",
            "status",
            vitals.deliveries,
        )
        yield labelled(
            "hiwelink_answer_seconds",
            "How long the chat's newest answers took, whole.",
            "quantile",
            vitals.answer_seconds,
        )
        for name, text, value in (
            (
                "hiwelink_answers_without_model",
                "Newest chat answers that the model failed.",
                vitals.answers_without_model,
            ),
            ("hiwelink_pages_24h", "Pages that syncs fetched.", vitals.pages),
            ("hiwelink_workers", "Workers seen in the last minute.", workers(vitals)),
            ("hiwelink_stuck_runs", "Runs without a worker.", vitals.stuck_runs),
            (
                "hiwelink_indexes_without_model",
                "Search indexes whose embedding model does not answer.",
                vitals.indexes_without_model,
            ),
            ("hiwelink_failing_stores", "Stores failing now.", vitals.failing_stores),
            ("hiwelink_failed_tasks_24h", "Tasks that failed.", vitals.failed_tasks),
            (
                "hiwelink_waiting_embeddings",
                "Products that wait for their vector.",
                vitals.waiting_embeddings,
            ),
            ("hiwelink_throttled_24h", "Webhooks answered with 429.", vitals.throttled),
            (
                "hiwelink_overdue_deliveries",
                "Webhooks that wait too long.",
                vitals.overdue_deliveries,
            ),
        ):
            yield GaugeMetricFamily(name, text, value=value)


def workers(vitals: Vitals) -> int:
    return len(vitals.live_workers)


def queue_metrics(vitals: Vitals) -> Iterator[GaugeMetricFamily]:
    yield labelled(
        "hiwelink_queue_tasks",
        "Tasks waiting.",
        "queue",
        {queue.name: queue.waiting for queue in vitals.queues or ()},
    )
    yield labelled(
        "hiwelink_queue_oldest_seconds",
        "How long the oldest waiting task has waited.",
        "queue",
        {queue.name: queue.oldest_age.total_seconds() for queue in vitals.queues or ()},
    )


def labelled(
    name: str, text: str, label: str, values: dict[str, int] | dict[str, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def registry() -> CollectorRegistry:
    """A registry of ours alone: nothing of the process that happens to answer."""
    made = CollectorRegistry()
    made.register(VitalsCollector())
    return made
