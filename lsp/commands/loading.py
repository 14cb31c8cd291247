"""Showing that the engine is on its way, while a command waits for it.

Invariant: nothing is drawn for an engine that is ready at once, and never on standard output.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from engine.progress import ProgressScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lsp.status import Report


@contextmanager
def loading_screen() -> Iterator[Callable[[Report], None]]:
    """Give a function that shows what a status says of loading; the first thing to show opens the screen."""
    with ExitStack() as opened:
        screens: list[ProgressScreen] = []

        def report(status: Report) -> None:
            if status.loading is None:
                return
            if not screens:
                screens.append(opened.enter_context(ProgressScreen()))
            screens[0].report(status.loading)

        yield report
