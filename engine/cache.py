"""Key/value caches and what stands in them, so that nothing is computed twice.

Invariant: a sequence's `ids` are exactly the tokens whose keys and values its cache holds, also after a step that
failed. No document takes another one's last sequence while there is any other to take.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence as Ids

    import numpy as np
    from numpy.typing import NDArray

    from engine.continuation import Continuation
    from hardware.device import Cache, Model, Step

REUSE_SHARE = 8  # a sequence of which a prompt has less than 1/8 in common stands for another place in the document


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
        """Pick a sequence to hold `ids`: the document's own with most in common, a free one, or one long unused."""
        sequence = self._own(document, ids) or self._free() or self._longest_unused(document)
        sequence.document = document
        sequence.continuation = None
        self._touch(sequence)
        return sequence

    def continuation(self, document: str, prefix: str, suffix: str) -> tuple[Continuation, int] | None:
        """Find what was generated already for this place, or on the way to it, and how many bytes of it were typed."""
        for sequence in self._sequences:
            if sequence.document == document and (found := sequence.continuation):
                typed = found.typed(prefix, suffix)
                if typed is not None:
                    self._touch(sequence)
                    return found, typed
        return None

    def forget(self, document: str) -> None:
        """Drop what is held for a document; its memory goes to the next that needs some."""
        for sequence in self._sequences:
            if sequence.document == document:
                sequence.clear()

    def _touch(self, sequence: Sequence) -> None:
        self._uses += 1
        sequence.used = self._uses

    def _own(self, document: str, ids: Ids[int]) -> Sequence | None:
        own = [sequence for sequence in self._sequences if sequence.document == document]
        best = max(own, key=lambda sequence: sequence.shared(ids), default=None)
        return best if best and best.shared(ids) * REUSE_SHARE >= len(best.ids) else None

    def _free(self) -> Sequence | None:
        for sequence in self._sequences:
            if sequence.document is None:
                return sequence
        if len(self._sequences) >= self._limit:
            return None
        self._sequences.append(Sequence(self._model.new_cache(self._capacity)))
        return self._sequences[-1]

    def _longest_unused(self, document: str) -> Sequence:
        owners = [sequence.document for sequence in self._sequences]
        spare = [
            sequence
            for sequence in self._sequences
            if sequence.document == document or owners.count(sequence.document) > 1
        ]
        return min(spare or self._sequences, key=lambda sequence: sequence.used)


def _common(left: Iterable[int], right: Iterable[int]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
