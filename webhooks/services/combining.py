"""Work that waits while other work of its kind is done, then done together by one.

The first to come works at once, for itself alone: nobody ever waits for company. Those
who come meanwhile are the next one's work, so the busier it is the more each
statement and each commit does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


class _Ticket(Generic[Job, Result]):
    def __init__(self, job: Job) -> None:
        self.job = job
        self.result: Result | None = None
        self.error: BaseException | None = None
        self.is_done = False
        self.turn = threading.Event()  # set when it is done, or is to lead


class Combiner(Generic[Job, Result]):
    """work: does some jobs of one key, and returns as many results in their order.

    What it raises is raised for each of them, and for those who wait as well: what
    could not be done just now is not tried again for each in turn.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Job]], Sequence[Result]],
        *,
        most: int = 32,
    ) -> None:
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        # The tickets waiting, of each key that somebody works on.
        self._waiting: dict[Hashable, list[_Ticket[Job, Result]]] = {}

    def run(self, key: Hashable, job: Job) -> Result:
        """Return the job's result. Raises what its work raised."""
        ticket: _Ticket[Job, Result] = _Ticket(job)
        with self._lock:
            leads = key not in self._waiting
            if leads:
                self._waiting[key] = []
            else:
                self._waiting[key].append(ticket)
        if not leads:
            ticket.turn.wait()
        if not ticket.is_done:
            self._lead(key, ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]

    def _lead(self, key: Hashable, ticket: _Ticket[Job, Result]) -> None:
        """Do this ticket's job and those that wait, and hand over to who came since."""
        tickets = [ticket, *self._take(key, self._most - 1)]
        jobs = [each.job for each in tickets]
        try:
            results = self._work(jobs)
            for each, result in zip(tickets, results, strict=True):
                each.result = result
        except BaseException as error:
            tickets += self._take(key)
            for each in tickets:
                each.error = error
            raise
        finally:
            self._hand_over(key)
            for each in tickets:
                each.is_done = True
                each.turn.set()

    def _take(
        self, key: Hashable, most: int | None = None
    ) -> list[_Ticket[Job, Result]]:
        with self._lock:
            waiting = self._waiting[key]
            taken = waiting[:most]
            del waiting[:most]
        return taken

    def _hand_over(self, key: Hashable) -> None:
        """Wake the one who leads those who came since."""
        with self._lock:
            waiting = self._waiting[key]
            leader = waiting.pop(0) if waiting else None
            if leader is None:
                del self._waiting[key]
        if leader is not None:
            leader.turn.set()
