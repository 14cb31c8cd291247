"""Where the editor's settings come from, and what the user hears of those that could not be used.

Invariant: the editor's latest settings count, laid over those it started with; each problem is told once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp.settings import Settings


class Configuration:
    """The settings that the editor has sent so far, laid over those that the server was started with."""

    def __init__(self, start: Settings, use: Callable[[Settings], None], complain: Callable[[str], None]) -> None:
        self._start = start
        self._use = use
        self._complain = complain
        self._initial: object = None
        self._current: object = None
        self._told: set[str] = set()

    def start(self, options: object) -> None:
        """Take the `initializationOptions`; what they are silent on keeps its default."""
        self._initial = options
        self._apply()

    def change(self, settings: object) -> None:
        """Take settings that replace the ones sent or asked for before; None leaves those of the start."""
        self._current = settings
        self._apply()

    def _apply(self) -> None:
        settings, problems = resolve(self._initial, self._current, start=self._start)
        self._use(settings)
        for problem in problems:
            if problem not in self._told:
                self._told.add(problem)
                self._complain(problem)
