"""Which request is worked on next: a queue that holds at most one piece of work of each kind per document.

Invariant: a Complete that was added leaves the queue exactly once: handed back as superseded, expired or called off, or
removed by `finish`. Completes come before Warms, Warms before what is computed ahead of need, and that before what is
only read for later: Completes in the order of arrival, and first what was read last, for that is where somebody is at
work. So whatever nobody waits for is given up for what somebody does, within one step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from engine.messages import Complete, Warm

if TYPE_CHECKING:
    from collections.abc import Iterator


T = TypeVar("T", "Warm", "Ahead", "Read")

LONGEST_QUEUE = 4
"""Documents that wait to be read: of more, the first would make room for the last before anybody asks."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A Complete and when it came, on the core's clock."""

    request: Complete
    received_s: float

    @property
    def document(self) -> str:
        """Whose it is."""
        return self.request.document

    @property
    def deadline_s(self) -> float:
        """When it has to have been started."""
        return self.received_s + self.request.budget_ms / 1000


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """What is computed after an answer, for the requests that may follow it; `cut` if the answer was cut short."""

    request: Complete
    cut: bool

    @property
    def document(self) -> str:
        """Whose it is."""
        return self.request.document


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What is read around a cursor that has been served, when nothing else is to be done."""

    request: Complete | Warm

    @property
    def document(self) -> str:
        """Whose it is."""
        return self.request.document


Work = Arrival | Warm | Ahead | Read


class Scheduler:
    """The requests that are not answered yet, and what is done in between."""

    def __init__(self) -> None:
        self._completes: dict[str, Arrival] = {}
        self._warms: dict[str, Warm] = {}
        self._aheads: dict[str, Ahead] = {}
        self._reads: dict[str, Read] = {}

    def add(self, arrival: Arrival) -> Arrival | None:
        """Queue a Complete; return the older one of its document, if that was not answered yet."""
        superseded = self.forget(arrival.document)
        self._completes[arrival.document] = arrival
        return superseded

    def waiting(self, document: str) -> Arrival | None:
        """Return the document's Complete, if that was not answered yet."""
        return self._completes.get(document)

    def warm(self, warm: Warm, *, beside: bool) -> Arrival | None:
        """Queue a Warm; return the Complete that it supersedes, unless it may stand beside it."""
        superseded = None if beside else self._completes.pop(warm.document, None)
        self._aheads.pop(warm.document, None)
        self._reads.pop(warm.document, None)
        _put_last(self._warms, warm)
        return superseded

    def go_on(self, request: Complete, *, cut: bool) -> None:
        """Queue what is to be done after a Complete, unless there is something newer to do for its document."""
        if request.document not in self._warms | self._completes:
            _put_last(self._aheads, Ahead(request, cut))

    def read(self, request: Complete | Warm) -> None:
        """Queue what is to be read around a cursor, unless there is something newer to do for its document."""
        if request.document not in self._warms | self._completes | self._aheads:
            _put_last(self._reads, Read(request))

    def cancel(self, request_id: int) -> Arrival | None:
        """Take out the Complete of that id, if it was not answered yet."""
        for document, arrival in self._completes.items():
            if arrival.request.id == request_id:
                return self._completes.pop(document)
        return None

    def forget(self, document: str) -> Arrival | None:
        """Drop all that concerns a document; return its Complete, if that was not answered yet."""
        self._warms.pop(document, None)
        self._aheads.pop(document, None)
        self._reads.pop(document, None)
        return self._completes.pop(document, None)

    def expire(self, now_s: float, started: Work | None) -> list[Arrival]:
        """Take out the Completes that were not started by their deadline; they are gone on with when there is time."""
        waiting = [arrival for arrival in self._completes.values() if arrival is not started]
        late = [arrival for arrival in waiting if arrival.deadline_s <= now_s]
        for arrival in late:
            self.finish(arrival)
            self.go_on(arrival.request, cut=True)
        return late

    def finish(self, work: Work) -> None:
        """Take out what has been done."""
        match work:
            case Arrival():
                self._completes.pop(work.document, None)
            case Warm():
                self._warms.pop(work.document, None)
            case Ahead():
                self._aheads.pop(work.document, None)
            case Read():
                self._reads.pop(work.document, None)

    def next(self) -> Work | None:
        """Tell what to work on; the same again until it is finished or something more urgent came."""
        return next(self._in_order(), None)

    def _in_order(self) -> Iterator[Work]:
        yield from self._completes.values()
        yield from reversed(self._warms.values())
        yield from reversed(self._aheads.values())
        yield from reversed(self._reads.values())


def _put_last(queue: dict[str, T], work: T) -> None:
    """Put a document's work in the newest place; the oldest goes where there are too many."""
    queue.pop(work.document, None)
    queue[work.document] = work
    if len(queue) > LONGEST_QUEUE:
        del queue[next(iter(queue))]
