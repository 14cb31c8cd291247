"""How the server is and how it did: what `tandem/status` answers.

Invariant: every request is counted once, as shown, cancelled or empty. Figures only; no document, no text.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal

import msgspec

from engine.messages import Loading, Stop, Timings
from lsp.power import Governing  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Collection

    from engine.client import EngineStatus
    from engine.messages import Ready
    from lsp.suggestion import Source

Outcome = Literal["shown", "empty"]

WINDOW = 500
"""How many of the latest suggestions the percentiles are taken over."""
TELLING = 20
"""How many of the engine's latest answers must be known before they tell whether most are cut short, or late."""

SLOW_LATENCY_MS = 100.0
"""What Tandem aims at: on a machine where half of the suggestions come later, something is to be done."""
SLOW_STEP_MS = 50.0
"""With a token that takes longer the deadline leaves hardly more than a word."""

IDLE = Timings()
"""What the engine says of a request that it had no part in."""

_REMEDY = "choose a smaller model, or a longer deadlineMs"


class Counts(msgspec.Struct, kw_only=True):
    """Requests since the server started.

    Shown without the engine are those `typed_through`, after typing that agreed with an answer, and those `cached`, at
    a place that had one.
    """

    requests: int = 0
    shown: int = 0
    typed_through: int = 0
    cached: int = 0
    cancelled: int = 0
    empty: int = 0
    accepted: int = 0


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """How the last request went, why it was empty, and whether the engine was asked.

    `device_ms` of the total was spent waiting for the device: for the step under way, then for its own. `simulated_ms`
    is what its steps took on the clock of a simulated device, those done ahead too (see engine/messages.py).
    """

    outcome: Outcome
    reason: str
    total_ms: float
    asked: bool = False
    device_ms: float = 0.0
    simulated_ms: float | None = None


class Latency(msgspec.Struct, frozen=True):
    """From a request's arrival to its suggestion, where the engine was asked and nobody chose to wait."""

    p50: float
    p95: float


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """What the device takes on its own clock, apart from all that happens around it.

    `step_ms` is for a token, `p50_ms` and `p95_ms` for the suggestions that `latency_ms` is about; 0 without any.
    """

    step_ms: float
    p50_ms: float
    p95_ms: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `tandem/status`; `reason` says why there is less service than there should be.

    `slow` is whether this machine takes long for this model. All times are the wall's but those in `simulated`, which
    is None unless the device is a simulated one.
    """

    state: str
    reason: str
    slow: bool
    model: str
    device: str
    step_ms: float
    loading: Loading | None
    last: Last | None
    counts: Counts
    latency_ms: Latency
    power: Governing
    simulated: Simulated | None = None


class Status:
    """Counts what becomes of requests."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._last: Last | None = None
        self._latencies_ms: deque[float] = deque(maxlen=WINDOW)
        self._simulated_ms: deque[float] = deque(maxlen=WINDOW)
        self._cut: deque[bool] = deque(maxlen=TELLING)

    def shown(self, source: Source, total_ms: float, *, explicit: bool = False, engine: Timings = IDLE) -> None:
        """Count a request that was answered with a suggestion; an explicit one has time for several.

        `engine` is what the engine said of its work on it.
        """
        self._counts.requests += 1
        self._counts.shown += 1
        self._counts.typed_through += source == "typed-through"
        self._counts.cached += source == "cache"
        if source == "engine" and not explicit:
            self._latencies_ms.append(total_ms)
            if engine.simulated_ms is not None:
                self._simulated_ms.append(engine.simulated_ms)
        self._ended("shown", "", total_ms, engine, asked=source == "engine")

    def empty(
        self, reason: str, total_ms: float, *, asked: bool = False, cancelled: bool = False, engine: Timings = IDLE
    ) -> None:
        """Count a request that was answered with nothing, or called off."""
        self._counts.requests += 1
        self._counts.cancelled += cancelled
        self._counts.empty += not cancelled
        self._ended("empty", reason, total_ms, engine, asked=asked)

    def completed(self, stop: Stop) -> None:
        """Note how an answer of the engine's ended; one that was called off says nothing."""
        if stop != "cancelled":
            self._cut.append(stop == "deadline")

    def moved(self) -> None:
        """Forget the figures: another model or device says nothing about this one. What was counted stays counted."""
        self._latencies_ms.clear()
        self._simulated_ms.clear()
        self._cut.clear()

    def accepted(self) -> None:
        """Count a suggestion that the user took."""
        self._counts.accepted += 1

    def report(self, engine: EngineStatus, power: Governing) -> Report:
        """Put everything together."""
        ready = engine.ready
        latency = Latency(*_percentiles(self._latencies_ms))
        late = len(self._latencies_ms) >= TELLING and latency.p50 > SLOW_LATENCY_MS
        slow = late or bool(ready and ready.step_ms > SLOW_STEP_MS)
        return Report(
            state=engine.state,
            reason=_joined(engine.reason, self._degraded(ready, slow=slow) if ready else ""),
            slow=slow,
            model=ready.model if ready else "",
            device=ready.device if ready else "",
            step_ms=ready.step_ms if ready else 0.0,
            loading=engine.loading,
            last=self._last,
            counts=msgspec.structs.replace(self._counts),
            latency_ms=latency,
            power=power,
            simulated=self._simulated(ready),
        )

    def _simulated(self, ready: Ready | None) -> Simulated | None:
        if ready is None or ready.simulated_step_ms is None:
            return None
        p50_ms, p95_ms = _percentiles(self._simulated_ms)
        return Simulated(step_ms=ready.simulated_step_ms, p50_ms=p50_ms, p95_ms=p95_ms)

    def _ended(self, outcome: Outcome, reason: str, total_ms: float, engine: Timings, *, asked: bool) -> None:
        self._last = Last(
            outcome=outcome,
            reason=reason,
            total_ms=total_ms,
            asked=asked,
            device_ms=engine.queue_ms + engine.device_ms,
            simulated_ms=engine.simulated_ms,
        )

    def _degraded(self, ready: Ready, *, slow: bool) -> str:
        """Say why suggestions are worse than they could be; empty when they are not."""
        cut = len(self._cut) == TELLING and sum(self._cut) > TELLING / 2
        what = "most suggestions are cut short" if cut else "suggestions come late" if slow else ""
        why = f"{what}, since a token takes {ready.step_ms:.0f} ms here: {_REMEDY}" if what else ""
        return "; ".join(filter(None, (ready.note, why)))


def _percentiles(figures: Collection[float]) -> tuple[float, float]:
    """Give the 50th and the 95th; 0 of nothing."""
    ordered = sorted(figures) or [0.0]
    last = len(ordered) - 1
    return ordered[min(int(0.50 * len(ordered)), last)], ordered[min(int(0.95 * len(ordered)), last)]


def _joined(reason: str, another: str) -> str:
    return f"{reason.removesuffix('.')}; {another}" if reason and another else reason or another
