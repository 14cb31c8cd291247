"""Key/value caches and what stands in them, so that nothing is computed twice.

Invariant: a sequence's `ids` are exactly the tokens whose keys and values its cache holds, also after a step that
failed. A request takes no other document's last sequence while there is any to take; what is read for later may.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from hardware.device import DeviceError

if TYPE_CHECKING:
    from collections.abc import Sequence as Ids

    import numpy as np
    from numpy.typing import NDArray

    from engine.continuation import Continuation
    from engine.messages import Frame
    from hardware.device import Cache, Model, Step

logger = logging.getLogger(__name__)

LOSS_TOKENS = 32
"""What a sequence may lose of its prompt to the next one: a few lines. One that would lose more is copied first."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The logits that follow the first `length` ids of a sequence, kept so that they need no step."""

    length: int
    logits: NDArray[np.float32]


@dataclass(slots=True)
class Sequence:
    """One device cache, the ids in it, and whose they are.

    The first `prompted` were read, those after them generated. `outlook` follows the last prompt it was filled with;
    `continuation` is what the model says after it, so far.
    """

    cache: Cache
    document: str | None = None
    ids: list[int] = field(default_factory=list)
    prompted: int = 0
    outlook: Outlook | None = None
    continuation: Continuation | None = None
    used: int = 0

    def shared(self, ids: Ids[int]) -> int:
        """Count the ids at the start of this sequence that a prompt has in common with it."""
        return _common(self.ids, ids)

    def loss(self, shared: int) -> int:
        """Count the ids that were read here and would be overwritten by a prompt that has so many in common."""
        return max(min(self.prompted, len(self.ids)) - shared, 0)

    def clear(self) -> None:
        """Hold nothing, for no document."""
        self.document = self.outlook = self.continuation = None
        self.prompted = 0
        self.ids.clear()

    def begin_as(self, model: Model, other: Sequence, keep: int) -> None:
        """Hold what another sequence holds, up to `keep`, and leave that one as it is."""
        self.clear()
        model.copy(other.cache, self.cache, keep)
        self.ids += other.ids[:keep]
        self.prompted = keep

    def step(self, model: Model, keep: int, tokens: Ids[int], rows: int) -> Step:
        """Rewind to `keep`, append `tokens`; see hardware.device.Model.step."""
        del self.ids[keep:]
        if self.outlook is not None and self.outlook.length > keep:
            self.outlook = None
        step = model.step(self.cache, keep, tokens, rows)
        self.ids.extend(tokens)
        return step


class Pool:
    """A bounded number of sequences, made when first needed; no more than the device turns out to have memory for."""

    def __init__(self, model: Model, *, capacity: int, limit: int) -> None:
        self._model = model
        self._capacity = capacity
        self._limit = limit
        self._sequences: list[Sequence] = []
        self._uses = 0

    @cached_property
    def aside(self) -> Sequence:
        """One more sequence, for what is only tried out: it is no document's and never looked for."""
        return Sequence(self._model.new_cache(self._capacity))

    def take(self, document: str, ids: Ids[int]) -> Sequence:
        """Pick a sequence to hold `ids`: the document's own with most in common, or one that begins as a copy of it."""
        best, spare = self._nearest(document, ids), self._spare(document)
        return self._hold(document, ids, best, spare) or self._use(spare[0], document)  # the only one there may be

    def take_beside(self, document: str, ids: Ids[int]) -> Sequence | None:
        """Pick a sequence at no cost to what the document has read; None where there is no other."""
        best, spare = self._nearest(document, ids), self._spare(document)
        return self._hold(document, ids, best, spare) or self._hold(document, ids, best, self._sequences)

    def prefer(self, document: str, continuation: Continuation) -> None:
        """Forget what else was said in a document: this one has read more."""
        for sequence in self._sequences:
            if sequence.document == document and sequence.continuation is not continuation:
                sequence.continuation = None

    def waiting(self, document: str, ids: Ids[int]) -> int:
        """Count the ids that stand in no sequence of the document yet."""
        best = self._nearest(document, ids)
        return len(ids) - (best.shared(ids) if best else 0)

    def continuation(self, document: str, prefix: str, frame: Frame) -> tuple[Continuation, int] | None:
        """Find what is furthest for this place, or on the way to it, and how many bytes of it were typed."""
        leading = [
            (sequence, found, typed)
            for sequence in self._sequences
            if sequence.document == document
            and (found := sequence.continuation)
            and (typed := found.typed(prefix, frame)) is not None
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

    def _use(self, sequence: Sequence, document: str) -> Sequence:
        sequence.document = document
        sequence.continuation = None
        self._touch(sequence)
        return sequence

    def _touch(self, sequence: Sequence) -> None:
        self._uses += 1
        sequence.used = self._uses

    def _nearest(self, document: str, ids: Ids[int]) -> Sequence | None:
        own = [sequence for sequence in self._sequences if sequence.document == document]
        return max(own, key=lambda sequence: sequence.shared(ids), default=None)

    def _hold(self, document: str, ids: Ids[int], best: Sequence | None, choice: list[Sequence]) -> Sequence | None:
        """Go on in the best sequence, or begin as a copy of it in a free one or the longest unused of a choice."""
        shared = best.shared(ids) if best else 0
        if best is not None and best.loss(shared) <= LOSS_TOKENS:
            return self._use(best, document)
        others = (each for each in choice if each is not best)
        sequence = self._free() or min(others, key=lambda each: each.used, default=None)
        if sequence is None:
            return None
        if best is not None:
            sequence.begin_as(self._model, best, shared)
        return self._use(sequence, document)

    def _free(self) -> Sequence | None:
        for sequence in self._sequences:
            if sequence.document is None:
                return sequence
        if len(self._sequences) >= self._limit:
            return None
        try:
            cache = self._model.new_cache(self._capacity)
        except DeviceError as error:
            if not self._sequences:
                raise
            self._limit = len(self._sequences)
            logger.warning("%d caches have to do: %s", self._limit, error)
            return None
        self._sequences.append(Sequence(cache))
        return self._sequences[-1]

    def _spare(self, document: str) -> list[Sequence]:
        """Find the sequences that are the document's own, or of one that has others; all where there are none."""
        owners = [sequence.document for sequence in self._sequences]
        own = [each for each in self._sequences if each.document == document or owners.count(each.document) > 1]
        return own or self._sequences


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
