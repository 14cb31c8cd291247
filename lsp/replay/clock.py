"""The clock that a replay runs by: the one on the wall, or one on which a simulated device is as fast as it would be.

Invariant: whoever types does the same by either; only how long an answer takes, and how time passes, differ.

On the simulated clock nobody waits. The time between keys is added up, and an answer that comes back after however
long the processor needed for it appears

    when the simulated device is through with it: `simulated_ms` after it was asked for, or after the device was
        through with the answer before, if that is later;
    and as much later as the request took outside of the device's steps: measured, on the wall, here and now.

So what is simulated is the device; the server, the engine's own work between two steps and the way through both are
those of this machine. It is no flattering picture: steps that Tandem would have done at the key, before anybody asks,
count from the request on, and an answer that the next key overtakes keeps the device busy to its end. Three things are
not as they would be: no deadline cuts an answer short, so that all of a cold file's window is read first; how long
drafts are suits the processor; and what is computed when nothing else is to be done takes no time.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import msgspec

from lsp.errors import ServerLost

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lsp.headless import Answer, Asking
    from lsp.status import Report

UNHURRIED = {"deadlineMs": 60_000, "coldDeadlineMs": 60_000, "debounceMs": 0}
"""Settings with which the server leaves an answer the time that the processor needs for it, and for all of the
window."""


class Clock(Protocol):
    """Time, as it passes for the person at the keys."""

    @property
    def now_s(self) -> float:
        """Seconds since some moment."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    async def answer(self, asking: Asking, left_s: float) -> Answer | None:
        """Wait for an answer; None, and nobody waits for it any more, when it is not there in the time left."""
        ...

    async def look_on(self, asking: Asking, left_s: float, grown: Callable[[Answer], None]) -> None:
        """Let the time left pass; `grown` is called with what the answer grows into meanwhile."""
        ...


class WallClock:
    """The real one."""

    @property
    def now_s(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def answer(self, asking: Asking, left_s: float) -> Answer | None:
        """Wait for an answer; call the request off when the time is over."""
        await asyncio.wait([asking.answer], timeout=left_s)
        if asking.answer.done():
            return asking.answer.result()
        asking.cancel()
        return None

    async def look_on(self, asking: Asking, left_s: float, grown: Callable[[Answer], None]) -> None:
        """Wait, and tell of what the answer grows into."""
        with suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                while True:
                    grown(await asking.growths.get())


class SimulatedClock:
    """One that stands still while the processor works; `status` asks the server how the last request went."""

    def __init__(self, status: Callable[[], Awaitable[Report]]) -> None:
        self._status = status
        self._now_s = 0.0
        self._free_s = 0.0  # when the simulated device is through with what it was given

    @property
    def now_s(self) -> float:
        """Seconds since the replay began."""
        return self._now_s

    async def sleep(self, seconds: float) -> None:
        """Move on."""
        self._now_s += max(seconds, 0.0)

    async def answer(self, asking: Asking, left_s: float) -> Answer | None:
        """Wait, outside of time, for an answer; then let it appear when it would have, if that is soon enough."""
        answer = await asking.answer
        last = (await self._status()).last
        if last is None:
            raise ServerLost("The language server answered a request that it does not know of; run it again.")
        self._free_s = max(self._free_s, self._now_s) + (last.simulated_ms or 0.0) / 1e3
        appears_s = self._free_s + max(answer.ms - last.device_ms, 0.0) / 1e3
        waited_s = appears_s - self._now_s
        self._now_s += min(waited_s, max(left_s, 0.0))
        return None if waited_s > left_s else msgspec.structs.replace(answer, ms=1e3 * waited_s)

    async def look_on(self, asking: Asking, left_s: float, grown: Callable[[Answer], None]) -> None:  # noqa: ARG002
        """Move on: what nothing cuts short does not grow."""
        await self.sleep(left_s)
