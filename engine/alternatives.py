"""Other answers to a request: what the model says from where it nearly said something else.

Invariant: a call of `step` does at most one device step, in a sequence aside: the first answer's continuation, and all
that is cached, stay as they are. Each answer is what greedy decoding gives behind one token that was put in.

The first step computes once more what the first tokens were chosen from. So nothing has to be kept for it by those who
want one answer, and a continuation that has long been there will do. Then one branch after the other is grown to its
end, at first where the choice was closest; blocks share the time that is left, and what they have come to by then is
kept in whole lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.messages import NATURAL_STOPS
from engine.pace import LONGEST_STEP_TOKENS
from engine.stop import Ending
from hardware.device import SimulatedSeconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from engine.cache import Sequence
    from engine.continuation import Continuation, Workbench
    from engine.judge import Judge
    from engine.messages import Alternative
    from engine.sampler import Choice

LEAST_PROBABILITY = 0.02
"""What the model gives to a token that is worth a try."""
_WHOLE = NATURAL_STOPS | {"deadline"}


class Branch(NamedTuple):
    """A token that might have been chosen at a place; `margin` is the logarithm of how much likelier the chosen is."""

    margin: float
    place: int
    choice: Choice


class Alternatives:
    """At most `wanted` answers beside the first one, which `judge` found to end in `first`."""

    def __init__(
        self,
        bench: Workbench,
        continuation: Continuation,
        judge: Judge,
        first: Ending,
        *,
        wanted: int,
        aside: Sequence,
        deadline_s: float,
    ) -> None:
        self.steps = 0
        self._bench = bench
        self._simulated_before = bench.simulated
        self._continuation = continuation
        self._judge = judge
        self.first = first
        self._wanted = wanted
        self._aside = aside
        self._deadline_s = deadline_s
        self._sight = judge.sight
        self._found: list[tuple[float, Alternative]] = []
        self._work = self._grow()

    def step(self) -> bool:
        """Do at most one device step; tell whether that was all."""
        return next(self._work, True)

    def ranked(self) -> tuple[Alternative, ...]:
        """Give what was found so far, the likeliest first."""
        return tuple(alternative for _, alternative in sorted(self._found, key=lambda each: -each[0]))

    def _grow(self) -> Iterator[bool]:
        """Look for branches, then grow them until enough have led somewhere; pause before every further step."""
        for branch in self._survey():
            if len(self._found) == self._wanted:
                return
            yield from self._follow(branch)

    def _follow(self, branch: Branch) -> Iterator[bool]:
        """Grow a branch to its end, or as far as it gets in its share of the time; keep what it says."""
        end_s = self._bench.clock() + self._left_s / (self._wanted - len(self._found))
        other = self._continuation.branch(branch.place, branch.choice, self._aside)
        judge = self._judge.of(other)
        while (ending := judge.ending() or self._cut(judge, end_s)) is None:
            yield False
            other.step(self._left_s)
            self.steps += 1
        if ending.stop in _WHOLE and self._is_new(ending.text):
            self._found.append((judge.log_probability(ending), judge.alternative(ending)))

    def _cut(self, judge: Judge, end_s: float) -> Ending | None:
        """End a block behind its last whole line, if one more step would take too long."""
        lines = judge.lines()
        late = self._bench.clock() + self._bench.pace.step_s(1) >= end_s
        return Ending(lines, "deadline") if lines and late else None

    def _survey(self) -> list[Branch]:
        """Find where the model nearly said something else: early on, for what begins late differs little."""
        places = self._judge.places(self.first.text)[:LONGEST_STEP_TOKENS]
        if self._bench.pace.step_s(len(places)) > self._left_s:
            return []
        rows = self._continuation.survey(places, self._aside)
        self.steps += 1
        found = [branch for place, row in zip(places, rows, strict=True) for branch in self._branches(place, row)]
        return sorted(found, key=lambda branch: branch.margin)

    def _branches(self, place: int, logits: NDArray[np.float32]) -> Iterator[Branch]:
        """Find the tokens that would make a difference at a place.

        Special ones end the text, and one that stands for the chosen token and what came next says the same. A shorter
        one that the chosen one begins with is another matter: `value` instead of `values` does not go on with an s.
        """
        generated, tokenizer = self._continuation.generated, self._bench.tokenizer
        start = generated.start(place)
        said, typed = generated.data[start:], generated.data[start : self._judge.cursor]
        chosen = tokenizer.join(generated.ids[place : place + 1])
        likely = self._bench.sampler.likely(logits, typed, LEAST_PROBABILITY)
        for choice in likely:
            piece = tokenizer.bytes_of(choice.token)
            if piece and (len(piece) < len(chosen) or not said.startswith(piece)):
                yield Branch(likely[0].log_probability - choice.log_probability, place, choice)

    def _is_new(self, text: str) -> bool:
        """Tell whether it shows something, and gives a choice beside each that there is."""
        known = [self.first.text, *(alternative.text for _, alternative in self._found)]
        return bool(text.strip()) and all(self._sight.differ(text, other) for other in known if other)

    @property
    def simulated(self) -> SimulatedSeconds:
        """What all of this took on the device's simulated clock; nothing, where it has none."""
        return (self._bench.simulated or SimulatedSeconds()) - (self._simulated_before or SimulatedSeconds())

    @property
    def _left_s(self) -> float:
        return self._deadline_s - self._bench.clock()
