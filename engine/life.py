"""One engine process, from its start to its end, and the questions that were put to it.

Invariant: every `complete` ends: with the engine's answer, or with an error as soon as the process is dead, found hung
or closed. What one life was asked is no other's business, so that two can be alive at once while one takes over.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from engine.child import Child
from engine.errors import EngineDown, EngineError, EngineLost, MessageTooLarge
from engine.messages import Broken, Cancel, Complete, Completed, Failed, Forget, Grown, Loading, Ping, Ready

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from engine.config import EngineConfig
    from engine.messages import Event, Request, Warm

SILENCE_S = 30.0  # an engine that has said nothing for so long is asked whether it is alive
LAST_ANSWERS_S = 2.0  # how long one that is replaced may take beyond the budgets of what it was asked


class Life:
    """An engine process, one of `tasks`, and what it has said of itself; `cause` says why it ended by itself.

    `on_news` is called when `loading`, `ready` or `cause` has changed, with the last before whoever waits for an answer
    gets an error. `over` is done when nothing is left of the process. `hang_s` is how long it may leave a ping
    unanswered before it is taken for hung. Only a ready engine is pinged: loading may take minutes, and says how far
    it is.
    """

    def __init__(
        self,
        config: EngineConfig,
        on_news: Callable[[Life], None],
        *,
        hang_s: float,
        program: Sequence[str],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self.ready: Ready | None = None
        self.loading: Loading | None = None
        self.broken: Broken | None = None
        self.cause = ""
        self.hung = False
        self._on_news = on_news
        self._hang_s = hang_s
        self._child: Child | None = None
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[Completed]] = {}
        self._owed: set[int] = set()  # requests that it has not answered, those that nobody waits for any more too
        self._cut: dict[str, tuple[int, Callable[[Completed], None]]] = {}
        self._due_s = 0.0  # when the last of the answers is due
        self._heard_s = 0.0
        self.over = tasks.create_task(self._run(config, program), name="engine's life")

    async def retire(self) -> None:
        """Let it answer what it was asked, for as long as that may take, and end it, if it has not ended."""
        if self._pending:
            left_s = max(self._due_s - asyncio.get_running_loop().time(), 0.0)
            await asyncio.wait(self._pending.values(), timeout=left_s + LAST_ANSWERS_S)
        self.over.cancel()
        await asyncio.wait((self.over,))

    async def complete(self, request: Complete, grown: Callable[[Completed], None] | None = None) -> Completed:
        """Ask for a completion; `EngineClient.complete` says the rest."""
        if self._child is None or self.over.done():
            raise EngineDown("The engine has just ended; ask again later.")
        request = msgspec.structs.replace(request, id=next(self._numbers))
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Completed] = loop.create_future()
        self._pending[request.id] = answer
        self._due_s = max(self._due_s, loop.time() + max(request.budget_ms, request.cold_budget_ms) / 1000)
        self._cut.pop(request.document, None)
        if grown is not None:
            self._cut[request.document] = request.id, grown
        try:
            if not self._child.send(request):
                raise EngineError("The engine is far behind with its requests; ask again later.")
            self._owed.add(request.id)
            return await answer
        except asyncio.CancelledError:
            self._tell(Cancel(request.id))
            raise
        finally:
            del self._pending[request.id]

    def warm(self, expected: Warm) -> None:
        """Have it prepare for a cursor where a completion may be asked for."""
        with suppress(MessageTooLarge):
            self._tell(expected)

    def forget(self, document: str) -> None:
        """Let go of what is kept for a closed document."""
        self._cut.pop(document, None)
        with suppress(MessageTooLarge, UnicodeEncodeError):  # what cannot be named was never asked about
            self._tell(Forget(document))

    async def _run(self, config: EngineConfig, program: Sequence[str]) -> None:
        """See the process from its start to its end. Cancelling ends it."""
        try:
            self._child = child = await Child.spawn(config, self._hear, program)
        except (OSError, ValueError) as error:  # ValueError: a configuration that cannot be an argument
            return self._end(f"The engine could not be started ({error}).")
        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._watch(child))
                cause = await child.wait()
                watch.cancel()
            self._end(self.broken.reason if self.broken else cause)
        finally:
            self._child = None  # first: what is asked from here on would be nobody's
            self._abandon(EngineLost(self.cause or "The engine was stopped."))
            await _see_through(child.close())

    def _end(self, cause: str) -> None:
        self.cause = cause
        self._on_news(self)

    def _tell(self, request: Request) -> None:
        if self._child is not None:
            self._child.send(request)

    def _hear(self, event: Event) -> None:
        self._heard_s = asyncio.get_running_loop().time()
        match event:
            case Loading():
                self.loading = event
                self._on_news(self)
            case Ready():
                self.ready, self.loading = event, None
                self._on_news(self)
            case Broken():
                self.broken = event
            case Completed():
                self._owed.discard(event.id)
                if (answer := self._pending.get(event.id)) and not answer.done():
                    answer.set_result(event)
            case Grown():
                self._grow(event.completed)
            case Failed():
                self._owed.discard(event.id)
                if (answer := self._pending.get(event.id)) and not answer.done():
                    answer.set_exception(EngineError(event.reason))

    def _grow(self, completed: Completed) -> None:
        for document, (request_id, grown) in self._cut.items():
            if request_id == completed.id:
                del self._cut[document]
                return grown(completed)
        return None

    async def _watch(self, child: Child) -> None:
        """Kill the engine when it leaves a ping unanswered."""
        loop = asyncio.get_running_loop()
        while True:
            asked_s = loop.time()
            silent = self._owed or asked_s - self._heard_s >= SILENCE_S
            asked = self.ready is not None and bool(silent)
            if asked:
                child.send(Ping(next(self._numbers)))
            await asyncio.sleep(self._hang_s)
            child.drain()  # the answer may be there, if it was this process that was kept from running
            if asked and self._heard_s < asked_s:
                self.hung = True
                child.kill(f"it did not answer for {self._hang_s:g} s")

    def _abandon(self, error: EngineError) -> None:
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(error)


async def _see_through(work: Coroutine[None, None, None]) -> None:
    """Wait for it to be done, however often the task that waits is cancelled: half an end would leave a process."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()
