"""Where a continuation ends for what was asked, and the answer that this makes.

Invariant: the text of an answer depends on its continuation and on what was asked alone. Judging goes token by token,
in the order in which they were chosen, however many one step brought.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from engine.difference import Sight
from engine.messages import Alternative, Completed
from engine.stop import Ending, loop_start, natural_end, whole_lines, whole_piece
from hardware.device import SimulatedSeconds

if TYPE_CHECKING:
    from engine.continuation import Continuation
    from engine.messages import Complete, Shape, Timings, Warm


class Judge:
    """Finds where a continuation ends for one request, whose cursor stands `typed` bytes into it."""

    def __init__(self, continuation: Continuation, request: Complete | Warm, typed: int) -> None:
        self._continuation = continuation
        self._request = request
        self._typed = typed
        prefix = request.prefix
        self._before = prefix[max(prefix.rfind("\n"), prefix.rfind("\r")) + 1 :]
        self._first = sum(end <= self.cursor for end in continuation.generated.ends) if typed else 0
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

    def lines(self) -> str:
        """Return what there is so far of a block, in whole lines; nothing of a line, which is whole at its end."""
        return whole_lines(self._continuation.generated.text(typed=self._typed)) if self._shape == "block" else ""

    def completed(
        self, request_id: int, ending: Ending, timings: Timings, others: tuple[Alternative, ...] = ()
    ) -> Completed:
        """Put the answer together."""
        return Completed(
            id=request_id,
            text=ending.text,
            tokens=self.tokens,
            stop=ending.stop,
            confidence=self._confidence(ending.text),
            timings=timings,
            others=others,
            log_probabilities=tuple(self._continuation.generated.logs(ending.text, self._typed)) if ending.text else (),
            token_ends=tuple(self._continuation.generated.characters(ending.text, self._typed)) if ending.text else (),
        )

    def alternative(self, ending: Ending) -> Alternative:
        """Put together what is offered beside an answer."""
        confidence = self._confidence(ending.text)
        return Alternative(text=ending.text, tokens=self.tokens, stop=ending.stop, confidence=confidence)

    def log_probability(self, ending: Ending) -> float:
        """Give the natural logarithm of the probability of all that shows."""
        return sum(self._continuation.generated.logs(ending.text, self._typed))

    def simulated(self) -> SimulatedSeconds:
        """Tell what the device's simulated clock says of the answer: of the steps that it came from, ahead or not.

        Those are the reading of what was not cached and the decoding up to its last token; or, where the cursor was
        typed into the continuation, the decoding from there on.
        """
        generated = self._continuation.generated
        before = generated.simulated[self._first - 1] if self._first else SimulatedSeconds()
        over = self.tokens == len(generated.ids)  # with the step that told so, if it brought no token
        return (self._continuation.simulated if over else generated.simulated[self.tokens - 1]) - before

    def of(self, branch: Continuation) -> Judge:
        """Judge another continuation for the same request."""
        return Judge(branch, self._request, self._typed)

    def places(self, shown: str) -> range:
        """Tell which tokens show in an ending's text; the first one, where nothing shows."""
        generated = self._continuation.generated
        return range(self._first, bisect_left(generated.ends, self.cursor + len(shown.encode())) + 1)

    @property
    def cursor(self) -> int:
        """At which byte of the continuation the cursor stands."""
        return self._continuation.generated.hidden + self._typed

    @property
    def sight(self) -> Sight:
        """What stands around the cursor."""
        return Sight(self._request.prefix, self._request.suffix)

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

    def _confidence(self, shown: str) -> float:
        return self._continuation.generated.confidence(shown, self._typed)

    def _whole_piece(self, text: str) -> str:
        return whole_piece(self._shape, self._before, text)

    @property
    def _shape(self) -> Shape:
        return self._request.shape or "line"
