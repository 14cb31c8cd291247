"""What a device is: it opens a model and runs one step over a rewindable key/value cache.

Invariant: a step's result depends only on the weights and on the token ids that stand in the cache once the
step is done. Rewinding costs nothing: a cache has no memory of what stood behind the point it was rewound to.

Nothing here knows tokens' text, prompts, editors or files other than the model's own. Simulated seconds are no number:
neither the type checker nor Python adds them to wall seconds, and whoever wants the figure has to say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, NewType, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Logits = NDArray[np.float32]

WallSeconds = NewType("WallSeconds", float)
GraphLayout = Literal["appended", "grown"]
"""What a graph takes and gives: caches that are appended to in place, by the names of `engine/models/export.py`, or
caches that come back longer, as Optimum exports them (`hardware/grown.py`)."""


@dataclass(frozen=True, slots=True, order=True)
class SimulatedSeconds:
    """A duration on the clock of a simulated device; it adds up with its like alone."""

    seconds: float = 0.0

    def __add__(self, other: SimulatedSeconds) -> SimulatedSeconds:
        return SimulatedSeconds(self.seconds + other.seconds)

    def __sub__(self, other: SimulatedSeconds) -> SimulatedSeconds:
        return SimulatedSeconds(self.seconds - other.seconds)

    @property
    def milliseconds(self) -> float:
        """The figure, for a field whose name says that it is simulated."""
        return self.seconds * 1000


class DeviceError(Exception):
    """A device could not do what was asked; the message is a sentence that says what to do.

    DeviceError
    +-- UnknownDevice      no device of that name
    +-- DeviceUnavailable  the device is known, but this machine or installation lacks what it needs
    +-- ModelRefused       the device cannot open this model (missing file, wrong graph, does not fit)
    +-- WaferError         the simulated wafer's own, in hardware/wafer/errors.py
    """


class UnknownDevice(DeviceError):
    """No device of that name exists; the message lists those that do."""


class DeviceUnavailable(DeviceError):
    """The device is known, but this machine or installation lacks what it needs."""


class ModelRefused(DeviceError):
    """The device cannot open this model."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What a device must know of a model to open it.

    `graph` is the ONNX file, `layout` what its inputs and outputs are. It is None for the null device, which computes
    without weights. `stop_tokens` are ids that end a completion.
    """

    name: str
    graph: Path | None
    layers: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    context: int
    stop_tokens: tuple[int, ...]
    layout: GraphLayout = "appended"


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """A device as `tandem devices` shows it.

    `half` says that it wants a model's graph in float16, and that this graph chooses tokens by itself. `processor` is
    whether the processor computes, in the machine's memory; `memory_bytes` is 0 where it is not known.
    """

    name: str
    description: str
    threads: int
    memory_bytes: int
    half: bool = False
    processor: bool = True


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one step took: on the wall clock, and on the simulated clock where the device has one."""

    wall: WallSeconds
    simulated: SimulatedSeconds | None = None


class Likeliest(NamedTuple):
    """The token with the largest logit of a row, and the natural logarithm of its probability among all tokens."""

    token: int
    log_probability: float


@dataclass(frozen=True, slots=True)
class Step:
    """What one step computed: logits, and its timing.

    A device with memory of its own gives, as `rows`, a function that fetches the logits when they are asked for, and
    `likeliest`, one for each row, for which they need not be. Other devices leave choosing to the caller.
    """

    rows: Logits | Callable[[], Logits]
    timing: Timing
    likeliest: Sequence[Likeliest] | None = None

    @property
    def logits(self) -> Logits:
        """Float32 of shape (rows asked for, vocabulary), maybe in memory that the model's next step overwrites."""
        return self.rows() if callable(self.rows) else self.rows


class Cache(Protocol):
    """Room for one sequence's keys and values, `capacity` tokens long; opaque outside its device."""

    @property
    def capacity(self) -> int:
        """Tokens that fit."""
        ...

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        ...


class Model(Protocol):
    """An opened model. Not safe for two threads at once; one step at a time."""

    @property
    def spec(self) -> ModelSpec:
        """The model as it was opened."""
        ...

    def new_cache(self, capacity: int) -> Cache:
        """Reserve an empty cache for `capacity` tokens."""
        ...

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        """Rewind `cache` to its first `keep` tokens, append `tokens`, give logits after the last `rows` of them.

        `tokens` is not empty and 0 <= rows <= len(tokens); rows=0 fills the cache and computes no logits.
        Raises ValueError when keep + len(tokens) exceeds the cache's capacity.
        """
        ...

    def copy(self, source: Cache, target: Cache, keep: int) -> None:
        """Have `target` hold what the first `keep` tokens of `source` computed, and nothing else.

        Raises ValueError when `source` holds fewer, or `target` has no room for them.
        """
        ...

    def close(self) -> None:
        """Release the weights; the model cannot be used afterwards."""
        ...


class Device(Protocol):
    """A place where models run."""

    @property
    def spec(self) -> DeviceSpec:
        """What this device is."""
        ...

    def open(self, model: ModelSpec) -> Model:
        """Load the model's weights and make them ready to step. Raises ModelRefused."""
        ...
