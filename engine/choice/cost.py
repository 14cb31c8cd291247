"""What a model takes on a device: measured in a handful of steps, and what that means for a typical request.

Invariant: a cost is what the work takes when nothing else runs, and never nothing. Editors start everything at once, so
where the processor computes it goes by processor time: that stays the same however many other programs want it too.

A typical request: the model reads NEW_TOKENS that were typed since it last looked, and writes LINE_TOKENS, of which a
step gives TOKENS_PER_STEP. The step that ends the reading gives the first of them:

    request_ms = read_ms(NEW_TOKENS) + (LINE_TOKENS / TOKENS_PER_STEP - 1) * step_ms

What the engine computes ahead, or knows already, is left out: with it, most requests take less.
"""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import msgspec

from engine.pace import SMALLEST_CHUNK_TOKENS, Pace

if TYPE_CHECKING:
    from hardware.device import Cache, DeviceSpec, Model, SimulatedSeconds, Timing

NEW_TOKENS: Final = 8
LINE_TOKENS: Final = 12
TOKENS_PER_STEP: Final = 1.8
"""With drafts, over recorded editing, the same for either model: `tests/bench/latency.py` prints it."""
FORMULA: Final = "read_ms(new_tokens) + (line_tokens / tokens_per_step - 1) * step_ms"
WARM_UP_STEPS: Final = 2
MEASURED_STEPS: Final = 5
LEAST_MS: Final = 1e-6
"""Where a clock is too coarse to tell a step from none."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one more token takes, and a chunk of a prompt; on the device's own clock where that is a simulated one."""

    step_ms: Annotated[float, msgspec.Meta(gt=0)]
    chunk_tokens: Annotated[int, msgspec.Meta(gt=1)]
    chunk_ms: Annotated[float, msgspec.Meta(gt=0)]
    simulated: bool = False

    @property
    def read_tokens_per_s(self) -> float:
        """How fast a prompt is read."""
        return self.chunk_tokens / self.chunk_ms * 1000

    @property
    def request_ms(self) -> float:
        """What a typical request takes; the module says how that is reckoned."""
        return self.read_ms(NEW_TOKENS) + (LINE_TOKENS / TOKENS_PER_STEP - 1) * self.step_ms

    def read_ms(self, tokens: int) -> float:
        """Estimate a step of so many tokens, on the line through the two that were measured."""
        slope_ms = max(self.chunk_ms - self.step_ms, 0.0) / (self.chunk_tokens - 1)
        return self.step_ms + (tokens - 1) * slope_ms

    def tokens_within(self, budget_ms: float) -> float:
        """Estimate how much of a typical request's line is there by then, in tokens."""
        left_ms = budget_ms - self.read_ms(NEW_TOKENS)
        return min(TOKENS_PER_STEP * (1 + left_ms / self.step_ms), LINE_TOKENS) if left_ms >= 0 else 0.0

    def best(self, other: Cost) -> Cost:
        """Take the better figure of each: whatever else runs can only make a measurement worse."""
        longer = max(self, other, key=lambda cost: (cost.chunk_tokens, -cost.chunk_ms))
        return msgspec.structs.replace(longer, step_ms=min(self.step_ms, other.step_ms))


class Measured(NamedTuple):
    """A cost, and what the steps took as they were: on the wall, on a simulated clock, and for the pace of decoding."""

    cost: Cost
    step_ms: float
    simulated: SimulatedSeconds | None
    pace: Pace


def measure(model: Model, device: DeviceSpec, chunk_tokens: int = SMALLEST_CHUNK_TOKENS) -> Measured:
    """Measure tokens one by one and a chunk of a prompt, as long as the context allows; the first steps warm up."""
    steps, pace = WARM_UP_STEPS + MEASURED_STEPS, Pace()
    chunk_tokens = min(chunk_tokens, model.spec.context - steps)
    cache = model.new_cache(steps + chunk_tokens)
    walls_ms, costs_ms = [], []
    for length in range(steps):
        timing, cost_ms = _step(model, cache, length, tokens=1, rows=1, device=device)
        walls_ms.append(timing.wall * 1000)
        costs_ms.append(cost_ms)
        if length >= WARM_UP_STEPS:
            pace.learn(1, 1, timing.wall)
    chunk, chunk_ms = _step(model, cache, steps, tokens=chunk_tokens, rows=0, device=device)
    pace.learn(chunk_tokens, 0, chunk.wall)
    measured = slice(WARM_UP_STEPS, None)
    cost = Cost(
        step_ms=median(costs_ms[measured]),
        chunk_tokens=chunk_tokens,
        chunk_ms=chunk_ms,
        simulated=timing.simulated is not None,
    )
    return Measured(cost, median(walls_ms[measured]), timing.simulated, pace)


def _step(model: Model, cache: Cache, keep: int, *, tokens: int, rows: int, device: DeviceSpec) -> tuple[Timing, float]:
    """Do a step; give its timing and its cost in ms."""
    started_s = time.process_time()
    timing = model.step(cache, keep, [0] * tokens, rows).timing
    if timing.simulated is not None:
        return timing, timing.simulated.milliseconds
    used_s = (time.process_time() - started_s) / device.threads if device.processor else 0.0
    return timing, max(min(timing.wall, used_s or timing.wall) * 1000, LEAST_MS)
