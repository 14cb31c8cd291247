"""An engine that says what a test tells it to, when the test tells it to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.client import EngineStatus
from engine.messages import Completed, Ready, Timings

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.messages import Background, Complete, Shape, Stop, Warm

READY = EngineStatus(state="ready", ready=Ready(model="m", device="d", threads=1, context=1024, step_ms=1.0))


def completed(text: str, *, stop: Stop = "line", confidence: float = 0.9) -> Completed:
    """What an engine says."""
    return Completed(id=1, text=text, tokens=3, stop=stop, confidence=confidence, timings=Timings(decode_ms=2.0))


@dataclass
class Asked:
    """One call of `complete`, waiting for its answer."""

    request: Complete
    grown: Callable[[Completed], None]
    answer: asyncio.Future[Completed]
    cancelled: bool = False


@dataclass
class ScriptedEngine:
    """Keeps what it was asked and told; `says` answers at once, else the test resolves `asked[n].answer`.

    `begun` is what was to be decoded at each warming; `backgrounds` are those of all messages, with their documents.
    """

    says: Completed | Exception | None = None
    status: EngineStatus = READY
    asked: list[Asked] = field(default_factory=list)
    warmed: list[tuple[str, str, str]] = field(default_factory=list)
    begun: list[Shape | None] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    backgrounds: list[tuple[str, Background]] = field(default_factory=list)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, check: Callable[[ScriptedEngine], bool]) -> None:
        """Wait until what was asked and told fulfils a condition."""
        while not check(self):
            self._heard.clear()
            await self._heard.wait()

    async def complete(self, request: Complete, grown: Callable[[Completed], None]) -> Completed:
        assert request.max_tokens > 0
        self.backgrounds.append((request.document, request.background))
        asked = Asked(request, grown, asyncio.get_running_loop().create_future())
        self.asked.append(asked)
        self._heard.set()
        if isinstance(self.says, Exception):
            raise self.says
        if self.says is not None:
            return self.says
        try:
            return await asked.answer
        except asyncio.CancelledError:
            asked.cancelled = True
            raise

    def warm(self, expected: Warm) -> None:
        assert bool(expected.max_tokens) == bool(expected.shape)
        self.warmed.append((expected.document, expected.prefix, expected.suffix))
        self.begun.append(expected.shape)
        self.backgrounds.append((expected.document, expected.background))
        self._heard.set()

    def forget(self, document: str) -> None:
        self.forgotten.append(document)
