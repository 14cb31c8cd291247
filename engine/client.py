"""The engine as the server uses it: ask, cancel, and never mind that it may die.

    stopped --start--> starting --Ready--> ready
                          |                  |
                          +----- death ------+--> restarting --Ready--> ready
                          |                            |
                          +-- Broken, too many deaths -+--> failed

Invariant: every `complete` ends: with the engine's answer, or with an error as soon as the engine is dead, found hung
or stopped. A death is followed by a new life after a growing pause, until there were too many in a short time.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import msgspec

from engine.child import PROGRAM, Child
from engine.errors import EngineDown, EngineError, EngineLost, MessageTooLarge
from engine.messages import (
    Broken,
    Cancel,
    Complete,
    Completed,
    Failed,
    Forget,
    Grown,
    Loading,
    Ping,
    Ready,
    Warm,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.config import EngineConfig
    from engine.messages import Event, Request

logger = logging.getLogger(__name__)

SILENCE_S = 30.0  # an engine that has said nothing for so long is asked whether it is alive


class EngineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the engine is; `reason` says why where it is not well, `deaths` counts since `start`.

    `hung` tells that the last death was ours to bring about, because it did not answer.
    """

    state: Literal["stopped", "starting", "ready", "restarting", "failed"] = "stopped"
    reason: str = ""
    ready: Ready | None = None
    loading: Loading | None = None
    deaths: int = 0
    hung: bool = False


class RestartPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How long to pause after a death, and when to give up: at the `deaths`-th within `window_s`."""

    deaths: int = 5
    window_s: float = 60.0
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0

    def pause_s(self, deaths_s: Sequence[float]) -> float | None:
        """Say how long to pause after the last of these deaths (times in seconds); None to give up."""
        recent = sum(deaths_s[-1] - death_s < self.window_s for death_s in deaths_s)
        if recent >= self.deaths:
            return None
        return float(min(self.longest_pause_s, self.first_pause_s * 2 ** (recent - 1)))


class EngineClient:
    """Keeps one engine process alive and speaks with it; for one event loop.

    `hang_s` is how long it may leave a ping unanswered before it is taken for hung. Only a ready engine is pinged:
    loading may take minutes, and says how far it is.
    """

    def __init__(
        self,
        config: EngineConfig,
        *,
        on_status: Callable[[EngineStatus], None] = lambda _: None,
        hang_s: float = 5.0,
        restarts: RestartPolicy = RestartPolicy(),  # noqa: B008 - frozen
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.status = EngineStatus()
        self._config = config
        self._on_status = on_status
        self._hang_s = hang_s
        self._restarts = restarts
        self._program = program
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[Completed]] = {}
        self._owed: set[int] = set()  # requests that it has not answered, those that nobody waits for any more too
        self._cut: dict[str, tuple[int, Callable[[Completed], None]]] = {}
        self._child: Child | None = None
        self._broken = ""
        self._hung = False
        self._heard_s = 0.0
        self._changed = asyncio.Event()
        self._life: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the engine; does not wait for its model."""
        if self._life is None:
            self._broken = ""
            self._become(state="starting", reason="", deaths=0)
            self._life = asyncio.create_task(self._keep_alive(), name="engine")

    async def stop(self) -> None:
        """End the engine; what is under way ends with EngineLost. It can be started again."""
        life, self._life = self._life, None
        if life is not None:
            life.cancel()
            await asyncio.wait([life])
            self._become(state="stopped", reason="The engine was stopped.", ready=None, loading=None)

    async def wait_ready(self) -> Ready:
        """Wait for the model to be open. Raises EngineDown when that will not be, with the reason."""
        while self.status.ready is None:
            if self.status.state in {"failed", "stopped"}:
                raise EngineDown(self.status.reason or "The engine was not started.")
            await self._changed.wait()
        return self.status.ready

    async def complete(self, request: Complete, grown: Callable[[Completed], None] | None = None) -> Completed:
        """Ask for a completion. Cancelling the waiting task calls it off in the engine.

        If its deadline cuts it short, `grown` is called with the whole when that is there, or never: the newest request
        of a document takes the place of older ones.
        Raises EngineDown when the engine is not ready, EngineLost when it dies or is stopped on the way, EngineError
        when it lives but cannot do it, MessageTooLarge.
        """
        if self._child is None or self.status.state != "ready":
            raise EngineDown(self.status.reason or f"The engine is {self.status.state}; ask again later.")
        request = msgspec.structs.replace(request, id=next(self._numbers))
        answer: asyncio.Future[Completed] = asyncio.get_running_loop().create_future()
        self._pending[request.id] = answer
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
        """Have the engine prepare for a cursor where a completion may be asked for."""
        with suppress(MessageTooLarge):
            self._tell(expected)

    def forget(self, document: str) -> None:
        """Let go of what is kept for a closed document."""
        self._cut.pop(document, None)
        with suppress(MessageTooLarge, UnicodeEncodeError):  # what cannot be named was never asked about
            self._tell(Forget(document))

    def _tell(self, request: Request) -> None:
        if self._child is not None and self.status.state == "ready":
            self._child.send(request)

    def _hear(self, event: Event) -> None:
        if self._life is None:
            return  # stopping, and nobody waits any more
        self._heard_s = asyncio.get_running_loop().time()
        match event:
            case Loading():
                self._become(loading=event)
            case Ready():
                self._become(state="ready", reason="", ready=event, loading=None)
            case Broken():
                self._broken = event.reason
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

    async def _keep_alive(self) -> None:
        """Start the engine again whenever it dies, as long as there is hope."""
        deaths_s: list[float] = []
        pause_s: float | None = 0.0
        while pause_s is not None:
            await asyncio.sleep(pause_s)
            cause = await self._live()
            logger.warning("%s", cause)
            pause_s = None
            if not self._broken:
                deaths_s.append(asyncio.get_running_loop().time())
                pause_s = self._restarts.pause_s(deaths_s)
            state = "failed" if pause_s is None else "restarting"
            self._become(state=state, reason=cause, ready=None, loading=None, deaths=len(deaths_s), hung=self._hung)

    async def _live(self) -> str:
        """See one engine process from its start to its end, and give the cause."""
        self._hung = False
        self._owed.clear()
        try:
            self._child = child = await Child.spawn(self._config, self._hear, self._program)
        except OSError as error:
            return f"The engine could not be started ({error})."
        cause = "The engine was stopped."
        try:
            async with asyncio.TaskGroup() as group:
                watch = group.create_task(self._watch(child))
                cause = await child.wait()
                watch.cancel()
        finally:
            self._child = None
            self._abandon(EngineLost(cause))
            await child.close()
        return self._broken or cause

    async def _watch(self, child: Child) -> None:
        """Kill the engine when it leaves a ping unanswered."""
        loop = asyncio.get_running_loop()
        while True:
            asked_s = loop.time()
            silent = self._owed or asked_s - self._heard_s >= SILENCE_S
            asked = self.status.state == "ready" and bool(silent)
            if asked:
                child.send(Ping(next(self._numbers)))
            await asyncio.sleep(self._hang_s)
            child.drain()  # the answer may be there, if it was this process that was kept from running
            if asked and self._heard_s < asked_s:
                self._hung = True
                child.kill(f"it did not answer for {self._hang_s:g} s")

    def _abandon(self, error: EngineError) -> None:
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(error)

    def _become(self, **changes: object) -> None:
        self.status = msgspec.structs.replace(self.status, **changes)
        self._changed.set()
        self._changed = asyncio.Event()
        self._on_status(self.status)
