"""A clock whose time goes by when a test says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Timers:
    """Calls back in the order of their times; `now_s` starts at 0."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._calls: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        self._calls.append((self.now_s + seconds, call))

    def go(self, seconds: float) -> None:
        """Let so much time go by."""
        end_s = self.now_s + seconds
        while due := [each for each in self._calls if each[0] <= end_s]:
            earliest = min(due, key=lambda each: each[0])
            self._calls.remove(earliest)
            self.now_s = earliest[0]
            earliest[1]()
        self.now_s = end_s
