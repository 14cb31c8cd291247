"""What every model that ONNX Runtime runs shares: caches bound once, steps that are checked, counted and timed.

Invariant: past and present keys and values are one buffer, so a step appends in place: nothing is copied between steps
and rewinding is a smaller length. A step that fails leaves a cache that holds what was to be kept, and no more.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from hardware.bounds import check_copy, check_step
from hardware.device import Step, Timing, WallSeconds
from hardware.graph import present

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hardware.device import Cache, Likeliest, Logits, ModelSpec
    from hardware.runtime import InferenceSession, OrtValue


@dataclass(slots=True)
class BoundCache:
    """A buffer [1, kv_heads, capacity, head_dim] for each layer's keys and one for its values, by the graph's names."""

    capacity: int
    buffers: dict[str, OrtValue]
    filled: int = 0

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(buffer.tensor_size_in_bytes() for buffer in self.buffers.values())


class Outcome(NamedTuple):
    """What a step gave; see hardware.device.Step."""

    rows: Logits | Callable[[], Logits]
    likeliest: Sequence[Likeliest] | None = None


C = TypeVar("C", bound=BoundCache)


class BoundModel(ABC, Generic[C]):
    """A graph with its weights, and the one binding that its steps share."""

    def __init__(self, session: InferenceSession, spec: ModelSpec, caches: type[C]) -> None:
        self.spec = spec
        self._session = session
        self._binding = session.io_binding()
        self._caches = caches
        self._bound: C | None = None

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
        self._bind_cache(own)
        found, likeliest = self._run(own, keep, tokens, rows)
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

    def close(self) -> None:
        """Release the weights; caches are the caller's to drop."""
        self._bound = None
        del self._binding, self._session

    @abstractmethod
    def _reserve(self, capacity: int, shape: tuple[int, ...]) -> C:
        """Make an empty cache whose buffers have that shape."""

    @abstractmethod
    def _run(self, cache: C, keep: int, tokens: Sequence[int], rows: int) -> Outcome:
        """Compute a step over the cache that is bound."""

    @abstractmethod
    def _copy(self, source: C, target: C, keep: int) -> None:
        """Copy the first `keep` tokens' keys and values."""

    def _own(self, cache: Cache) -> C:
        if not isinstance(cache, self._caches):
            raise TypeError(f"{self.spec.name} steps over and copies only its own caches")
        return cache

    def _bind_cache(self, cache: C) -> None:
        """Let the graph read and write this cache; nothing to do when it is that of the step before."""
        if self._bound is cache:
            return
        self._bound = cache
        for name, buffer in cache.buffers.items():
            self._binding.bind_ortvalue_input(name, buffer)
            self._binding.bind_ortvalue_output(present(name), buffer)
