"""How long a step takes, told in microseconds: the clock of a device that simulates a wafer while it serves.

Invariant: what the clock says is what `Schedule.step` adds up. It only remembers: what does not depend on the cache by
the number of tokens, attention besides by how many cached positions a core has a part in, which is all that the cost of
attention depends on.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from hardware.device import SimulatedSeconds
from hardware.wafer.cost import Cycles
from hardware.wafer.mapping import costs_of
from hardware.wafer.placement import Model
from hardware.wafer.schedule import Schedule, cycles
from hardware.wafer.search import fastest
from hardware.wafer.vector import ELEMENT_BYTES
from hardware.wafer.workload import Attention, Projection

if TYPE_CHECKING:
    from hardware.wafer.operators import Batch
    from hardware.wafer.spec import WaferSpec
    from hardware.wafer.workload import Operation, Positions, Workload

Repeated: TypeAlias = tuple[tuple["Operation", int], ...]
"""Operations, and how often a step does each."""

REMEMBERED = 4096
"""Results kept of each kind; a conversation with an editor has some hundreds."""


class StepClock:
    """Tells the time of one step of a model where it was placed."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._growing = {
            positions: tuple(each for each in operations if isinstance(each[0], Attention))
            for positions, operations in schedule.operations.items()
        }
        self._fixed = {
            positions: tuple(each for each in operations if not isinstance(each[0], Attention))
            for positions, operations in schedule.operations.items()
        }
        self._logit_bytes = ELEMENT_BYTES * sum(
            each.outputs for each in schedule.model.pieces.ends.operations if isinstance(each, Projection)
        )
        self._batch = lru_cache(REMEMBERED)(self._new_batch)
        self._fixed_cycles = lru_cache(REMEMBERED)(self._new_fixed_cycles)
        self._moving_cycles = lru_cache(REMEMBERED)(self._new_moving_cycles)

    @property
    def schedule(self) -> Schedule:
        """What it tells the time of."""
        return self._schedule

    def cycles(self, keep: int, count: int, rows: int) -> Cycles:
        """Give what `count` tokens take behind `keep` cached ones, with logits after the last `rows` of them."""
        return Cycles(min(self._in_batches(keep, count, rows, most) for most in self._schedule.batch_sizes(count)))

    def _in_batches(self, keep: int, count: int, rows: int, most: int) -> float:
        taken = 0.0
        while count:
            now = min(count, most)
            keep, count = keep + now, count - now
            taken += self._batch(now, min(now, max(0, rows - count)), self._schedule.region.share(keep))
        return taken

    def seconds(self, keep: int, count: int, rows: int) -> SimulatedSeconds:
        """Give the same as the host sees it: with the way there and back, and the logits on the link."""
        spec = self._schedule.spec
        link_s = 8 * self._logit_bytes * rows / (spec.wafer_link_gbit_per_s * 1e9)
        around = SimulatedSeconds(spec.host_loop_us / 1e6 + link_s)
        return spec.seconds(self.cycles(keep, count, rows)) + around

    def _new_batch(self, tokens: int, rows: int, share: int) -> float:
        taken = self._moving_cycles(tokens, rows) + self._computing("new", tokens, share)
        return taken + self._computing("wanted", rows, share) if rows else taken

    def _computing(self, positions: Positions, tokens: int, share: int) -> float:
        context = share * self._schedule.region.side  # any number of positions with the same share costs the same
        batches, growing = self._schedule.batches(tokens), self._growing[positions]
        fixed = self._fixed_cycles(positions, tokens)
        return min(known + self._sum(growing, each, context) for known, each in zip(fixed, batches, strict=True))

    def _new_fixed_cycles(self, positions: Positions, tokens: int) -> tuple[float, ...]:
        return tuple(self._sum(self._fixed[positions], each, 0) for each in self._schedule.batches(tokens))

    def _new_moving_cycles(self, tokens: int, rows: int) -> float:
        return cycles(self._schedule.moving(tokens, rows))

    def _sum(self, operations: Repeated, batch: Batch, context: int) -> float:
        region = self._schedule.region
        return sum(
            cost.total * times
            for operation, times in operations
            for cost in costs_of(region, batch, operation, context).values()
        )


def clock_for(workload: Workload, spec: WaferSpec, context_tokens: int) -> StepClock:
    """Make the clock of a model placed for the least latency on one wafer or more. Raises DoesNotFit."""
    return StepClock(fastest(spec, Model(workload, context_tokens)))
