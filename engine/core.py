"""The engine's loop, without a process, a ring or a thread around it: drain, schedule, step, emit.

Invariant: every Complete that was submitted is answered by exactly one Completed or Failed, and a call of `step` does
at most one device step: cancelling, superseding and deadlines take effect within one.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from engine.cache import Pool
from engine.continuation import Workbench
from engine.decode import Completion, Preparation
from engine.messages import Cancel, Complete, Completed, Failed, Forget, Grown, Ping, Pong, Timings, Warm
from engine.pace import Pace
from engine.prompt import PromptBuilder
from engine.reading import Reader, Reading
from engine.sampler import Sampler
from engine.scheduler import Ahead, Arrival, Read, Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.messages import Event, Request, Stop
    from engine.prompt import PromptFormat
    from engine.scheduler import Work
    from engine.tokenizer import Tokenizer
    from hardware.device import Model

Job = Completion | Preparation | Reading

logger = logging.getLogger(__name__)


class Core:
    """Completes code with one model. Give it requests with `submit`, then call `step` while it is `busy`."""

    def __init__(
        self,
        model: Model,
        tokenizer: Tokenizer,
        format: PromptFormat,  # noqa: A002 - the builtin has no business here
        *,
        context_tokens: int,
        caches: int,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        context_tokens = min(context_tokens, model.spec.context)
        self._bench = Workbench(model, tokenizer, Sampler(tokenizer), clock, pace or Pace())
        self._pool = Pool(model, capacity=context_tokens, limit=caches)
        prompts = PromptBuilder(tokenizer, format, context_tokens)
        self._reader = Reader(self._bench, prompts, self._pool, context_tokens)
        self._scheduler = Scheduler()
        self._inbox: list[tuple[Request, float]] = []
        self._outbox: list[Event] = []
        self._work: Work | None = None
        self._job: Job | None = None

    @property
    def busy(self) -> bool:
        """Whether `step` has something to do."""
        return bool(self._inbox) or self._scheduler.next() is not None

    def submit(self, request: Request, received_s: float | None = None) -> None:
        """Take in a request; a Complete's budget runs from when it was received, on the core's clock, or from now."""
        self._inbox.append((request, self._bench.clock() if received_s is None else received_s))

    def step(self) -> list[Event]:
        """Do at most one device step; return all that became ready."""
        self._drain()
        work = self._scheduler.next()
        if work is not None:
            self._advance(work)
        return self._emit()

    def _drain(self) -> None:
        inbox, self._inbox = self._inbox, []
        for request, received_s in inbox:
            self._sort_in(request, received_s)
        for late in self._scheduler.expire(self._bench.clock(), self._work):
            self._answer_empty(late, "deadline")

    def _sort_in(self, request: Request, received_s: float) -> None:
        superseded: Arrival | None = None
        match request:
            case Complete():
                superseded = self._scheduler.add(Arrival(request, received_s))
            case Warm():
                superseded = self._scheduler.warm(request, beside=self._leads_to(request))
            case Cancel():
                superseded = self._scheduler.cancel(request.id)
            case Forget():
                superseded = self._scheduler.forget(request.document)
                self._pool.forget(request.document)
            case Ping():
                self._outbox.append(Pong(request.id))
        if superseded is not None:
            self._answer_empty(superseded, "cancelled")

    def _leads_to(self, warm: Warm) -> bool:
        """Tell whether what is being generated for the document's Complete serves a Warm, too."""
        waiting = self._scheduler.waiting(warm.document)
        if waiting is None:
            return False
        if (waiting.request.prefix, waiting.request.frame) == (warm.prefix, warm.frame):
            return True
        return self._pool.continuation(warm.document, warm.prefix, warm.frame) is not None

    def _advance(self, work: Work) -> None:
        """Do one step of the work; whatever goes wrong in it ends that work and nothing else."""
        try:
            if work is not self._work or self._job is None:
                self._work, self._job = work, self._begin(work)
            self._step(work, self._job)
        except Exception as error:
            logger.exception("A request failed; the engine goes on")
            self._scheduler.finish(work)
            self._job = None
            self._pool.forget(work.document)  # a continuation that was left halfway is nothing to go on from
            if isinstance(work, Arrival):
                self._outbox.append(Failed(work.request.id, f"{type(error).__name__}: {error}"))

    def _begin(self, work: Work) -> Job:
        """Set up the work on what there is already: what was generated or computed before is not computed again."""
        started_s = self._bench.clock()
        if isinstance(work, Read):
            return Reading(self._reader, work.request)
        request = work if isinstance(work, Warm) else work.request
        continuation, typed = self._reader.continuation(request)
        if isinstance(work, Arrival):
            return Completion(self._bench, self._pool, continuation, work, typed=typed, started_s=started_s)
        ahead = work.request.ahead if isinstance(work, Ahead) else 0
        return Preparation(continuation, request, typed=typed, ahead=ahead)

    def _step(self, work: Work, job: Job) -> None:
        """Do one step of a job, and queue what comes after it once it is done."""
        match work, job:
            case Arrival(request=request), Completion() if (completed := job.step()) is not None:
                self._scheduler.finish(work)
                self._outbox.append(completed)
                self._scheduler.go_on(request, cut=completed.stop == "deadline")
            case Warm(), Preparation() if job.step():
                self._scheduler.finish(work)
                self._scheduler.read(work)
            case Ahead(), Preparation():
                self._step_ahead(work, job)
            case Read(), Reading() if job.step():
                self._scheduler.finish(work)

    def _step_ahead(self, work: Ahead, job: Preparation) -> None:
        """Go on after an answer; one that was cut short is told as soon as the whole is there."""
        done = job.step()
        completed = job.completed(work.request.id) if work.cut else None
        if completed is not None:
            self._outbox.append(Grown(completed))
        if done or completed is not None:
            self._scheduler.finish(work)
        if completed is not None:
            self._scheduler.go_on(work.request, cut=False)
        elif done:
            self._scheduler.read(work.request)

    def _answer_empty(self, arrival: Arrival, stop: Stop) -> None:
        timings = Timings(queue_ms=(self._bench.clock() - arrival.received_s) * 1000)
        answer = Completed(id=arrival.request.id, text="", tokens=0, stop=stop, confidence=0.0, timings=timings)
        self._outbox.append(answer)

    def _emit(self) -> list[Event]:
        events, self._outbox = self._outbox, []
        return events
