"""Somebody who types into one document of a session whose engine says what the test wants."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from support.scripted import ScriptedEngine, completed
from support.timers import Timers

from lsp.document import Change, Position
from lsp.plan import Request, Selected
from lsp.session import Session
from lsp.settings import SOURCES, Settings
from lsp.tally.counter import Tally
from lsp.tally.store import Store

if TYPE_CHECKING:
    from lsp.growth import Growth
    from lsp.status import Counts, Last
    from lsp.suggestion import Suggestion

A = "file:///a.py"
TODAY = "2026-03-01"
# A slow machine must not decide a test.
PATIENT = Settings(
    deadline_ms=60_000,
    cold_deadline_ms=60_000,
    explicit_deadline_ms=60_000,
    debounce_ms=60_000,
    candidates=1,
    context=dict.fromkeys(SOURCES, False),  # what lies on this machine's disk has no part in a test
    eagerness="everything",
)


class Editor:
    """One document, A, in a session with a scripted engine; the cursor stands at the end of what was typed last."""

    def __init__(self, text: str = "", engine: ScriptedEngine | None = None, uri: str = A) -> None:
        self.engine = engine or ScriptedEngine()
        self.now_s = 0.0
        self.grown: list[Growth] = []
        self.timers = Timers()
        self.tally = Tally(Store(), later=self.timers.later, today=lambda: TODAY)
        self.session = Session(
            self.engine, self.tally, grown=self.grown.append, clock=lambda: self.now_s, later=self.timers.later
        )
        self.uri = uri
        self.text = text
        self.session.configure(PATIENT)
        self.session.open(uri, "python", 1, text)

    @property
    def cursor(self) -> Position:
        line = self.text.rpartition("\n")[2]
        return Position(self.text.count("\n"), len(line))

    def type(self, text: str) -> None:
        self.session.change(self.uri, 2, [Change(text, self.cursor, self.cursor)])
        self.text += text

    def backspace(self) -> None:
        end = self.cursor
        self.text = self.text[:-1]
        self.session.change(self.uri, 2, [Change("", self.cursor, end)])

    def ask(self, *, explicit: bool = False, selected: Selected | None = None) -> asyncio.Task[Suggestion | None]:
        return asyncio.create_task(self.session.suggest(Request(self.uri, self.cursor, explicit, selected)))

    async def text_for(self, *, explicit: bool = False) -> str:
        suggestion = await self.ask(explicit=explicit)
        return suggestion.text if suggestion else ""

    async def asked(self, count: int) -> None:
        """Wait until the engine was asked so often."""
        await self.engine.until(lambda engine: len(engine.asked) >= count)

    @property
    def grown_texts(self) -> list[str]:
        return [growth.suggestion.text for growth in self.grown]

    @property
    def last(self) -> Last:
        last = self.session.report().last
        assert last is not None
        return last

    @property
    def counts(self) -> Counts:
        return self.session.report().counts


def saying(text: str, **also: object) -> ScriptedEngine:
    return ScriptedEngine(says=completed(text, **also))  # type: ignore[arg-type]  # by name
