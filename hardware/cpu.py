"""The processor, by ONNX Runtime.

Invariant: a step appends in place. Past and present keys and values are one buffer, so nothing is copied between steps
and rewinding is a smaller length. Between steps no thread runs: the pool spins only while a step is under way.

Attention adds in another order for one new token than for several; activations rounded to 8 bits turn that last bit
into another logit, now and then into another token. So a token on its own goes in twice, where there is room, and its
second place is overwritten by the next step: how a text came into the cache makes no difference to what follows it.

The graph's inputs and outputs are those of `engine/models/export.py`.
"""

# ONNX Runtime annotates some of its functions and not others.
# mypy: untyped-calls-exclude=onnxruntime

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hardware.bounds import check_copy, check_step
from hardware.device import DeviceSpec, ModelRefused, Step, Timing, WallSeconds
from hardware.probe import probe
from hardware.runtime import VERSION, InferenceSession, OrtValue, SessionOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hardware.device import Cache, ModelSpec

    Shape = list[int | str]

PROVIDERS = ("CPUExecutionProvider",)
FATAL_ONLY = 4  # errors are raised, with the same words


@dataclass(slots=True)
class CpuCache:
    """An array for each layer's keys and one for its values, under the graph's names, and as the graph's buffers."""

    capacity: int
    arrays: dict[str, NDArray[np.float32]]
    buffers: dict[str, OrtValue]
    filled: int = 0

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(array.nbytes for array in self.arrays.values())


class CpuModel:
    """A graph with its weights, and the buffers that its steps share."""

    def __init__(self, session: InferenceSession, spec: ModelSpec) -> None:
        self.spec = spec
        self._session = session
        self._binding = session.io_binding()
        self._bound: CpuCache | None = None
        self._shape = (0, 0, 0)
        self._ids = np.empty((1, 0), np.int64)
        self._last = np.zeros(1, np.int32)
        self._total = np.zeros((), np.int32)
        self._logits = np.empty((1, spec.vocabulary), np.float32)
        self._binding.bind_cpu_input("seqlens_k", self._last)
        self._binding.bind_cpu_input("total_sequence_length", self._total)

    def new_cache(self, capacity: int) -> CpuCache:
        """Reserve an empty cache for `capacity` tokens. Raises ValueError beyond the model's context."""
        if not 0 < capacity <= self.spec.context:
            raise ValueError(f"a cache of {capacity} tokens does not fit the model's context of {self.spec.context}")
        shape = (1, self.spec.kv_heads, capacity, self.spec.head_dim)
        # np.zeros hands out pages that take no memory until they are written to: an empty cache is free.
        arrays = {name: np.zeros(shape, np.float32) for name in _pasts(self.spec)}
        buffers = {name: OrtValue.ortvalue_from_numpy(array) for name, array in arrays.items()}
        return CpuCache(capacity, arrays, buffers)

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        """Rewind to `keep`, append `tokens`, and give logits after the last `rows`; they live until the next step."""
        if not isinstance(cache, CpuCache):
            raise TypeError("a model on the CPU steps only over its own caches")
        started = time.perf_counter()
        check_step(
            capacity=cache.capacity,
            filled=cache.filled,
            vocabulary=self.spec.vocabulary,
            keep=keep,
            tokens=tokens,
            rows=rows,
        )
        count = len(tokens)
        cache.filled = keep  # what stands there should the step fail
        self._bind_cache(cache)
        places = 2 if count == 1 and keep + 2 <= cache.capacity else count
        self._bind_shape(places, count, rows)
        self._ids[0] = tokens  # one token fills both of its places
        self._last[0] = keep + places - 1
        self._total[()] = keep + places
        self._session.run_with_iobinding(self._binding)
        cache.filled = keep + count
        return Step(self._logits[:rows], Timing(WallSeconds(time.perf_counter() - started)))

    def copy(self, source: Cache, target: Cache, keep: int) -> None:
        """Have `target` hold what the first `keep` tokens of `source` computed."""
        if not isinstance(source, CpuCache) or not isinstance(target, CpuCache):
            raise TypeError("a model on the CPU copies only its own caches")
        check_copy(capacity=target.capacity, filled=source.filled, keep=keep)
        if source is target:
            target.filled = keep
            return
        target.filled = 0  # what stands there should it fail halfway
        for name, array in target.arrays.items():
            array[:, :, :keep] = source.arrays[name][:, :, :keep]
        target.filled = keep

    def close(self) -> None:
        """Release the weights; caches are the caller's to drop."""
        self._bound = None
        del self._binding, self._session

    def _bind_cache(self, cache: CpuCache) -> None:
        """Let the graph read and write this cache; nothing to do when it is that of the step before."""
        if self._bound is cache:
            return
        self._bound = cache
        for name, buffer in cache.buffers.items():
            self._binding.bind_ortvalue_input(name, buffer)
            self._binding.bind_ortvalue_output(_present(name), buffer)

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

    def open(self, model: ModelSpec) -> CpuModel:
        """Load the graph; its weights are mapped, and copied once into the order in which they are multiplied."""
        if model.graph is None:
            raise ModelRefused(f"{model.name} has no graph to run: start it with --device null.")
        try:
            session = InferenceSession(model.graph, _options(self.spec.threads), PROVIDERS, enable_fallback=0)
        except Exception as error:  # ONNX Runtime's errors have no base of their own
            reason = str(error).splitlines()[0]
            raise ModelRefused(f"{model.graph} cannot be loaded ({reason}): {_mend(model)}") from error
        _check_graph(session, model)
        return CpuModel(session, model)


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


def _check_graph(session: InferenceSession, model: ModelSpec) -> None:
    """Raise ModelRefused unless the graph takes and gives what a step binds."""
    cache: Shape = [1, model.kv_heads, "capacity", model.head_dim]
    pasts = _pasts(model)
    inputs: dict[str, Shape] = dict.fromkeys(pasts, cache)
    inputs |= {"input_ids": [1, "T"], "logit_indices": ["R"], "seqlens_k": [1], "total_sequence_length": []}
    outputs: dict[str, Shape] = dict.fromkeys(map(_present, pasts), cache)
    outputs |= {"logits": ["R", model.vocabulary]}
    for expected, found in ((inputs, session.get_inputs()), (outputs, session.get_outputs())):
        shapes = {value.name: value.shape for value in found}
        for name in sorted(expected.keys() | shapes.keys()):
            if expected.get(name) != shapes.get(name):
                raise ModelRefused(
                    f"{model.graph} is not the graph of {model.name} ({name} is {_words(shapes.get(name))} "
                    f"instead of {_words(expected.get(name))}): {_mend(model)}"
                )


def _words(shape: Shape | None) -> str:
    return "absent" if shape is None else str(shape)


def _mend(model: ModelSpec) -> str:
    return f"run `tandem models pull {model.name}` to make it anew, or mend its folder where that is your own."


def _pasts(model: ModelSpec) -> list[str]:
    return [f"past_key_values.{layer}.{part}" for layer in range(model.layers) for part in ("key", "value")]


def _present(past: str) -> str:
    return past.replace("past_key_values", "present")
