"""The simulated wafer as a device: the processor computes, and a clock tells what a wafer would have taken.

Invariant: what a step computes is the processor's, bit for bit, and so is its wall time. The simulated time goes
beside it; nothing here waits for it, and no figure is made of both.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from hardware.device import ModelRefused, Timing
from hardware.wafer.architecture import shares_table
from hardware.wafer.clock import clock_for
from hardware.wafer.spec import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hardware.device import Cache, Device, DeviceSpec, Model, ModelSpec, SimulatedSeconds, Step
    from hardware.wafer.spec import WaferSpec

logger = logging.getLogger(__name__)

CONTEXT_TOKENS = 1024
"""What the wafer has room for: the one sequence that is worked on, as long as the engine makes any."""


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
        return replace(step, timing=Timing(step.timing.wall, self._clock.seconds(keep, len(tokens), rows)))

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
        description = f"the clock of a {title} beside {computer.spec.description}"
        self.spec: DeviceSpec = replace(computer.spec, name=name, description=description)
        self._computer = computer
        self._make_clock = make_clock

    def open(self, model: ModelSpec) -> WaferModel:
        """Place the model on the wafer, then load its weights. Raises ModelRefused, or why it cannot be placed."""
        clock = self._make_clock(model)
        return WaferModel(self._computer.open(model), clock)


def open_wafer(name: str, wafer: str, computer: Device) -> WaferDevice:
    """Open the wafer that is known as `wafer`, or whose data a file of that path holds. Raises SpecError."""
    spec = load(wafer)
    return WaferDevice(name, spec.title, computer, lambda model: _place(model, spec))


def _place(model: ModelSpec, spec: WaferSpec) -> StepClock:
    """Read the model's own graph and lay it out for the least latency. Raises ModelRefused and DoesNotFit."""
    if model.graph is None:
        raise ModelRefused(f"{model.name} has no graph to place on a wafer: start it with --device null.")
    from hardware.wafer.graph import read_graph  # noqa: PLC0415  loads ONNX

    workload = read_graph(model.graph, model.name, model.context, tied=shares_table(model.name))
    if workload.unknown:
        operators = ", ".join(sorted({each.operator for each in workload.unknown}))
        logger.warning(
            "Of %s nothing is known: simulated times hold an upper bound, one core doing all of it.", operators
        )
    return clock_for(workload, spec, min(model.context, CONTEXT_TOKENS))
