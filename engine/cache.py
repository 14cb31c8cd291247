"""Key/value caches and what stands in them, so that nothing is computed twice.

Invariant: a sequence's `ids` are exactly the tokens whose keys and values its cache holds, also after a step that
failed. No document takes another one's last sequence while there is any other to take.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence as Ids

    import numpy as np
    from numpy.typing import NDArray

    from engine.continuation import Continuation
    from hardware.device import Cache, Model, Step

LOSS_TOKENS = 96
"""What a sequence may lose to the next prompt: what was generated, and a few lines. One that would lose more stays"""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The logits that follow the first `length` ids of a sequence, kept so that they need no step."""

    length: int
    logits: NDArray[np.float32]


@dataclass(slots=True)
class Sequence:
    """One device cache, the ids in it, and whose they are.

    `outlook` follows the last prompt it was filled with; `continuation` is what the model says after it, so far.
    """

    cache: Cache
    document: str | None = None
    ids: list[int] = field(default_factory=list)
    outlook: Outlook | None = None
    continuation: Continuation | None = None
    used: int = 0

    def shared(self, ids: Ids[int]) -> int:
        """Count the ids at the start of this sequence that a prompt has in common with it."""
        return _common(self.ids, ids)

    def clear(self) -> None:
        """Hold nothing, for no document."""
        self.document = self.outlook = self.continuation = None
        self.ids.clear()

    def begin_as(self, model: Model, other: Sequence, keep: int) -> None:
        """Hold what another sequence holds, up to `keep`, and leave that one as it is."""
        self.clear()
        model.copy(other.cache, self.cache, keep)
        self.ids += other.ids[:keep]

    def step(self, model: Model, keep: int, tokens: Ids[int], rows: int) -> Step:
        """Rewind to `keep`, append `tokens`; see hardware.device.Model.step."""
        del self.ids[keep:]
        if self.outlook is not None and self.outlook.length > keep:
            self.outlook = None
        step = model.step(self.cache, keep, tokens, rows)
        self.ids.extend(tokens)
        return step


class Pool:
    """A bounded number of sequences, made when first needed."""

    def __init__(self, model: Model, *, capacity: int, limit: int) -> None:
        self._model = model
        self._capacity = capacity
        self._limit = limit
        self._sequences: list[Sequence] = []
        self._uses = 0

    def take(self, document: str, ids: Ids[int]) -> Sequence:
        """Pick a sequence to hold `ids`: the document's own with most in common, or one that begins as a copy of it."""
        best = self._nearest(document, ids)
        shared = best.shared(ids) if best else 0
        if best is not None and len(best.ids) - shared <= LOSS_TOKENS:
            sequence = best
        else:
            sequence = self._free() or self._longest_unused(document, best)
            if best is not None and sequence is not best:
                sequence.begin_as(self._model, best, shared)
        sequence.document = document
        sequence.continuation = None
        self._touch(sequence)
        return sequence

    def waiting(self, document: str, ids: Ids[int]) -> int:
        """Count the ids that stand in no sequence of the document yet."""
        best = self._nearest(document, ids)
        return len(ids) - (best.shared(ids) if best else 0)

    def continuation(self, document: str, prefix: str, suffix: str) -> tuple[Continuation, int] | None:
        """Find what is furthest for this place, or on the way to it, and how many bytes of it were typed."""
        leading = [
            (sequence, found, typed)
            for sequence in self._sequences
            if sequence.document == document
            and (found := sequence.continuation)
            and (typed := found.typed(prefix, suffix)) is not None
        ]
        if not leading:
            return None
        sequence, found, typed = max(leading, key=lambda each: each[1].progress)
        self._touch(sequence)
        return found, typed

    def forget(self, document: str) -> None:
        """Drop what is held for a document; its memory goes to the next that needs some."""
        for sequence in self._sequences:
            if sequence.document == document:
                sequence.clear()

    def _touch(self, sequence: Sequence) -> None:
        self._uses += 1
        sequence.used = self._uses

    def _nearest(self, document: str, ids: Ids[int]) -> Sequence | None:
        own = [sequence for sequence in self._sequences if sequence.document == document]
        return max(own, key=lambda sequence: sequence.shared(ids), default=None)

    def _free(self) -> Sequence | None:
        for sequence in self._sequences:
            if sequence.document is None:
                return sequence
        if len(self._sequences) >= self._limit:
            return None
        self._sequences.append(Sequence(self._model.new_cache(self._capacity)))
        return self._sequences[-1]

    def _longest_unused(self, document: str, kept: Sequence | None) -> Sequence:
        """Find the one to give up: of a document that has others, and not the one that is to be copied, if possible."""
        owners = [sequence.document for sequence in self._sequences]
        spare = [
            sequence
            for sequence in self._sequences
            if sequence.document == document or owners.count(sequence.document) > 1
        ]
        others = [sequence for sequence in spare if sequence is not kept]
        return min(others or spare or self._sequences, key=lambda sequence: sequence.used)


def _common(left: Ids[int], right: Ids[int]) -> int:
    shorter = min(len(left), len(right))
    if tuple(left[:shorter]) == tuple(right[:shorter]):  # as a rule, and faster than looking at each
        return shorter
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
