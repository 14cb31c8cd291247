"""The processor, by ONNX Runtime.

Invariant: how a text came into the cache makes no difference to what follows it. Between steps no thread runs: the pool
spins only while a step is under way.

Attention adds in another order for one new token than for several; activations rounded to 8 bits turn that last bit
into another logit, now and then into another token. So a token on its own goes in twice, where there is room, and its
second place is overwritten by the next step.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hardware.binding import BoundCache, BoundModel
from hardware.device import DeviceSpec
from hardware.graph import load_session, open_session, pasts
from hardware.grown import GrownModel
from hardware.probe import probe
from hardware.runtime import VERSION, OrtValue, SessionOptions
from hardware.stepping import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from hardware.device import GraphLayout, Model, ModelSpec
    from hardware.runtime import InferenceSession

PROVIDERS = ("CPUExecutionProvider",)
FATAL_ONLY = 4  # errors are raised, with the same words


@dataclass(slots=True)
class CpuCache(BoundCache):
    """The same buffers once more, as arrays."""

    arrays: dict[str, NDArray[np.float32]] = field(default_factory=dict)


class CpuModel(BoundModel[CpuCache]):
    """A graph with its weights, and the buffers that its steps share."""

    def __init__(self, session: InferenceSession, spec: ModelSpec) -> None:
        super().__init__(session, spec, CpuCache)
        self._shape = (0, 0, 0)
        self._ids = np.empty((1, 0), np.int64)
        self._last = np.zeros(1, np.int32)
        self._total = np.zeros((), np.int32)
        self._logits = np.empty((1, spec.vocabulary), np.float32)
        self._binding.bind_cpu_input("seqlens_k", self._last)
        self._binding.bind_cpu_input("total_sequence_length", self._total)

    def _reserve(self, capacity: int, shape: tuple[int, ...]) -> CpuCache:
        # np.zeros hands out pages that take no memory until they are written to: an empty cache is free.
        arrays = {name: np.zeros(shape, np.float32) for name in pasts(self.spec)}
        buffers = {name: OrtValue.ortvalue_from_numpy(array) for name, array in arrays.items()}
        return CpuCache(capacity, buffers, arrays=arrays)

    def _run(self, cache: CpuCache, keep: int, tokens: Sequence[int], rows: int) -> Outcome:
        count = len(tokens)
        places = 2 if count == 1 and keep + 2 <= cache.capacity else count
        self._bind_shape(places, count, rows)
        self._ids[0] = tokens  # one token fills both of its places
        self._last[0] = keep + places - 1
        self._total[()] = keep + places
        self._session.run_with_iobinding(self._binding)
        return Outcome(self._logits[:rows])

    def _copy(self, source: CpuCache, target: CpuCache, keep: int) -> None:
        for name, array in target.arrays.items():
            array[:, :, :keep] = source.arrays[name][:, :, :keep]

    def _bind_shape(self, places: int, count: int, rows: int) -> None:
        """Make room for `count` tokens and `rows` of logits; nothing to do when the step before had as many."""
        if self._shape == (places, count, rows):
            return
        self._shape = (places, count, rows)
        self._ids = np.empty((1, places), np.int64)
        if rows > len(self._logits):
            self._logits = np.empty((rows, self.spec.vocabulary), np.float32)
        shape, address = (rows, self.spec.vocabulary), self._logits.ctypes.data
        self._binding.bind_cpu_input("input_ids", self._ids)
        self._binding.bind_cpu_input("logit_indices", np.arange(count - rows, count, dtype=np.int64))
        self._binding.bind_output("logits", "cpu", 0, np.float32, shape, address)


class CpuDevice:
    """The processor of this machine. `threads` 0 takes one for each physical core that the process may use."""

    def __init__(self, threads: int = 0) -> None:
        machine = probe()
        features = f" ({', '.join(machine.features)})" if machine.features else ""
        self.spec = DeviceSpec(
            name="cpu",
            description=f"ONNX Runtime {VERSION}, {machine.physical_cores} cores{features}",
            threads=threads or machine.threads,
            memory_bytes=machine.memory_bytes,
        )

    def open(self, model: ModelSpec) -> Model:
        """Load the graph, whichever its layout. Raises ModelRefused."""
        return _OPENERS[model.layout](self, model)

    def open_appended(self, model: ModelSpec) -> CpuModel:
        """Load a graph of our own; its weights are mapped, and copied once into the order in which they are multiplied.

        Raises ModelRefused.
        """
        return CpuModel(open_session(model, _options(self.spec.threads), PROVIDERS), model)

    def open_grown(self, model: ModelSpec) -> GrownModel:
        """Load a graph that gives back longer caches. Raises ModelRefused."""
        return GrownModel(load_session(model, _options(self.spec.threads), PROVIDERS), model)


_OPENERS: dict[GraphLayout, Callable[[CpuDevice, ModelSpec], Model]] = {
    "appended": CpuDevice.open_appended,
    "grown": CpuDevice.open_grown,
}
"""What opens a graph of each layout: another layout is another entry, and a model that steps over it."""


def _options(threads: int) -> SessionOptions:
    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = FATAL_ONLY
    # Step lengths vary: an arena would grow to the sum of them all, and a memory pattern be kept for each.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # Spinning bridges the gaps between a step's nodes; after the step it would only heat the machine.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return options
