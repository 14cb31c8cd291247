"""From a continuation to an answer: where it ends for what was asked, and how much of it there is by the deadline.

Invariant: the text of an answer depends on its continuation and on what was asked alone; time only decides how much
of it is kept. Judging goes token by token, in the order in which they were chosen, however many one step brought.

    filling --(last chunk)--> decoding --(natural end, model's end, length, loop)--> answered
       |                         |
       +-------------------------+-----------------(deadline)---------------------> answered
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.messages import Completed, Timings
from engine.pace import SMALLEST_CHUNK_TOKENS
from engine.stop import Ending, loop_start, natural_end, whole_piece

if TYPE_CHECKING:
    from engine.continuation import Continuation, Workbench
    from engine.messages import Complete, Shape, Warm
    from engine.scheduler import Arrival

AHEAD_TOKENS = 64
LATEST_COLD_SHARE = 0.5
"""A request is a cold one when filling in its prompt takes more than this share of its budget."""


class Judge:
    """Finds where a continuation ends for one request, whose cursor stands `typed` bytes into it."""

    def __init__(self, continuation: Continuation, request: Complete | Warm, typed: int) -> None:
        self._continuation = continuation
        self._request = request
        self._typed = typed
        prefix = request.prefix
        self._before = prefix[max(prefix.rfind("\n"), prefix.rfind("\r")) + 1 :]
        first = continuation.generated.hidden + typed
        self._first = sum(end <= first for end in continuation.generated.ends) if typed else 0
        self._judged = self._first
        self.tokens = self._first

    def ending(self) -> Ending | None:
        """Find the ending in what there is so far; `tokens` of the continuation lead up to it."""
        generated = self._continuation.generated
        while self._judged < len(generated.ids):
            self._judged += 1
            self.tokens = self._judged
            text = generated.text(self._judged, self._typed)
            ending = natural_end(self._shape, self._before, text)
            if ending is None and self._judged - self._first >= self._request.max_tokens:
                ending = Ending(self._whole_piece(text), "length")
            if ending is not None:
                return ending
        return self._over()

    def piece(self) -> str:
        """Return the longest whole piece of what there is so far."""
        return self._whole_piece(self._continuation.generated.text(typed=self._typed))

    def completed(self, request_id: int, ending: Ending, timings: Timings) -> Completed:
        """Put the answer together."""
        return Completed(
            id=request_id,
            text=ending.text,
            tokens=self.tokens,
            stop=ending.stop,
            confidence=self._continuation.generated.confidence(ending.text, self._typed),
            timings=timings,
        )

    def _over(self) -> Ending | None:
        """End where the continuation does, if it does."""
        generated = self._continuation.generated
        match self._continuation.over:
            case "end":
                return Ending(generated.text(typed=self._typed).rstrip(), "end")
            case "broken":
                return Ending(self.piece(), "end")
            case "repeat":
                text = generated.text(loop_start(generated.ids), self._typed)
                return Ending(self._whole_piece(text), "repeat")
            case "length":
                return Ending(self.piece(), "length")
        return None

    def _whole_piece(self, text: str) -> str:
        return whole_piece(self._shape, self._before, text)

    @property
    def _shape(self) -> Shape:
        return self._request.shape or "line"


class Completion:
    """The answer to one Complete in the making."""

    def __init__(
        self, bench: Workbench, continuation: Continuation, arrival: Arrival, *, typed: int, started_s: float
    ) -> None:
        self._bench = bench
        self._continuation = continuation
        self._arrival = arrival
        self._judge = Judge(continuation, arrival.request, typed)
        self._found_tokens = continuation.filled
        self._simulated_before_s = bench.simulated_s or 0.0
        self._started_s = self._filled_s = started_s
        self._deadline_s = arrival.received_s + self._budget_ms() / 1000

    def step(self) -> Completed | None:
        """Do at most one device step; return the answer, if it is ready."""
        ending = self._judge.ending()
        if ending is None and not self._is_late():
            filling = not self._continuation.is_filled
            self._continuation.step(self._deadline_s - self._bench.clock())
            if filling:
                self._filled_s = self._bench.clock()
            ending = self._judge.ending()
        if ending is None and self._is_late():
            ending = Ending(self._judge.piece(), "deadline")
        return None if ending is None else self._judge.completed(self._arrival.request.id, ending, self._timings())

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
        now_s, simulated_s = self._bench.clock(), self._bench.simulated_s
        filled_s = min(self._filled_s, now_s)
        return Timings(
            queue_ms=(self._started_s - self._arrival.received_s) * 1000,
            prefill_ms=(filled_s - self._started_s) * 1000,
            decode_ms=(now_s - filled_s) * 1000,
            steps=self._continuation.steps,
            prefilled_tokens=self._continuation.filled - self._found_tokens,
            cached_tokens=self._found_tokens,
            simulated_ms=None if simulated_s is None else (simulated_s - self._simulated_before_s) * 1000,
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
