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
    """Follows one user's pace of typing and what one engine's suggestions cost; both None until they are known."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._changed_at: float | None = None
        self.interval_ms: float | None = None
        self.cost_ms: float | None = None

    def changed(self) -> None:
        """Note that a document has just been changed."""
        now = self._clock()
        if self._changed_at is not None and (interval_ms := (now - self._changed_at) * 1000) < PAUSE_MS:
            self.interval_ms = _blend(self.interval_ms, interval_ms)
        self._changed_at = now

    def measured(self, cost_ms: float) -> None:
        """Note what the engine's answer took."""
        self.cost_ms = _blend(self.cost_ms, cost_ms)

    @property
    def is_behind(self) -> bool:
        """Whether the next key usually comes before a suggestion would."""
        return self.interval_ms is not None and self.cost_ms is not None and self.cost_ms > self.interval_ms

    def wait_ms(self, limit_ms: float) -> float:
        """How long to wait from now on, at most until `limit_ms` after the last change."""
        if self._changed_at is None or self.interval_ms is None or not self.is_behind:
            return 0.0
        since_ms = (self._clock() - self._changed_at) * 1000
        return max(min(self.interval_ms * OVERDUE, limit_ms) - since_ms, 0.0)


def _blend(average: float | None, new: float) -> float:
    return new if average is None else average + _WEIGHT * (new - average)
