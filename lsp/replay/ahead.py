"""A replay that is computed first and looked at afterwards, as it would have gone by.

Invariant: each thing there was to see appears once, in order, and not before its time. What is kept of each takes no
more room the longer the replay has been going on.
"""

from __future__ import annotations

import asyncio
import copy
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.status import Status

    from lsp.replay.clock import Clock
    from lsp.replay.player import View, Watch


class Seen(NamedTuple):
    """A view, and how many latencies of each kind were known then, of the lists that the replay adds to."""

    at_s: float
    view: View
    answered: int
    overtaken: int

    def as_it_was(self) -> View:
        """Give the view with the latencies of its time."""
        tally = self.view.tally
        latencies_ms, overtaken_ms = tally.latencies_ms[: self.answered], tally.overtaken_ms[: self.overtaken]
        return self.view._replace(tally=replace(tally, latencies_ms=latencies_ms, overtaken_ms=overtaken_ms))


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
        self._seen: list[Seen] = []

    def look(self, view: View) -> None:
        """Keep a view, with the counts as they are now."""
        now_s, tally = self._clock.now_s, copy.copy(view.tally)  # its lists are the replay's own
        kept = view._replace(tally=tally)
        self._seen.append(Seen(now_s, kept, len(tally.latencies_ms), len(tally.overtaken_ms)))
        self._status.update(f"Computing ahead: {tally.keys} keys, {now_s:.0f} s of typing")

    async def show(self, watch: Watch) -> None:
        """Let somebody see it all, at its own pace."""
        started_s = time.monotonic()
        for seen in self._seen:
            await asyncio.sleep(seen.at_s - (time.monotonic() - started_s))
            watch.look(seen.as_it_was())
