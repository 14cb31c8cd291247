"""Which request is worked on next: a queue that holds at most one Complete and one Warm per document.

Invariant: a Complete that was added leaves the queue exactly once: handed back as superseded, expired or called off, or
removed by `finish`. Completes come before Warms, each in the order of arrival.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.messages import Warm

if TYPE_CHECKING:
    from engine.messages import Complete


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A Complete and when it came, on the core's clock."""

    request: Complete
    received_s: float

    @property
    def deadline_s(self) -> float:
        """When it has to be answered."""
        return self.received_s + self.request.budget_ms / 1000


class Scheduler:
    """The requests that are not answered yet."""

    def __init__(self) -> None:
        self._completes: dict[str, Arrival] = {}
        self._warms: dict[str, Warm] = {}

    def add(self, arrival: Arrival) -> Arrival | None:
        """Queue a Complete; return the older one of its document, if that was not answered yet."""
        document = arrival.request.document
        self._warms.pop(document, None)
        superseded = self._completes.pop(document, None)
        self._completes[document] = arrival
        return superseded

    def warm(self, warm: Warm) -> Arrival | None:
        """Queue a Warm; return the Complete that it supersedes. One for a place being completed changes nothing."""
        current = self._completes.get(warm.document)
        if current and (current.request.prefix, current.request.suffix) == (warm.prefix, warm.suffix):
            return None
        self._warms.pop(warm.document, None)
        self._warms[warm.document] = warm
        return self._completes.pop(warm.document, None)

    def cancel(self, request_id: int) -> Arrival | None:
        """Take out the Complete of that id, if it was not answered yet."""
        for document, arrival in self._completes.items():
            if arrival.request.id == request_id:
                return self._completes.pop(document)
        return None

    def forget(self, document: str) -> Arrival | None:
        """Drop all that concerns a document; return its Complete, if that was not answered yet."""
        self._warms.pop(document, None)
        return self._completes.pop(document, None)

    def expire(self, now_s: float, started: Arrival | Warm | None) -> list[Arrival]:
        """Take out the Completes that were not started by their deadline; their places stay worth warming."""
        waiting = [arrival for arrival in self._completes.values() if arrival is not started]
        late = [arrival for arrival in waiting if arrival.deadline_s <= now_s]
        for arrival in late:
            self.finish(arrival)
            self.warm_up(arrival.request)
        return late

    def warm_up(self, request: Complete) -> None:
        """Go on filling the cache where a Complete ran out of time."""
        self.warm(Warm(document=request.document, prefix=request.prefix, suffix=request.suffix))

    def finish(self, work: Arrival | Warm) -> None:
        """Take out what has been done."""
        if isinstance(work, Warm):
            self._warms.pop(work.document, None)
        else:
            self._completes.pop(work.request.document, None)

    def next(self) -> Arrival | Warm | None:
        """Tell what to work on; the same again until it is finished or something more urgent came."""
        for queue in (self._completes, self._warms):
            for work in queue.values():
                return work
        return None
