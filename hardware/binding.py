"""What models over caches that are appended to in place share: buffers that are bound once.

Invariant: past and present keys and values are one buffer, so a step appends in place: nothing is copied between steps
and rewinding is a smaller length.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from hardware.graph import present
from hardware.stepping import SteppedModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.device import ModelSpec
    from hardware.runtime import InferenceSession, OrtValue
    from hardware.stepping import Outcome


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


C = TypeVar("C", bound=BoundCache)


class BoundModel(SteppedModel[C]):
    """A graph with its weights, and the one binding that its steps share."""

    def __init__(self, session: InferenceSession, spec: ModelSpec, caches: type[C]) -> None:
        super().__init__(spec, caches)
        self._session = session
        self._binding = session.io_binding()
        self._bound: C | None = None

    def close(self) -> None:
        """Release the weights; caches are the caller's to drop."""
        self._bound = None
        del self._binding, self._session

    @abstractmethod
    def _run(self, cache: C, keep: int, tokens: Sequence[int], rows: int) -> Outcome:
        """Compute a step over the cache that is bound."""

    def _compute(self, cache: C, keep: int, tokens: Sequence[int], rows: int) -> Outcome:
        self._bind_cache(cache)
        return self._run(cache, keep, tokens, rows)

    def _bind_cache(self, cache: C) -> None:
        """Let the graph read and write this cache; nothing to do when it is that of the step before."""
        if self._bound is cache:
            return
        self._bound = cache
        for name, buffer in cache.buffers.items():
            self._binding.bind_ortvalue_input(name, buffer)
            self._binding.bind_ortvalue_output(present(name), buffer)
