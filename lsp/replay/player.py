"""The person at the keys: types a script into a document, looks at what is suggested, and takes what fits.

At real pace it asks as VS Code does, 50 ms after the last key, and each key calls off the request before it; so only
what comes back before the next key is seen. Simulated is the same by another clock (see lsp/replay/clock.py). At
maximum pace it asks after every key and waits for each answer.

A suggestion is taken in place of the next key when it, or else its first line, is exactly what would be typed next and
saves at least `WORTH_KEYS` keys. Otherwise the person types on, and a suggestion that agrees with it stays on screen.
One that becomes longer before the next key is replaced. To go on in another line, one puts the cursor there first.

Invariant: whatever is taken, the document goes through the states of the script, and ends as it does.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import msgspec

from lsp.buffer import Edit
from lsp.replay.clock import WallClock
from lsp.replay.kept import Kept
from lsp.replay.pace import gaps_ms
from lsp.replay.script import keys_typing
from lsp.replay.summary import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lsp.headless import Answer, Asking, Document
    from lsp.replay.clock import Clock
    from lsp.replay.script import Keystroke, Script

Pace = Literal["real", "max", "simulated"]
Accepting = Literal["line", "whole", "never"]

DEBOUNCE_S = 0.050  # VS Code's, fixed
WORTH_KEYS = 3
SETTLE_S = 5.0  # for the answers to requests that were called off


class Conduct(msgspec.Struct, frozen=True, kw_only=True):
    """How the person behaves, and when it stops before the script ends."""

    pace: Pace = "real"
    accept: Accepting = "line"
    seed: int = 0
    keys: float = math.inf
    seconds: float = math.inf


class View(NamedTuple):
    """What there is to see after an event; `taken` is the text that was accepted just now."""

    text: str
    cursor: int
    ghost: str
    taken: str
    ms: float
    tally: Tally


class Watch(Protocol):
    """Somebody who looks on."""

    def look(self, view: View) -> None:
        """See the document after a key or an answer."""
        ...


def worth_taking(keys: Sequence[Keystroke], first: int, cursor: int, texts: Iterable[str]) -> tuple[str, int] | None:
    """Give the first of some texts that is exactly what the next keys would type, and how many of them it saves."""
    covered = ((text, keys_typing(keys, first, cursor, text)) for text in texts)
    return next((each for each in covered if each[1] >= WORTH_KEYS), None)


class Player:
    """Plays one script in one document, once."""

    def __init__(
        self, script: Script, document: Document, conduct: Conduct, watch: Watch, clock: Clock | None = None
    ) -> None:
        self._script = script
        self._document = document
        self._conduct = conduct
        self._watch = watch
        self._clock = clock or WallClock()
        self._next = 0
        self._cursor = 0
        self._ghost = ""
        self._answer: Answer | None = None  # the one that the ghost comes from
        self._left_open: list[asyncio.Task[object]] = []
        self._kept = Kept()
        self.tally = Tally()

    async def play(self) -> Tally:
        """Type until the script or the conduct's limits end it. Raises ServerLost."""
        started_s = self._clock.now_s
        gaps = gaps_ms(self._conduct.seed)
        if self._script.keys:
            self._document.move(self._next_place())
        limits = self._conduct
        try:
            while self._next < len(self._script.keys):
                if self.tally.keys >= limits.keys or self._clock.now_s - started_s >= limits.seconds:
                    break
                self._act()
                if limits.pace == "max":
                    await self._answered(await self._ask().answer)
                    self._move_on()
                else:
                    await self._linger(next(gaps) / 1e3)
        finally:
            await self._settle()
        self.tally.retained = self._kept.retained(self._document.text)
        return self.tally

    def _act(self) -> None:
        """Take the suggestion if it is worth it; press the next key otherwise."""
        keys = self._script.keys
        if worth := worth_taking(keys, self._next, self._cursor, self._offers()):
            self._take(*worth)
            return
        key = keys[self._next]
        typed = key.typed_at(self._cursor)
        self._ghost = self._ghost.removeprefix(typed) if typed and self._ghost.startswith(typed) else ""
        self._document.change(key.edits)
        for edit in key.edits:
            self._kept.edited(edit)
        self._cursor = key.cursor
        self._next += 1
        self.tally.press(key.characters)
        self._show()

    def _offers(self) -> list[str]:
        """Give what could be taken of the suggestion on screen."""
        if not self._ghost or self._answer is None or self._answer.replaced or self._conduct.accept == "never":
            return []
        first_line = self._ghost.split("\n")[0].rstrip("\r")
        return [self._ghost, first_line] if self._conduct.accept == "line" else [self._ghost]

    def _take(self, text: str, covered: int) -> None:
        edit = Edit(self._cursor, 0, text)
        self._document.change([edit])
        self._kept.edited(edit)
        self._kept.accept(self._cursor, text)
        self._cursor += len(text)
        self._next += covered
        self._ghost = self._ghost.removeprefix(text)
        self.tally.accept(len(text))
        if not self._ghost and self._answer is not None:
            self._left_open.append(asyncio.create_task(self._document.accepted(self._answer)))
        self._show(taken=text)

    async def _linger(self, gap_s: float) -> None:
        """Let the time until the next key pass, asking and looking like an editor."""
        clock = self._clock
        until_s = clock.now_s + gap_s
        await clock.sleep(min(gap_s, DEBOUNCE_S))
        if gap_s <= DEBOUNCE_S:
            return
        asked_s, asking = clock.now_s, self._ask()
        answer = await clock.answer(asking, until_s - asked_s)
        if answer is None:
            self._overtaken(1e3 * (clock.now_s - asked_s))
            self._left_open.append(asking.answer)
            return
        seen_s = clock.now_s
        await self._answered(answer)
        until_s += clock.now_s - seen_s  # whoever looks on has time stand still meanwhile
        self._move_on()
        await clock.look_on(asking, until_s - clock.now_s, self._grown)

    def _move_on(self) -> None:
        """Put the cursor where the next key goes, if that is on another line."""
        if self._next < len(self._script.keys) and self._jumps():
            self._document.move(self._next_place())

    def _jumps(self) -> bool:
        """Tell whether the next key goes to another line."""
        place = self._next_place()
        between = self._document.text[min(place, self._cursor) : max(place, self._cursor)]
        return len(between) > 1 and "\n" in between

    def _next_place(self) -> int:
        return self._script.keys[self._next].edits[0].offset

    def _ask(self) -> Asking:
        self.tally.requests += 1
        return self._document.ask(self._cursor)

    def _overtaken(self, open_ms: float) -> None:
        """Press the next key before the answer is there."""
        self.tally.overtake(open_ms)

    async def _answered(self, answer: Answer) -> None:
        """See what came back."""
        self.tally.answer(answer)
        self._see(answer)

    def _see(self, answer: Answer) -> None:
        self._answer = answer
        self._ghost = answer.text
        self._show()

    def _grown(self, answer: Answer) -> None:
        """See more of what came back."""
        self.tally.grow()
        self._see(answer)

    def _show(self, taken: str = "") -> None:
        ms = self._answer.ms if self._answer else 0.0
        self._watch.look(View(self._document.text, self._cursor, self._ghost, taken, ms, self.tally))

    async def _settle(self) -> None:
        """Wait for what was called off: a server answers every request."""
        if not self._left_open:
            return
        _, pending = await asyncio.wait(self._left_open, timeout=SETTLE_S)
        self.tally.unanswered = len(pending)
        for task in pending:
            task.cancel()
        for outcome in await asyncio.gather(*self._left_open, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
