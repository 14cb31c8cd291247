"""What the model says after one prompt: filled in chunk by chunk, then grown by drafts that are checked step by step.

Invariant: a call of `step` does at most one device step, and what is generated depends on the prompt alone: not on
chunks, drafts, interruptions, or on what stood in the cache before. It knows nothing of requests: one continuation
serves all that agree with it, those that come while it grows and those that come when the text has long been there.
What branches off it stands in another sequence, and depends on the prompt and the token that was put in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from engine.cache import Outlook
from engine.draft import LONGEST_DRAFT, LONGEST_RUN, NO_DRAFT, Draft, Drafts
from engine.sampler import Choice
from engine.stop import loop_start
from engine.tokenizer import whole_characters
from hardware.device import SimulatedSeconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Sequence as Ids

    import numpy as np
    from numpy.typing import NDArray

    from engine.cache import Sequence
    from engine.messages import Frame
    from engine.pace import Pace
    from engine.prompt import Prompt
    from engine.sampler import Sampler
    from engine.tokenizer import Tokenizer
    from hardware.device import Model, Step

LONGEST_CHARACTER_BYTES = 4
_NO_TIME = SimulatedSeconds()

Over = Literal["end", "broken", "repeat", "length"]
"""Why it cannot go on: the model ended it, its bytes can become no text, it goes in circles, the context is full."""


@dataclass(slots=True)
class Workbench:
    """What all continuations of one core work with, and the one place from which the device is stepped."""

    model: Model
    tokenizer: Tokenizer
    sampler: Sampler
    clock: Callable[[], float]
    pace: Pace
    drafts: Drafts = field(default_factory=Drafts)
    device_s: float = 0.0
    simulated: SimulatedSeconds | None = None

    def step(self, sequence: Sequence, keep: int, tokens: Ids[int], rows: int) -> Step:
        """Do one device step; see hardware.device.Model.step.

        `device_s` is the wall time of all steps so far, `simulated` their time on the device's own clock, if it has
        one. What is decided here, chunks, drafts and deadlines, goes by the wall's: that is the one people wait by.
        """
        step = sequence.step(self.model, keep, tokens, rows)
        self.pace.learn(len(tokens), rows, step.timing.wall)
        self.device_s += step.timing.wall
        if step.timing.simulated is not None:
            self.simulated = (self.simulated or _NO_TIME) + step.timing.simulated
        return step


@dataclass(slots=True)
class Generated:
    """Tokens generated so far. Their first `hidden` bytes stand before the cursor: they were taken back from there.

    `simulated` is what the continuation's steps had taken on the device's simulated clock when each token was there.
    """

    hidden: int
    ids: list[int] = field(default_factory=list)
    data: bytes = b""
    ends: list[int] = field(default_factory=list)
    log_probabilities: list[float] = field(default_factory=list)
    simulated: list[SimulatedSeconds] = field(default_factory=list)

    def add(self, choice: Choice, piece: bytes, simulated: SimulatedSeconds = _NO_TIME) -> None:
        """Append a token and the bytes that it stands for."""
        self.ids.append(choice.token)
        self.data += piece
        self.ends.append(len(self.data))
        self.log_probabilities.append(choice.log_probability)
        self.simulated.append(simulated)

    def start(self, place: int) -> int:
        """Tell at which byte the token at a place begins, or would begin."""
        return self.ends[place - 1] if place else 0

    def beginning(self, tokens: int) -> Generated:
        """Copy the first so many tokens."""
        data, logs = self.data[: self.start(tokens)], self.log_probabilities[:tokens]
        return Generated(self.hidden, self.ids[:tokens], data, self.ends[:tokens], logs, self.simulated[:tokens])

    def text(self, tokens: int | None = None, typed: int = 0) -> str:
        """Return what so many tokens, or all, put behind the cursor and `typed` bytes, in whole characters."""
        end = sum(self.ends[:tokens][-1:])
        return whole_characters(self.data[self.hidden + typed : end])

    def is_broken(self) -> bool:
        """Tell whether the bytes end in what no further token can make a character."""
        return len(self.data) - self.hidden - len(self.text().encode()) >= LONGEST_CHARACTER_BYTES

    def confidence(self, shown: str, typed: int = 0) -> float:
        """Compute the geometric mean of the probabilities of the tokens that show; 0 when none does."""
        logs = self.logs(shown, typed)
        return math.exp(sum(logs) / len(logs)) if shown else 0.0

    def logs(self, shown: str, typed: int = 0) -> list[float]:
        """Give the natural logarithms of the probabilities of the tokens that show."""
        return [log for _, log in self._showing(shown.encode(), typed)]

    def characters(self, shown: str, typed: int = 0) -> list[int]:
        """Count for each of these tokens the characters that show up to its end; one that it only begins counts not."""
        data = shown.encode()
        return [len(whole_characters(data[:end])) for end, _ in self._showing(data, typed)]

    def _showing(self, data: bytes, typed: int) -> list[tuple[int, float]]:
        """Find the tokens that have a part in what shows: the byte of it that each ends at, and its logarithm."""
        first = self.hidden + typed
        last = first + len(data)
        spans = zip([0, *self.ends], self.ends, self.log_probabilities, strict=False)
        return [(end - first, log) for start, end, log in spans if start < last and end > first]


class Continuation:
    """What follows `prefix` in `frame`; `prompt` stands for both. At most `room` tokens long.

    `filled` of the prompt's tokens stand in the sequence.
    """

    def __init__(
        self, bench: Workbench, sequence: Sequence, prompt: Prompt, prefix: str, frame: Frame, *, room: int
    ) -> None:
        self.prefix = prefix
        self.frame = frame
        self.generated = Generated(len(prompt.taken_back))
        self.over: Over | None = None
        self.steps = 0
        self.simulated = _NO_TIME
        self._bench = bench
        self._sequence = sequence
        self._prompt = prompt
        self._room = room
        self._logits: NDArray[np.float32] | None = None
        shared = sequence.shared(prompt.ids)
        if sequence.outlook and sequence.outlook.length == shared == len(prompt.ids):
            self._logits = sequence.outlook.logits
        else:
            shared = min(shared, len(prompt.ids) - 1)  # one is left to step, for its logits
        self.filled = shared
        self._read = list(prompt.ids[-LONGEST_RUN:])
        bench.drafts.read(prompt.ids, shared)
        sequence.continuation = self
        sequence.prompted = len(prompt.ids)

    @property
    def is_filled(self) -> bool:
        """Tell whether the whole prompt stands in the sequence."""
        return self.filled == len(self._prompt.ids)

    @property
    def waiting(self) -> int:
        """How many tokens of the prompt are still to be filled in."""
        return len(self._prompt.ids) - self.filled

    @property
    def progress(self) -> tuple[int, int, int]:
        """How far it is, for comparing: tokens generated, then few of the prompt to be filled in, then many filled."""
        return len(self.generated.ids), -self.waiting, self.filled

    def typed(self, prefix: str, frame: Frame) -> int | None:
        """Count the bytes of this text that were typed to get to another cursor; None when it does not lead there.

        What ended for no reason of the model's leads no further: behind what was typed there may be more to say.
        """
        if frame != self.frame or not prefix.startswith(self.prefix):
            return None
        more = prefix[len(self.prefix) :]
        if more and self.over not in {None, "end"}:
            return None
        return len(more.encode()) if self.generated.text().startswith(more) else None

    def fill(self) -> None:
        """Compute the next chunk of the prompt, if any is left."""
        if not self.is_filled:
            self._next_chunk(None)

    def step(self, left_s: float = math.inf) -> None:
        """Compute the next chunk, or else the next tokens, unless it is over; drafts are to fit into `left_s`."""
        if self.over is not None:
            return
        if self._logits is not None:
            logits, self._logits = self._logits, None
            self._choose(iter([self._bench.sampler.choose(logits, self._rest)]), NO_DRAFT)
        elif not self.is_filled:
            self._next_chunk(left_s)
        else:
            self._grow(left_s)

    def survey(self, places: range, aside: Sequence) -> NDArray[np.float32]:
        """Compute once more, aside, what the tokens at some places were chosen from: a row of logits for each."""
        keep = len(self._prompt.ids) + places.start - 1
        ids = [*self._prompt.ids, *self.generated.ids][keep : keep + len(places)]
        aside.begin_as(self._bench.model, self._sequence, keep)
        return self._bench.step(aside, keep, ids, len(places)).logits

    def branch(self, place: int, choice: Choice, aside: Sequence) -> Continuation:
        """Begin, aside, what the model says with another token at a place."""
        prompt = self._prompt
        aside.begin_as(self._bench.model, self._sequence, len(prompt.ids) + place)
        other = Continuation(self._bench, aside, prompt, self.prefix, self.frame, room=self._room)
        other.filled = len(prompt.ids)
        other.generated = self.generated.beginning(place)
        other._read += other.generated.ids
        other._take(choice, self._bench.tokenizer.bytes_of(choice.token))
        return other

    def _next_chunk(self, left_s: float | None) -> None:
        """Fill in a chunk; with the last one, unless only filling is wanted (None), come the first tokens."""
        ids = self._prompt.ids
        end = self.filled + self._bench.pace.next_chunk(self.waiting)
        last = end == len(ids)
        draft = self._draft(ids, left_s, beside=end - self.filled) if last and left_s is not None else NO_DRAFT
        tokens, rows = [*ids[self.filled : end], *draft.tokens], 1 + len(draft.tokens) if last else 0
        step = self._compute(self.filled, tokens, rows)
        self.filled = end
        if not last:
            return
        self._sequence.outlook = Outlook(end, step.logits[0].copy())
        if left_s is None:
            self._logits = self._sequence.outlook.logits
        else:
            self.steps += 1
            self._choose(self._choices(step, rows), draft)

    def _grow(self, left_s: float) -> None:
        ids = self.generated.ids
        draft = self._draft(self._read, left_s)
        self.steps += 1
        keep = len(self._prompt.ids) + len(ids) - 1
        rows = 1 + len(draft.tokens)
        step = self._compute(keep, [ids[-1], *draft.tokens], rows)
        self._choose(self._choices(step, rows), draft)

    def _compute(self, keep: int, tokens: Ids[int], rows: int) -> Step:
        step = self._bench.step(self._sequence, keep, tokens, rows)
        self.simulated += step.timing.simulated or _NO_TIME
        return step

    def _draft(self, ids: Ids[int], left_s: float, *, beside: int = 1) -> Draft:
        """Guess what comes next: nothing that the bytes taken back rule out, and no more than there is room for.

        A step of a draft and the tokens `beside` it is to be no longer than a chunk.
        """
        cost, chunk_tokens = self._bench.pace.cost, self._bench.pace.chunk_tokens
        room = min(self._room - len(self.generated.ids) - 1, LONGEST_DRAFT, max(chunk_tokens - beside, 0))
        while room > 0 and cost.of(1 + room) > left_s:
            room -= 1
        draft = self._bench.drafts.propose(ids, room, cost.of)
        rest = self._rest
        for place, token in enumerate(draft.tokens):
            if not rest:
                break
            piece = self._bench.tokenizer.bytes_of(token)
            if not (piece and (piece.startswith(rest) or rest.startswith(piece))):
                return Draft(draft.tokens[:place], draft.runs[:place])
            rest = rest[len(piece) :]
        return draft

    @property
    def _rest(self) -> bytes:
        """What of the bytes taken back has not been generated again yet."""
        return self._prompt.taken_back[len(self.generated.data) :]

    def _choices(self, step: Step, rows: int) -> Iterator[Choice | None]:
        """Choose from each row in turn, under what the choices before leave to be generated again.

        What a device has chosen is taken where every token is open to choice; then it need not hand out its logits.
        """
        for row in range(rows):
            if step.likeliest is not None and not self._rest:
                yield Choice(*step.likeliest[row])
            else:
                yield self._bench.sampler.choose(step.logits[row], self._rest)

    def _choose(self, choices: Iterator[Choice | None], draft: Draft) -> None:
        """Take the model's tokens, one after the other for as long as the draft agrees with them."""
        agreed, known = 0, len(self._read)
        for choice in choices:
            piece = b"" if choice is None else self._bench.tokenizer.bytes_of(choice.token)
            if choice is None or not piece:
                self.over = "end"
                break
            self._take(choice, piece)
            if self.over or draft.tokens[agreed : agreed + 1] != (choice.token,):
                break
            agreed += 1
        self._bench.drafts.checked(draft, agreed)
        self._bench.drafts.read(self._read, known)

    def _take(self, choice: Choice, piece: bytes) -> None:
        self.generated.add(choice, piece, self.simulated)
        self._read.append(choice.token)
        self.over = self._why_over()

    def _why_over(self) -> Over | None:
        if self.generated.is_broken():
            return "broken"
        if loop_start(self.generated.ids) is not None:
            return "repeat"
        return "length" if len(self.generated.ids) >= self._room else None
