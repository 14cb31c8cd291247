"""What every model that ONNX Runtime runs shares, however its graph takes caches: steps that are checked and timed.

Invariant: a step that fails leaves a cache that holds what was to be kept, and no more; nothing reaches a graph that
`hardware/bounds.py` would refuse.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from hardware.bounds import check_copy, check_step
from hardware.device import Step, Timing, WallSeconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hardware.device import Cache, Likeliest, Logits, ModelSpec


class FilledCache(Protocol):
    """A cache that knows how many tokens it holds."""

    capacity: int
    filled: int

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        ...


class Outcome(NamedTuple):
    """What a step gave; see hardware.device.Step."""

    rows: Logits | Callable[[], Logits]
    likeliest: Sequence[Likeliest] | None = None


C = TypeVar("C", bound=FilledCache)


class SteppedModel(ABC, Generic[C]):
    """A model over caches of its own kind, which subclasses reserve, compute with and copy."""

    def __init__(self, spec: ModelSpec, caches: type[C]) -> None:
        self.spec = spec
        self._caches = caches

    def new_cache(self, capacity: int) -> C:
        """Reserve an empty cache for `capacity` tokens. Raises ValueError beyond the model's context."""
        if not 0 < capacity <= self.spec.context:
            raise ValueError(f"a cache of {capacity} tokens does not fit the model's context of {self.spec.context}")
        return self._reserve(capacity, (1, self.spec.kv_heads, capacity, self.spec.head_dim))

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        """Rewind to `keep`, append `tokens`, and give logits after the last `rows`; they live until the next step."""
        own = self._own(cache)
        started = time.perf_counter()
        check_step(
            capacity=own.capacity,
            filled=own.filled,
            vocabulary=self.spec.vocabulary,
            keep=keep,
            tokens=tokens,
            rows=rows,
        )
        own.filled = keep  # what stands there should the step fail
        found, likeliest = self._compute(own, keep, tokens, rows)
        own.filled = keep + len(tokens)
        return Step(found, Timing(WallSeconds(time.perf_counter() - started)), likeliest)

    def copy(self, source: Cache, target: Cache, keep: int) -> None:
        """Have `target` hold what the first `keep` tokens of `source` computed."""
        one, other = self._own(source), self._own(target)
        check_copy(capacity=other.capacity, filled=one.filled, keep=keep)
        if one is not other:
            other.filled = 0  # what stands there should it fail halfway
            self._copy(one, other, keep)
        other.filled = keep

    @abstractmethod
    def close(self) -> None:
        """Release the weights; caches are the caller's to drop."""

    @abstractmethod
    def _reserve(self, capacity: int, shape: tuple[int, ...]) -> C:
        """Make an empty cache, whose tensors have that shape when it is full."""

    @abstractmethod
    def _compute(self, cache: C, keep: int, tokens: Sequence[int], rows: int) -> Outcome:
        """Compute a step that was checked."""

    @abstractmethod
    def _copy(self, source: C, target: C, keep: int) -> None:
        """Copy the first `keep` tokens' keys and values."""

    def _own(self, cache: Cache) -> C:
        if not isinstance(cache, self._caches):
            raise TypeError(f"{self.spec.name} steps over and copies only its own caches")
        return cache
