"""The null device: instant, deterministic, without weights, and a full peer of the real ones.

Invariant: the logits depend only on the ids that stand in the cache, never on when or in which steps they came.

Its model is an induction head. It looks for the longest run of ids at the end of the cache that stood there before,
and predicts what followed then; so typing a line that stands elsewhere in the document completes it. Where nothing
repeats, it predicts the model's first stop token.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hardware.bounds import check_copy, check_step
from hardware.device import DeviceSpec, ModelRefused, ModelSpec, Step, Timing, WallSeconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.device import Cache

NULL_MODEL = ModelSpec(
    name="null",
    graph=None,
    layers=0,
    kv_heads=0,
    head_dim=0,
    vocabulary=260,
    context=32_768,
    stop_tokens=(259,),
)
"""Ids 0 to 255 are bytes; 256 begins a file, 257 and 258 separate suffix and prefix, 259 ends a completion."""

LONGEST_RUN = 16
SHORTEST_RUN = 4
_LOGIT = 16.0  # a probability of 0.9999 over the other 259 ids at zero


@dataclass(slots=True)
class NullCache:
    """The ids so far, one character each: str.rfind is the fastest search in the standard library."""

    capacity: int
    ids: str = ""

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sys.getsizeof(self.ids)


class NullModel:
    """Predicts that what happened before will happen again."""

    def __init__(self, spec: ModelSpec) -> None:
        self.spec = spec

    def new_cache(self, capacity: int) -> NullCache:
        """Reserve an empty cache for `capacity` tokens."""
        return NullCache(capacity)

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        """Rewind to `keep`, append `tokens`, and predict after each of the last `rows`."""
        if not isinstance(cache, NullCache):
            raise TypeError("a null model steps only over its own caches")
        started = time.perf_counter()
        check_step(
            capacity=cache.capacity,
            filled=len(cache.ids),
            vocabulary=self.spec.vocabulary,
            keep=keep,
            tokens=tokens,
            rows=rows,
        )
        ids = cache.ids[:keep] + "".join(map(chr, tokens))
        cache.ids = ids
        logits = np.zeros((rows, self.spec.vocabulary), dtype=np.float32)
        for row in range(rows):
            logits[row, self._next(ids, len(ids) - rows + 1 + row)] = _LOGIT
        return Step(logits, Timing(WallSeconds(time.perf_counter() - started)))

    def copy(self, source: Cache, target: Cache, keep: int) -> None:
        """Have `target` hold the first `keep` ids of `source`."""
        if not isinstance(source, NullCache) or not isinstance(target, NullCache):
            raise TypeError("a null model copies only its own caches")
        check_copy(capacity=target.capacity, filled=len(source.ids), keep=keep)
        target.ids = source.ids[:keep]

    def close(self) -> None:
        """There is nothing to release."""

    def _next(self, ids: str, end: int) -> int:
        """Predict the id at `end` from those before it."""
        for length in range(min(LONGEST_RUN, end - 1), SHORTEST_RUN - 1, -1):
            found = ids.rfind(ids[end - length : end], 0, end - 1)
            if found >= 0:
                return ord(ids[found + length])
        return self.spec.stop_tokens[0]


class NullDevice:
    """Needs nothing and takes no time: for tests, and for measuring everything around a model."""

    spec = DeviceSpec(name="null", description="no model: repeats what it has seen", threads=1, memory_bytes=0)

    def open(self, model: ModelSpec) -> NullModel:
        """Open any model that has no graph."""
        if model.graph is not None:
            raise ModelRefused(f"The null device has no use for {model.graph.name}; start it without a model.")
        return NullModel(model)
