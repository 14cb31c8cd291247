"""The simulated wafer as a device: the processor computes, and a clock tells what a wafer would have taken.

Invariant: what a step computes is the processor's, bit for bit, and so is its wall time. The simulated time goes
beside it; nothing here waits for it, and no figure is made of both.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from hardware.device import ModelRefused, Step, Timing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hardware.device import Cache, Device, DeviceSpec, Model, ModelSpec, SimulatedSeconds


class StepClock(Protocol):
    """What one model's steps take on one wafer. Asked at every step, it must cost next to nothing."""

    def seconds(self, keep: int, count: int, rows: int) -> SimulatedSeconds:
        """Tell how long it takes to append `count` tokens behind `keep` others, with logits for the last `rows`."""
        ...


class WaferModel:
    """A model that another device computes, and its clock."""

    def __init__(self, model: Model, clock: StepClock) -> None:
        self._model = model
        self._clock = clock

    @property
    def spec(self) -> ModelSpec:
        """The model as it was opened."""
        return self._model.spec

    def new_cache(self, capacity: int) -> Cache:
        """Reserve an empty cache for `capacity` tokens, where it is computed."""
        return self._model.new_cache(capacity)

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        """Compute a step; see hardware.device.Model.step. Its timing has both times."""
        step = self._model.step(cache, keep, tokens, rows)
        return Step(step.logits, Timing(step.timing.wall, self._clock.seconds(keep, len(tokens), rows)))

    def copy(self, source: Cache, target: Cache, keep: int) -> None:
        """Have `target` hold the first `keep` tokens of `source`; a step's time does not hold that of a copy."""
        self._model.copy(source, target, keep)

    def close(self) -> None:
        """Release the weights."""
        self._model.close()


class WaferDevice:
    """Opens a model on `computer` and beside it, by `make_clock`, the clock that its steps are timed with.

    `name` and `title` are the wafer's.
    """

    def __init__(self, name: str, title: str, computer: Device, make_clock: Callable[[ModelSpec], StepClock]) -> None:
        computed = f"{title}, simulated; computed by {computer.spec.description}"
        self.spec: DeviceSpec = replace(computer.spec, name=name, description=computed)
        self._computer = computer
        self._make_clock = make_clock

    def open(self, model: ModelSpec) -> WaferModel:
        """Place the model on the wafer, then load its weights. Raises ModelRefused where either cannot be."""
        if model.graph is None:
            raise ModelRefused(f"{model.name} has no graph to place on a wafer: start it with --device null.")
        clock = self._make_clock(model)
        return WaferModel(self._computer.open(model), clock)
