"""When decoding starts after the last change: at once where the answer comes before the next key, else after a pause.

Invariant: nothing here sleeps or reads a clock of its own; it only says how long to wait.

A suggestion that costs less than the time between two keys is worth starting at every key. One that costs more would be
thrown away at most of them, so it waits until the next key is overdue: one and a half times the usual interval.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE_MS = 1_000.0
"""A longer interval is a pause for thought and says nothing about the pace of typing."""

OVERDUE = 1.5
_WEIGHT = 0.25


class Debounce:
    """Follows one user's pace of typing and what one engine's suggestions cost."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._changed_at: float | None = None
        self._interval_ms: float | None = None
        self._cost_ms: float | None = None

    def changed(self) -> None:
        """Note that a document has just been changed."""
        now = self._clock()
        if self._changed_at is not None and (interval_ms := (now - self._changed_at) * 1000) < PAUSE_MS:
            self._interval_ms = _blend(self._interval_ms, interval_ms)
        self._changed_at = now

    def measured(self, cost_ms: float) -> None:
        """Note what the engine's answer took."""
        self._cost_ms = _blend(self._cost_ms, cost_ms)

    def wait_ms(self, limit_ms: float) -> float:
        """How long to wait from now on, at most until `limit_ms` after the last change."""
        if self._changed_at is None or self._interval_ms is None or self._cost_ms is None:
            return 0.0
        if self._cost_ms <= self._interval_ms:
            return 0.0
        since_ms = (self._clock() - self._changed_at) * 1000
        return max(min(self._interval_ms * OVERDUE, limit_ms) - since_ms, 0.0)


def _blend(average: float | None, new: float) -> float:
    return new if average is None else average + _WEIGHT * (new - average)
