"""Events of one store that arrive at once: recorded together, then applied together.

Recording is committed before applying begins, so that a killed process leaves nothing
undone. Only the second commit waits for the disk, which then holds the first one too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import (
    InterfaceError,
    OperationalError,
    connection,
    transaction,
)

from webhooks.reading import Change, Refusal, Work
from webhooks.rows import update_deliveries
from webhooks.services.applying import apply_events
from webhooks.services.combining import Combiner
from webhooks.services.processing import outcome_values, process_delivery, refused
from webhooks.services.recording import Arrival, Recorded, record_deliveries


@dataclass(frozen=True)
class Event:
    """A request that was accepted, and the one change it asks for."""

    arrival: Arrival
    change: Change


@dataclass(frozen=True)
class Processed:
    """A recorded event; `refusal` says why it could not be applied. `error`: that was
    our mistake, which is marked and logged.
    """

    recorded: Recorded
    refusal: Refusal | None = None
    error: Exception | None = None


Fresh = tuple[Recorded, Event]


def process_event(event: Event) -> Processed:
    """Record an event, committed, then apply it; both with others of its store.

    Raises what kept it from being recorded.
    """
    processed = _events.run(event.arrival.store.pk, event)
    if isinstance(processed, Exception):
        raise processed
    return processed


def process_events(events: Sequence[Event]) -> Sequence[Processed | Exception]:
    return apply_recorded(events, record_events(events))


def record_events(events: Sequence[Event]) -> Sequence[Recorded | Exception]:
    """Record all at once, or one by one: one event's fault is not another's."""
    try:
        arrivals = [event.arrival for event in events]
        return record_deliveries(arrivals, wait_for_disk=False)
    except (OperationalError, InterfaceError):
        raise  # the database is away, for all of them
    except Exception as error:  # noqa: BLE001 -- raised again in its own request
        if len(events) == 1:
            return [error]
        return [record_alone(event) for event in events]


def record_alone(event: Event) -> Recorded | Exception:
    try:
        (recorded,) = record_deliveries([event.arrival])
    except Exception as error:  # noqa: BLE001 -- raised again in its own request
        return error
    return recorded


def apply_recorded(
    events: Sequence[Event], recorded: Sequence[Recorded | Exception]
) -> Sequence[Processed | Exception]:
    """Apply what was recorded for the first time, after the events recorded before."""
    results: list[Processed | Exception] = []
    fresh: dict[int, Fresh] = {}
    for place, (event, result) in enumerate(zip(events, recorded, strict=True)):
        if isinstance(result, Exception):
            results.append(result)
            continue
        results.append(Processed(result))
        if result.original is None:
            fresh[place] = (result, event)
    if fresh:
        batch = list(fresh.values())
        for place, done in zip(fresh, apply_fresh(batch), strict=True):
            results[place] = done
    return results


def apply_fresh(fresh: Sequence[Fresh]) -> list[Processed]:
    """Apply and mark recorded events of one store in one transaction, or one by one."""
    try:
        with transaction.atomic():
            refusals = apply_together(fresh)
    except Exception:  # noqa: BLE001 -- each is tried alone, which logs
        return apply_one_by_one(fresh)
    return [
        Processed(recorded, refusal)
        for (recorded, _), refusal in zip(fresh, refusals, strict=True)
    ]


def apply_together(fresh: Sequence[Fresh]) -> list[Refusal | None]:
    store = fresh[0][1].arrival.store
    pairs = [(recorded.delivery, event.change) for recorded, event in fresh]
    results = apply_events(store, pairs)
    marks = []
    for (recorded, event), result in zip(fresh, results, strict=True):
        if isinstance(result, Refusal):
            outcome, status = refused(result), result.status
        else:
            outcome, status = result, 200
        delivery, started = recorded.delivery, event.arrival.started
        values = outcome_values(delivery, outcome, status, started)
        marks.append((delivery, values))
    update_deliveries(marks)
    return [result if isinstance(result, Refusal) else None for result in results]


def apply_one_by_one(fresh: Sequence[Fresh]) -> list[Processed]:
    """Without a database the rest is left to the sweeper, rather than waited for."""
    done: list[Processed] = []
    away: Exception | None = None
    for recorded, event in fresh:
        if away is not None:
            done.append(Processed(recorded, error=away))
            continue
        done.append(apply_alone(recorded, event))
        if done[-1].error is not None and not connection.is_usable():
            away = done[-1].error
    return done


def apply_alone(recorded: Recorded, event: Event) -> Processed:
    arrival = event.arrival
    work = Work(changes=(event.change,))
    try:
        process_delivery(
            arrival.store,
            recorded.delivery,
            work,
            started=arrival.started,
            answering=True,
        )
    except Refusal as refusal:
        return Processed(recorded, refusal)
    except Exception as error:  # noqa: BLE001 -- logged and marked already
        return Processed(recorded, error=error)
    return Processed(recorded)


_events: Combiner[Event, Processed | Exception] = Combiner(process_events)
