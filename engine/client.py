"""The engine as the server uses it: ask, cancel, have it move, and never mind that it may die.

    stopped --start--> starting --Ready--> ready --move--> ready, while a successor opens its model --> ready
                          |                  |
                          +----- death ------+--> restarting --Ready--> ready
                          |                            |
                          +-- Broken, too many deaths -+--> failed --move--> starting

Invariant: every `complete` ends: with the engine's answer, or with an error as soon as the engine is dead, found hung
or stopped. A death is followed by a new life after a growing pause, until there were too many in a short time.

A move is a second process: the first serves until the other can, and what goes wrong in opening a
model, a crash included, happens to a process that nobody depends on yet.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Literal

import msgspec

from engine.child import PROGRAM
from engine.errors import EngineDown
from engine.life import Life
from engine.messages import Loading, Ready  # noqa: TC001 - msgspec reads the annotations at run time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.config import EngineConfig
    from engine.messages import Complete, Completed, Warm

logger = logging.getLogger(__name__)


class EngineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the engine is; `reason` says why where it is not well, or not where it was to move.

    `deaths` counts since `start` or the latest move; `hung` tells that the last death was ours to bring about, because
    it did not answer.
    `loading` beside the state "ready" is a move under way.
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

    `hang_s` is how long it may leave a ping unanswered before it is taken for hung.
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
        self._config = config  # what lives begin with
        self._wanted = config  # where the latest move was to lead
        self._proven: EngineConfig | None = None  # to go back to, where it had to end before the other could serve
        self._staying = ""  # why the latest move failed
        self._deaths_s: list[float] = []
        self._pause_s: float | None = 0.0  # before the next life; None until somebody wants another
        self._on_status = on_status
        self._hang_s = hang_s
        self._restarts = restarts
        self._program = program
        self._changed = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._tasks = asyncio.TaskGroup()  # the keeper's
        self._relief: asyncio.Future[Life | None] | None = None
        self._life: Life | None = None
        self._successor: Life | None = None

    async def start(self) -> None:
        """Start the engine; does not wait for its model."""
        if self._keeper is None:
            self._deaths_s.clear()
            self._become(state="starting", reason="", deaths=0)
            self._keeper = asyncio.create_task(self._keep_alive(), name="engine")

    async def stop(self) -> None:
        """End the engine; what is under way ends with EngineLost. It can be started again, where it was to move to."""
        keeper, self._keeper = self._keeper, None
        if self._successor is not None:
            self._config = self._wanted
        if keeper is not None:
            self._life = self._successor = self._relief = None  # before waiting: nothing may be asked of one that ends
            self._become(state="stopped", reason="The engine was stopped.", ready=None, loading=None)
            keeper.cancel()
            await asyncio.wait([keeper])

    def move(self, model: str, device: str) -> None:
        """Have this model on this device complete from now on; what completes now goes on until that can.

        Where that cannot, all stays as it is, and `status.reason` says why. The newest wish counts.
        """
        wanted = msgspec.structs.replace(self._config, model=model, device=device)
        if wanted == self._wanted:
            return
        self._wanted, self._staying = wanted, ""
        self._deaths_s.clear()
        self._call_off()
        if self.status.state == "ready":
            self._become(reason="", loading=None, deaths=0)
            if wanted != self._config:
                self._successor = self._begin(msgspec.structs.replace(wanted, beside=True))
            return
        self._config = wanted
        if self._keeper is not None:
            self._make_room()

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
        if self._life is None or self.status.state != "ready":
            raise EngineDown(self.status.reason or f"The engine is {self.status.state}; ask again later.")
        return await self._life.complete(request, grown)

    def warm(self, expected: Warm) -> None:
        """Have the engine prepare for a cursor where a completion may be asked for."""
        if self._life is not None and self.status.state == "ready":
            self._life.warm(expected)

    def forget(self, document: str) -> None:
        """Let go of what is kept for a closed document."""
        if self._life is not None and self.status.state == "ready":
            self._life.forget(document)

    async def _keep_alive(self) -> None:
        """See to it that there is an engine process: one after another, or one in another's place."""
        async with asyncio.TaskGroup() as self._tasks:
            life = self._life = self._begin(self._config)
            while True:
                relief = self._relief = asyncio.get_running_loop().create_future()
                await asyncio.wait((life.over, relief), return_when=asyncio.FIRST_COMPLETED)
                if not relief.done():
                    await asyncio.wait((relief,), timeout=self._pause_s)
                successor = relief.result() if relief.done() else None
                if successor is not None and successor is self._life:
                    self._tasks.create_task(life.retire())
                    life = successor
                    continue
                for predecessor in (life, successor):  # the successor, if it had hardly come when it was to go
                    if predecessor is not None:
                        await predecessor.retire()
                life = self._life = self._begin(self._config)

    def _begin(self, config: EngineConfig) -> Life:
        return Life(config, self._heard, hang_s=self._hang_s, program=self._program, tasks=self._tasks)

    def _heard(self, life: Life) -> None:
        """Take in how a life is; of one that was told to end there is nothing to tell."""
        if self._keeper is None:
            return
        if life is self._life:
            if life.cause:
                self._mourn(life)
            elif life.ready:
                self._proven = None
                self._become(state="ready", reason=self._staying, ready=life.ready, loading=None)
            else:
                self._become(loading=life.loading)
        elif life is self._successor:
            if life.cause:
                self._stay(life)
            elif life.ready:
                self._take_over(life)
            else:
                self._become(loading=life.loading)

    def _mourn(self, dead: Life) -> None:
        """Say why the engine ended, and decide on the pause before the next."""
        logger.warning("%s", dead.cause)
        if dead.ready is None and self._proven is not None:
            self._staying = self._no_move(dead)
            self._config, self._proven, self._pause_s = self._proven, None, 0.0
            return
        self._pause_s = None
        if dead.broken is None:
            self._deaths_s.append(asyncio.get_running_loop().time())
            self._pause_s = self._restarts.pause_s(self._deaths_s)
        state, deaths = "failed" if self._pause_s is None else "restarting", len(self._deaths_s)
        self._become(state=state, reason=dead.cause, ready=None, loading=None, deaths=deaths, hung=dead.hung)

    def _take_over(self, successor: Life) -> None:
        """Let a successor have what comes from now on; what came before is its predecessor's to answer."""
        self._life, self._successor, self._config = successor, None, self._wanted
        self._become(state="ready", reason="", ready=successor.ready, loading=None)
        self._relieve(successor)

    def _stay(self, failed: Life) -> None:
        """Go on as before, unless all that a successor lacked was room: then that is made."""
        self._successor = None
        if failed.broken and failed.broken.crowded:
            self._proven, self._config = self._config, self._wanted
            self._make_room()
            return
        self._staying = self._no_move(failed)
        if self.status.state == "ready":
            self._become(reason=self._staying, loading=None)

    def _no_move(self, failed: Life) -> str:
        return f"The engine did not move to {self._wanted.model} on {self._wanted.device}: {failed.cause}"

    def _make_room(self) -> None:
        """End the life that is, and begin another then."""
        self._life = None
        self._become(state="starting", reason="", ready=None, loading=None, deaths=len(self._deaths_s))
        self._relieve(None)

    def _relieve(self, successor: Life | None) -> None:
        if self._relief is not None and not self._relief.done():
            self._relief.set_result(successor)

    def _call_off(self) -> None:
        """End a move that is under way."""
        successor, self._successor = self._successor, None
        if successor is not None:
            successor.over.cancel()

    def _become(self, **changes: object) -> None:
        self.status = msgspec.structs.replace(self.status, **changes)
        self._changed.set()
        self._changed = asyncio.Event()
        self._on_status(self.status)
