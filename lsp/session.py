"""What happens to documents and requests; knows the engine's client, and nothing of JSON-RPC.

Invariant: a call of `suggest` ends in exactly one way, and a newer call for the same document ends the older at once,
with nothing. An answer is shown only for the document as it was when it was asked for: once that has changed, nobody
here knows where the cursor went, and the answer waits for the next request. Text of refused documents goes nowhere.

A request's way: plan -> reuse -> debounce -> engine -> cut to what is worth showing. The engine's work under way
is a `Flight`; a request that asks just the same joins it. A request ends at its deadline; the flight goes on to its
end, which is near, so that an answer that comes late is there for the next request, and told at once (`growth`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from engine.errors import TandemError
from engine.messages import NATURAL_STOPS
from lsp.context.backgrounds import Backgrounds
from lsp.debounce import Debounce
from lsp.document import Document
from lsp.explanation import Explanation, explain
from lsp.growth import Growth, Shown
from lsp.history import History
from lsp.later import Later, on_the_loop
from lsp.offer import offer
from lsp.opened import TOP, Flight, Opened
from lsp.outcome import DARK, REMOVING, Basis, Outcome
from lsp.plan import Plan, Request, Selected, expect, make_plan, word_before
from lsp.power import POLICIES, decodes_at_keys, governing
from lsp.reuse import Answer, Found, Reuse
from lsp.settings import Settings
from lsp.status import Status
from lsp.suggestion import Heard, Suggestion, stage_times
from lsp.trigger import Silence, refusal
from lsp.warming import Warming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from engine.messages import Completed
    from lsp.document import Change, Position
    from lsp.power import Policy
    from lsp.remote import Engine
    from lsp.status import Report
    from lsp.suggestion import Source
    from lsp.tally.counter import Tally
    from lsp.text import Encoding

logger = logging.getLogger(__name__)

MARGIN_MS = 10.0
"""What the engine gets less than the limit: a step may take longer than expected, and its answer has to come back."""
PATIENT_SHARE = 0.1
"""Of the limit: how long the first request in a document waits for what the disk has to say of it."""


class Session:
    """One editor's open documents and their requests. Lives in one event loop."""

    def __init__(
        self,
        engine: Engine,
        tally: Tally,
        *,
        grown: Callable[[Growth], None] = lambda _: None,
        clock: Callable[[], float] = time.perf_counter,
        later: Later = on_the_loop,
    ) -> None:
        self.encoding: Encoding = "utf-16"
        self.status = Status()
        self.tally = tally
        self._engine = engine
        self._grown = grown
        self._clock = clock
        self.settings = Settings()
        self._opened: dict[str, Opened] = {}
        self._reuse = Reuse()
        self._history = History()
        self._debounce = Debounce(clock)
        self._warming = Warming(self._warm)
        self.backgrounds = Backgrounds(self._reread, clock, later)

    def configure(self, settings: Settings) -> None:
        """Use other settings at once: what is under way ends with nothing, and what is refused now is forgotten."""
        if settings == self.settings:
            return
        self.settings = settings
        self.backgrounds.configure(settings)
        self.tally.configure(enabled=settings.statistics)
        self._reuse.clear()
        for uri, opened in self._opened.items():
            opened.end_turn("the settings have changed")
            opened.land()
            opened.on_screen = DARK
            if refusal(opened.document, settings):
                self._engine.forget(uri)

    def open(self, uri: str, language: str, version: int, text: str) -> None:
        """Take in a document that the editor opened, or opened once more."""
        self.close(uri)
        document = Document(uri, language, version, text, self.encoding)
        self._opened[uri] = Opened(document)
        self.backgrounds.open(document)
        if not refusal(document, self.settings):
            self._warming.opened(uri)

    def change(self, uri: str, version: int, changes: Iterable[Change]) -> None:
        """Apply the editor's changes, in order; a document that is not open has nothing to change."""
        opened = self._opened.get(uri)
        if opened is None:
            return
        started = self._clock()
        opened.document.version = version
        opened.revision += 1
        opened.typed, opened.shown = True, None
        for change in changes:
            if change.start is None or change.end is None:
                edit = opened.document.replace_all(change.text)
            else:
                edit = opened.document.replace(change.start, change.end, change.text)
            opened.cursor, opened.removal = TOP if edit.whole else edit.end, edit.removal
            self.tally.edited(opened.document, edit)
            self.backgrounds.edited(opened.document, edit)
        self.tally.changed(opened.document)
        opened.mirror_ms = self._since_ms(started)
        self._debounce.changed()
        if self._policy.early and not opened.removal:
            self._warming.touch(uri)

    def move(self, uri: str, position: Position) -> None:
        """Follow the cursor to where it rests, so that what stands around it is read before the first key there."""
        opened = self._opened.get(uri)
        if opened is None:
            return
        cursor = opened.document.place(position)
        if opened.shown is not None and opened.shown.plan.cursor == cursor:
            return  # the editor asked for this place, so the engine knows it
        opened.shown = None
        if cursor == opened.cursor:
            return
        opened.cursor, opened.typed, opened.removal = cursor, False, False
        self.backgrounds.rested(opened.document, cursor.line)
        if self._policy.early:
            self._warming.touch(uri)

    def close(self, uri: str) -> None:
        """Let go of a document; a request under way for it ends with nothing."""
        opened = self._opened.pop(uri, None)
        if opened is None:
            return
        opened.end_turn("the document was closed")
        opened.land()
        self._warming.drop(uri)
        self._reuse.forget(uri)
        self._history.forget(uri)
        self.backgrounds.close(uri)
        self.tally.close(opened.document)
        self._engine.forget(uri)

    def word(self, uri: str, position: Position) -> Selected | None:
        """Give what stands of a word before a position."""
        opened = self._opened.get(uri)
        return word_before(opened.document, position) if opened else None

    def engine_is_ready(self, *, moved: bool = False) -> None:
        """Warm the engine, which is new, for the document that was opened last; with another model for another text."""
        if moved:
            self._reuse.clear()
            self.status.moved()
        if self._opened:
            self._warming.touch(next(reversed(self._opened)))

    def report(self) -> Report:
        """Say how the engine is, how requests went, and what is done before they come."""
        return self.status.report(self._engine.status, governing(self.settings, self._debounce))

    def explanation(self, identity: str = "", uri: str = "", position: Position | None = None) -> Explanation | None:
        """Explain a suggestion by its id, or else the latest request; of a document, at a position, where given."""
        return self._history.told(identity) if identity else self._history.latest(uri, position)

    def accepted(self, identity: str) -> None:
        """Count a suggestion that the user took, and see what becomes of it."""
        self.status.accepted()
        offered = self._history.offered(identity)
        if offered is None:
            return
        self.backgrounds.taken(offered.suggestion.text)
        opened = self._opened.get(offered.explanation.document)
        if opened and offered.explanation.kind:
            start = opened.document.place(offered.suggestion.start)
            self.tally.accepted(opened.document, offered.explanation.kind, start, offered.suggestion.text)

    async def suggest(self, request: Request) -> Suggestion | None:
        """Answer a request. Cancelling the caller calls off the engine, too."""
        started = self._clock()
        try:
            outcome = await self._answer(request, started)
        except asyncio.CancelledError:
            self.status.empty("the editor cancelled the request", self._since_ms(started), cancelled=True)
            raise
        self._count(request, outcome, self._since_ms(started))
        logger.debug("%s after %.1f ms", outcome.reason or "suggested", self._since_ms(started))
        return outcome.suggestion

    def _count(self, request: Request, outcome: Outcome, total_ms: float) -> None:
        """Note how a request went."""
        suggestion, engine = outcome.suggestion, outcome.engine
        if suggestion is None:
            self.status.empty(
                outcome.reason, total_ms, asked=outcome.asked, cancelled=outcome.superseded, engine=engine
            )
        else:
            account = suggestion.provenance
            self.status.shown(account.source, account.timings.total_ms, explicit=request.explicit, engine=engine)
        opened = self._opened.get(request.uri)
        if opened is None or outcome.superseded:
            return
        told = self._remember(request, outcome, total_ms)
        if suggestion and told.kind and not outcome.continues:
            self.tally.shown(opened.document, told.kind)

    def _remember(self, request: Request, outcome: Outcome, total_ms: float) -> Explanation:
        told = explain(request, outcome, total_ms, self._engine.status.ready)
        self._history.add(told, outcome.suggestion)
        return told

    async def _answer(self, request: Request, started: float) -> Outcome:
        opened = self._opened.get(request.uri)
        if opened is None:
            return Outcome(None, "the document is not open")
        opened.end_turn("a newer request took over")
        if arrival := self.backgrounds.arrival(request.uri):
            patience_ms = PATIENT_SHARE * self.settings.limit_ms(explicit=request.explicit)
            if lost := await self._wait(opened, patience_ms, arrival):
                return lost
        plan = make_plan(opened.document, request, self.settings, self.backgrounds.at)
        if isinstance(plan, Silence):
            opened.land()
            opened.on_screen = DARK
            return Outcome(None, plan.reason)
        shown = opened.shown = Shown(request, plan, started)
        outcome = self._without_engine(opened, plan, started)
        if outcome is not None:
            opened.land()
        else:
            outcome = (await self._fly(opened, plan, started))._replace(asked=True)
        if outcome.suggestion and not plan.explicit:
            outcome = await self._hold(opened, plan, outcome, started)
        if not outcome.superseded:
            opened.on_screen = outcome.on_screen
        shown.text = outcome.text
        return outcome._replace(plan=plan)

    def _without_engine(self, opened: Opened, plan: Plan, started: float) -> Outcome | None:
        """Answer from what is known; None when only the engine can tell."""
        found = self._reuse.find(opened.document.uri, plan.around)
        if found is not None and (not plan.explicit or found.is_whole(plan.ask.shape, plan.candidates)):
            outcome = self._outcome(opened, plan, found, started)
            if outcome.suggestion or not found.typed:  # else what is left of an older answer is not worth showing
                return outcome
        if plan.explicit:
            return None
        if opened.removal and plan.cursor == opened.cursor:
            return Outcome(None, REMOVING)
        return Outcome(None, "suggestions come when asked for") if self.settings.trigger == "manual" else None

    async def _fly(self, opened: Opened, plan: Plan, started: float) -> Outcome:
        """Wait for the engine's answer, or for a newer request, the document's end, or the deadline."""
        flight = opened.flight
        if flight is None or flight.task.done() or not flight.plan.asks_the_same(plan):
            opened.land()
            flight = opened.flight = Flight(plan, asyncio.create_task(self._ask_engine(opened, plan, started)))
            asyncio.get_running_loop().call_soon(opened.read_ahead, plan)  # once the engine is at work
        patience_ms = plan.cold_limit_ms - self._since_ms(started)
        if lost := await self._wait(opened, patience_ms, flight.task):
            return lost
        if not flight.task.done():
            return Outcome(None, "the engine did not answer in time")
        if flight.task.cancelled():
            return Outcome(None, "the engine called the work off")
        heard = flight.task.result()
        if isinstance(heard, Silence):
            return Outcome(None, heard.reason)
        found = Answer(heard.latest, plan.ask.shape, plan.candidates).untyped
        return self._outcome(opened, plan, found, started, heard)._replace(engine=heard.completed.timings)

    async def _hold(self, opened: Opened, plan: Plan, outcome: Outcome, started: float) -> Outcome:
        """Keep a suggestion back until it may show, unless it continues what is on screen; it may grow meanwhile."""
        left_ms = self.settings.show_delay_ms - self._since_ms(started)
        if left_ms <= 0 or outcome.continues:
            return outcome
        if lost := await self._wait(opened, left_ms):
            return lost
        later = self._without_engine(opened, plan, started)
        return later if later and len(later.text) > len(outcome.text) else outcome

    async def _wait(
        self, opened: Opened, limit_ms: float, *tasks: asyncio.Future[None] | asyncio.Task[Heard | Silence]
    ) -> Outcome | None:
        """Wait for one of these; the outcome is that of a request that lost its place or its document meanwhile."""
        revision = opened.revision
        turn = opened.turn = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait((turn, *tasks), timeout=max(limit_ms, 0) / 1000, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if opened.turn is turn:
                opened.land()
            raise
        finally:
            if opened.turn is turn:
                opened.turn = None
        if turn.done():
            return Outcome(None, turn.result(), superseded=True)
        return None if opened.revision == revision else Outcome(None, "the document has changed meanwhile")

    async def _ask_engine(self, opened: Opened, plan: Plan, started: float) -> Heard | Silence:
        """Wait for a pause in the typing, let the engine work for what is left of the time, remember what it said."""
        uri = opened.document.uri
        if not (self._policy.early or plan.explicit):
            await asyncio.sleep(self._debounce.wait_ms(self.settings.debounce_ms) / 1000)
        self._warming.drop(uri)
        wholes: list[Completed] = []
        asked, engine = self._clock(), self._engine.status.ready

        def grow(whole: Completed) -> None:
            wholes.append(whole)
            if self._engine.status.ready is engine:
                self._learn(opened, plan, whole, candidates=1)

        request = plan.request(uri, MARGIN_MS + self._since_ms(started), self._policy)
        try:
            completed = await self._engine.complete(request, grow)
        except TandemError as error:
            return Silence(str(error))
        heard = Heard(completed, asked, self._clock(), engine, wholes)
        if self._engine.status.ready is not engine:  # it has moved: this says nothing of the one that is there now
            return heard
        if plan.candidates == 1:  # several take longer, which says nothing about those that come by themselves
            self._debounce.measured(self._since_ms(asked))
        self.status.completed(completed.stop)
        if not wholes:
            self._learn(opened, plan, completed, candidates=plan.candidates)
        return heard

    def _learn(self, opened: Opened, plan: Plan, completed: Completed, *, candidates: int) -> None:
        """Remember what the engine said, for whoever comes to the same place or types on from it."""
        uri = opened.document.uri
        if self._opened.get(uri) is opened and (completed.text or completed.stop in NATURAL_STOPS):
            self._reuse.remember(uri, plan.around, Answer(completed, plan.ask.shape, candidates))
            self._tell_of_growth(opened)

    def _tell_of_growth(self, opened: Opened) -> None:
        """Tell the editor when the last request would be answered with more than it was."""
        shown = opened.shown
        if shown is None or shown.text is None:
            return
        outcome = self._without_engine(opened, shown.plan, shown.started)
        if outcome is not None and outcome.suggestion and shown.grows_into(outcome.text):
            told = self._remember(shown.request, outcome._replace(plan=shown.plan), self._since_ms(shown.started))
            if not shown.text and told.kind:
                self.tally.shown(opened.document, told.kind)
            shown.text, opened.on_screen = outcome.text, outcome.on_screen
            self._grown(Growth(opened.document.uri, opened.document.version, outcome.suggestion))

    def _outcome(self, opened: Opened, plan: Plan, found: Found, started: float, heard: Heard | None = None) -> Outcome:
        """Make a suggestion of an answer, whether the engine was waited for or not."""
        source: Source = "engine" if heard else "typed-through" if found.typed else "cache"
        times = stage_times(heard, started, self._clock(), mirror_ms=opened.mirror_ms)
        ready = heard.engine if heard else self._engine.status.ready
        what = opened.document, plan, found, opened.on_screen
        offered = offer(*what, source=source, times=times, ready=ready, syntax=opened.syntax)
        basis = Basis(found, source, times, offered.candidates, offered.on_screen)
        continues = opened.on_screen.left_of(found.left[0].text, found.typed, plan.around) is not None
        return Outcome(offered.suggestion, offered.reason, continues, basis=basis)

    def _warm(self, uri: str) -> None:
        """Let the engine read what was typed and, where an answer will probably be wanted, begin with it."""
        opened = self._opened.get(uri)
        if opened is None or self.backgrounds.puts_off(uri, self._warming.touch):
            return
        decode = opened.typed and decodes_at_keys(self.settings, self._debounce)
        place = opened.document, opened.cursor
        expected = expect(*place, self.settings, self._policy, self.backgrounds.expected, decode=decode)
        if expected is not None:
            self._engine.warm(expected)

    def _reread(self, uri: str) -> None:
        """Let the engine read a document once more, with another background; nobody waits for an answer."""
        self._opened[uri].typed = False
        self._warming.touch(uri)

    @property
    def _policy(self) -> Policy:
        return POLICIES[self.settings.power]

    def _since_ms(self, started: float) -> float:
        return (self._clock() - started) * 1000
