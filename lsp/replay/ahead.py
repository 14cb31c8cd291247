"""A replay that is computed first and looked at afterwards, as it would have gone by.

Invariant: each thing there was to see appears once, in order, and not before its time.
"""

from __future__ import annotations

import asyncio
import copy
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.status import Status

    from lsp.replay.clock import Clock
    from lsp.replay.player import View, Watch


@contextmanager
def recording(console: Console, clock: Clock) -> Iterator[Recording]:
    """Record for as long as the context lasts, and say how far it is."""
    with console.status("Computing ahead") as status:
        yield Recording(status, clock)


class Recording:
    """Looks on, and keeps what it sees with the time on the replay's clock."""

    def __init__(self, status: Status, clock: Clock) -> None:
        self._status = status
        self._clock = clock
        self._seen: list[tuple[float, View]] = []

    def look(self, view: View) -> None:
        """Keep a view, with the counts as they are now."""
        now_s = self._clock.now_s
        self._seen.append((now_s, view._replace(tally=copy.deepcopy(view.tally))))
        self._status.update(f"Computing ahead: {view.tally.keys} keys, {now_s:.0f} s of typing")

    async def show(self, watch: Watch) -> None:
        """Let somebody see it all, at its own pace."""
        started_s = time.monotonic()
        for at_s, view in self._seen:
            await asyncio.sleep(at_s - (time.monotonic() - started_s))
            watch.look(view)
