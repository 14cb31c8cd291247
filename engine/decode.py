"""From a continuation to an answer: where it ends for what was asked, and how much of it there is by the deadline.

Invariant: time only decides how much of a text is kept, and how many others come beside it, for which it is never lost.

    filling --(last chunk)--> decoding --(natural end, model's end, length, loop)--> looking for others --> answered
       |                         |                                                           |
       +-------------------------+-------------------------(deadline)------------------------+------------> answered
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.alternatives import Alternatives
from engine.judge import Judge
from engine.messages import Completed, Timings
from engine.pace import SMALLEST_CHUNK_TOKENS
from engine.stop import Ending

if TYPE_CHECKING:
    from engine.cache import Pool
    from engine.continuation import Continuation, Workbench
    from engine.messages import Alternative, Complete, Warm
    from engine.scheduler import Arrival

AHEAD_TOKENS = 64
LATEST_COLD_SHARE = 0.5
"""A request is a cold one when filling in its prompt takes more than this share of its budget."""
OTHERS_SHARE = 0.45
"""An answer that is whole by this share of its budget waits for others until then, and no longer: so does the one who
asked. It leaves room for a step that takes longer than expected, before half of the budget is used up."""


class Completion:
    """The answer to one Complete in the making."""

    def __init__(
        self,
        bench: Workbench,
        pool: Pool,
        continuation: Continuation,
        arrival: Arrival,
        *,
        typed: int,
        started_s: float,
    ) -> None:
        self._bench = bench
        self._pool = pool
        self._continuation = continuation
        self._arrival = arrival
        self._judge = Judge(continuation, arrival.request, typed)
        self._found_tokens = continuation.filled
        self._device_before_s = bench.device_s
        self._started_s = self._filled_s = started_s
        self._deadline_s = arrival.received_s + self._budget_ms() / 1000
        self._others: Alternatives | None = None

    def step(self) -> Completed | None:
        """Do at most one device step; return the answer, if it is ready."""
        if self._others is not None:
            over = self._others.step() or self._is_late()
            return self._completed(self._others.first, self._others.ranked()) if over else None
        ending = self._end()
        if ending is None:
            return None
        others_s = self._arrival.request.budget_ms / 1000 * OTHERS_SHARE
        self._deadline_s = min(self._deadline_s, self._arrival.received_s + others_s)
        if self._arrival.request.candidates == 1 or self._is_late():
            return self._completed(ending)
        self._others = Alternatives(
            self._bench,
            self._continuation,
            self._judge,
            ending,
            wanted=self._arrival.request.candidates - 1,
            aside=self._pool.aside,
            deadline_s=self._deadline_s,
        )
        return None

    def _end(self) -> Ending | None:
        """Go on with the text; return where it ends, once that is known."""
        ending = self._judge.ending()
        if ending is None and not self._is_late():
            filling = not self._continuation.is_filled
            self._continuation.step(self._deadline_s - self._bench.clock())
            if filling:
                self._filled_s = self._bench.clock()
            ending = self._judge.ending()
        if ending is None and self._is_late():
            ending = Ending(self._judge.piece(), "deadline")
        return ending

    def _completed(self, ending: Ending, others: tuple[Alternative, ...] = ()) -> Completed:
        return self._judge.completed(self._arrival.request.id, ending, self._timings(), others)

    def _simulated_ms(self) -> float | None:
        if self._bench.simulated is None:
            return None
        simulated = self._judge.simulated()
        return (simulated + self._others.simulated if self._others else simulated).milliseconds

    def _budget_ms(self) -> float:
        """Give a request more time when the model has yet to read most of what stands around the cursor."""
        request = self._arrival.request
        fill_ms = self._bench.pace.fill_s(self._continuation.waiting) * 1000
        cold = fill_ms > request.budget_ms * LATEST_COLD_SHARE
        return max(request.budget_ms, request.cold_budget_ms) if cold else request.budget_ms

    def _is_late(self) -> bool:
        """Tell whether the budget is used up, or would be by one more step."""
        pace, waiting = self._bench.pace, self._continuation.waiting
        next_s = pace.fill_s(pace.next_chunk(waiting)) if waiting > SMALLEST_CHUNK_TOKENS else pace.step_s(1)
        return self._bench.clock() + next_s >= self._deadline_s

    def _timings(self) -> Timings:
        now_s = self._bench.clock()
        filled_s = min(self._filled_s, now_s)
        return Timings(
            queue_ms=(self._started_s - self._arrival.received_s) * 1000,
            prefill_ms=(filled_s - self._started_s) * 1000,
            decode_ms=(now_s - filled_s) * 1000,
            steps=self._continuation.steps + (self._others.steps if self._others else 0),
            prefilled_tokens=self._continuation.filled - self._found_tokens,
            cached_tokens=self._found_tokens,
            device_ms=(self._bench.device_s - self._device_before_s) * 1000,
            simulated_ms=self._simulated_ms(),
        )


class Preparation:
    """Work for a request that is expected: the prompt filled in and, with a shape, what would be its answer, and more.

    `ahead` is how many further lines are prepared, for when the answer has been accepted.
    """

    def __init__(self, continuation: Continuation, request: Complete | Warm, *, typed: int, ahead: int) -> None:
        self._continuation = continuation
        self._judge = Judge(continuation, request, typed) if request.shape else None
        self._ahead = ahead
        self._ending: Ending | None = None

    def step(self) -> bool:
        """Do at most one device step; tell whether everything is there."""
        if self._is_ready():
            return True
        if self._judge is None:
            self._continuation.fill()
        else:
            self._continuation.step()
        return self._is_ready()

    def completed(self, request_id: int) -> Completed | None:
        """Give what the request would be answered with, once that is known."""
        if self._judge is None or self._ending is None:
            return None
        return self._judge.completed(request_id, self._ending, Timings(steps=self._continuation.steps))

    def _is_ready(self) -> bool:
        if self._judge is None:
            return self._continuation.is_filled
        self._ending = self._ending or self._judge.ending()
        return self._ending is not None and (not self._ahead or self._is_far_ahead(self._judge.tokens))

    def _is_far_ahead(self, answered: int) -> bool:
        """Tell whether enough is known of what follows the first so many tokens."""
        generated = self._continuation.generated
        if self._continuation.over or len(generated.ids) - answered >= AHEAD_TOKENS:
            return True
        # The last byte of the token that ended the answer tells whether that token has begun a further line already.
        beyond = generated.data[generated.ends[answered - 1] - 1 if answered else 0 :]
        return beyond.lstrip().count(b"\n") >= self._ahead
