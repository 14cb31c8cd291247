"""One completion as a resumable machine: fill the cache chunk by chunk, then one token per device step.

Invariant: a call of `step` does at most one device step, and what is generated depends on prompt and shape alone: not
on chunks, on what stood in the cache before, or on interruptions. Time only decides how much of it is kept.

    filling --(last chunk)--> decoding --(natural end, model's end, length, loop)--> answered
       |                         |
       +-------------------------+-----------------(deadline)---------------------> answered
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.cache import Outlook
from engine.messages import Completed, Timings
from engine.stop import Ending, loop_start, natural_end, whole_piece
from engine.tokenizer import whole_characters

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence as Ids

    import numpy as np
    from numpy.typing import NDArray

    from engine.cache import Sequence
    from engine.prompt import Prompt
    from engine.sampler import Choice, Sampler
    from engine.scheduler import Arrival
    from engine.tokenizer import Tokenizer
    from hardware.device import Model, Step

CHUNK_S = 0.05  # a request that arrives while a chunk is computed waits that long
SMALLEST_CHUNK_TOKENS = 16  # fewer cost nearly as much: the weights are read once for one token as for many
LARGEST_CHUNK_TOKENS = 512
LONGEST_CHARACTER_BYTES = 4


@dataclass(slots=True)
class Pace:
    """How many tokens fit into CHUNK_S, and what a step of one token takes, as learnt from the latest steps."""

    chunk_tokens: int = SMALLEST_CHUNK_TOKENS
    token_s: float = 0.0

    def learn(self, tokens: int, wall_s: float) -> None:
        """Take a step's duration into account."""
        if tokens == 1:
            self.token_s += 0.2 * (wall_s - self.token_s)
        elif tokens >= SMALLEST_CHUNK_TOKENS:
            fitting = int(tokens * CHUNK_S / max(wall_s, 1e-6))
            self.chunk_tokens = min(max(fitting, SMALLEST_CHUNK_TOKENS), 2 * self.chunk_tokens, LARGEST_CHUNK_TOKENS)

    def next_chunk(self, waiting: int) -> int:
        """How many of the waiting tokens to take; a short remainder goes along."""
        return waiting if waiting <= self.chunk_tokens * 3 // 2 else self.chunk_tokens


@dataclass(slots=True)
class Workbench:
    """What all completions of one core work with, and the one place from which the device is stepped."""

    model: Model
    tokenizer: Tokenizer
    sampler: Sampler
    clock: Callable[[], float]
    pace: Pace = field(default_factory=Pace)
    simulated_s: float | None = None

    def step(self, sequence: Sequence, keep: int, tokens: Ids[int], rows: int) -> Step:
        """Do one device step; see hardware.device.Model.step. Simulated time is added to `simulated_s`."""
        step = sequence.step(self.model, keep, tokens, rows)
        self.pace.learn(len(tokens), step.timing.wall)
        if step.timing.simulated is not None:
            self.simulated_s = (self.simulated_s or 0.0) + step.timing.simulated
        return step


class Filling:
    """A prompt on its way into a sequence: `cached` of its tokens stood there already, `done` stand there now."""

    def __init__(self, bench: Workbench, sequence: Sequence, ids: tuple[int, ...]) -> None:
        self._bench = bench
        self._sequence = sequence
        self._ids = ids
        self._logits: NDArray[np.float32] | None = None
        shared = sequence.shared(ids)
        if sequence.outlook and sequence.outlook.length == shared == len(ids):
            self._logits = sequence.outlook.logits
        else:
            shared = min(shared, len(ids) - 1)  # one is left to step, for its logits
        self.cached = self.done = shared

    def step(self) -> NDArray[np.float32] | None:
        """Compute the next chunk, if any is left; return the logits behind the prompt once they are known."""
        if self._logits is None:
            count = self._bench.pace.next_chunk(len(self._ids) - self.done)
            chunk = self._ids[self.done : self.done + count]
            last = self.done + count == len(self._ids)
            step = self._bench.step(self._sequence, self.done, chunk, rows=int(last))
            self.done += count
            if last:
                self._logits = step.logits[0].copy()
                self._sequence.outlook = Outlook(self.done, self._logits)
        return self._logits


@dataclass(slots=True)
class Generated:
    """Tokens generated so far. Their first `hidden` bytes stand before the cursor: they were taken back from there."""

    hidden: int
    ids: list[int] = field(default_factory=list)
    data: bytes = b""
    ends: list[int] = field(default_factory=list)
    log_probabilities: list[float] = field(default_factory=list)

    def add(self, choice: Choice, piece: bytes) -> None:
        """Append a token and the bytes that it stands for."""
        self.ids.append(choice.token)
        self.data += piece
        self.ends.append(len(self.data))
        self.log_probabilities.append(choice.log_probability)

    def text(self, tokens: int | None = None) -> str:
        """Return what the first so many tokens, or all, put behind the cursor, in whole characters."""
        end = sum(self.ends[:tokens][-1:])
        return whole_characters(self.data[self.hidden : end])

    def is_broken(self) -> bool:
        """Tell whether the bytes end in what no further token can make a character."""
        return len(self.data) - self.hidden - len(self.text().encode()) >= LONGEST_CHARACTER_BYTES

    def confidence(self, shown: str) -> float:
        """Compute the geometric mean of the probabilities of the tokens that show; 0 when none does."""
        last = self.hidden + len(shown.encode())
        spans = zip([0, *self.ends], self.ends, self.log_probabilities, strict=False)
        logs = [log for start, end, log in spans if start < last and end > self.hidden]
        return math.exp(sum(logs) / len(logs)) if shown else 0.0


class Completion:
    """The answer to one Complete in the making; at most `room` tokens long."""

    def __init__(
        self, bench: Workbench, sequence: Sequence, prompt: Prompt, arrival: Arrival, *, started_s: float, room: int
    ) -> None:
        request = arrival.request
        self._bench = bench
        self._sequence = sequence
        self._prompt = prompt
        self._arrival = arrival
        self._shape = request.shape
        self._before = request.prefix[max(request.prefix.rfind("\n"), request.prefix.rfind("\r")) + 1 :]
        self._limit = min(request.max_tokens, room)
        self._filling = Filling(bench, sequence, prompt.ids)
        self._generated = Generated(len(prompt.taken_back))
        self._steps = 0
        self._simulated_before_s = bench.simulated_s or 0.0
        self._started_s = self._filled_s = started_s

    def step(self) -> Completed | None:
        """Do at most one device step; return the answer, if it is ready."""
        ending = None if self._is_late() else self._grow()
        if ending is None and self._is_late():
            ending = Ending(self._whole_piece(self._generated.text()), "deadline")
        return None if ending is None else self._answer(ending)

    def _grow(self) -> Ending | None:
        """Fill in a chunk, or choose one more token; return the ending, if that was the last one."""
        logits = self._next_logits()
        if logits is None:
            return None
        generated = self._generated
        choice = self._bench.sampler.choose(logits, self._prompt.taken_back[len(generated.data) :])
        piece = b"" if choice is None else self._bench.tokenizer.bytes_of(choice.token)
        if choice is None or not piece:
            return Ending(generated.text().rstrip(), "end")
        generated.add(choice, piece)
        return self._judge()

    def _next_logits(self) -> NDArray[np.float32] | None:
        """Compute what follows the tokens so far; None while the prompt is still being filled in."""
        if ids := self._generated.ids:
            self._steps += 1
            step = self._bench.step(self._sequence, len(self._prompt.ids) + len(ids) - 1, ids[-1:], rows=1)
            row: NDArray[np.float32] = step.logits[0]
            return row
        logits = self._filling.step()
        self._filled_s = self._bench.clock()
        return logits

    def _judge(self) -> Ending | None:
        generated, text = self._generated, self._generated.text()
        if generated.is_broken():
            return Ending(self._whole_piece(text), "end")
        if (ending := natural_end(self._shape, self._before, text)) is not None:
            return ending
        if (start := loop_start(generated.ids)) is not None:
            return Ending(self._whole_piece(generated.text(start)), "repeat")
        if len(generated.ids) >= self._limit:
            return Ending(self._whole_piece(text), "length")
        return None

    def _whole_piece(self, text: str) -> str:
        return whole_piece(self._shape, self._before, text)

    def _is_late(self) -> bool:
        """Tell whether the budget is used up, or would be by one more token."""
        next_s = self._bench.pace.token_s if self._generated.ids else 0.0
        return self._bench.clock() + next_s >= self._arrival.deadline_s

    def _answer(self, ending: Ending) -> Completed:
        simulated_s = self._bench.simulated_s
        return Completed(
            id=self._arrival.request.id,
            text=ending.text,
            tokens=len(self._generated.ids),
            stop=ending.stop,
            confidence=self._generated.confidence(ending.text),
            timings=Timings(
                queue_ms=(self._started_s - self._arrival.received_s) * 1000,
                prefill_ms=(self._filled_s - self._started_s) * 1000,
                decode_ms=(self._bench.clock() - self._filled_s) * 1000,
                steps=self._steps,
                prefilled_tokens=self._filling.done - self._filling.cached,
                cached_tokens=self._filling.cached,
                simulated_ms=None if simulated_s is None else (simulated_s - self._simulated_before_s) * 1000,
            ),
        )
