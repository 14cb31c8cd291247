"""The size of square that a model runs fastest on, and the one on which full wafers give the most.

Invariant: `fastest` finds the least cycles for one token at the full context, over every size that the fabric has and
the model fits. Larger squares compute less on each core but take longer to add up, so there is a best one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hardware.wafer.errors import DoesNotFit
from hardware.wafer.pipeline import filled
from hardware.wafer.placement import demand, spread
from hardware.wafer.region import make_region
from hardware.wafer.schedule import Schedule, cycles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hardware.wafer.cost import Cycles
    from hardware.wafer.placement import Model
    from hardware.wafer.spec import WaferSpec

MOST_WAFERS = 64
"""Beyond that a plan says nothing that anybody could build."""
SIDES_APART = 16


def fastest(spec: WaferSpec, model: Model, *, side: int | None = None, wafers: int | None = None) -> Schedule:
    """Find the square size of the least latency, or take `side`, on at most `wafers`. Raises DoesNotFit."""
    most_wafers = MOST_WAFERS if wafers is None else wafers
    sides = range(1, min(spec.columns, spec.rows) + 1) if side is None else (make_region(spec, side).side,)
    schedules = [found for each in sides if (found := _try(spec, model, each, most_wafers))]
    if not schedules:
        raise DoesNotFit(_refusal(spec, model, sides, most_wafers))
    return min(schedules, key=token_cycles)


def busiest(schedule: Schedule, *, side: int | None = None) -> Schedule:
    """Find squares on which the wafers of `schedule` give the most tokens a second, when they have streams enough.

    Every sixteenth size is tried, with as many copies of the model as fit, and with one on all of the squares.
    """
    spec, model, wafers = schedule.spec, schedule.model, schedule.demand.wafers
    sides = range(SIDES_APART, min(spec.columns, spec.rows) + 1, SIDES_APART) if side is None else (side,)
    found = [schedule]
    for wanted in (demand(spec, model, each) for each in sides):
        if wanted is not None and wanted.wafers <= wafers:
            squares = wafers * wanted.layout.cells
            shares = {squares, squares // (squares // wanted.stages)}
            found += [Schedule(spec, model, spread(spec, model, wanted, each)) for each in shares]
    return max(found, key=lambda each: filled(each, wafers).tokens_per_s)


def token_cycles(schedule: Schedule) -> Cycles:
    """Give the cycles of one token at the full context, chosen and all."""
    return cycles(schedule.step(schedule.model.context_tokens - 1, 1, 1))


def _try(spec: WaferSpec, model: Model, side: int, most_wafers: int) -> Schedule | None:
    wanted = demand(spec, model, side)
    if wanted is None or wanted.wafers > most_wafers:
        return None
    return Schedule(spec, model, wanted)


def _refusal(spec: WaferSpec, model: Model, sides: Iterable[int], most_wafers: int) -> str:
    """Say what does not fit, with the numbers, and what would."""
    room = spec.cores * (spec.sram_bytes - spec.code_bytes)
    needs = (
        f"{model.workload.name} takes {model.weight_bytes / 1e9:.1f} GB of fp16 weights and "
        f"{model.cache_bytes / 1e9:.2f} GB for {model.context_tokens} cached tokens; a {spec.title} has "
        f"{room / 1e9:.1f} GB beside its program"
    )
    if longest := _longest_context(spec, model, sides, most_wafers):
        return f"{needs}: on {_wafers(most_wafers)} at most {longest} tokens fit, so give a shorter --context."
    least = _least_wafers(spec, model, sides)
    if least is None:
        return f"{needs}, but no square of cores that was looked at holds its largest matrix: choose another --grid."
    return f"{needs}: it does not fit {_wafers(most_wafers)}, so allow {least} or choose a smaller model."


def _least_wafers(spec: WaferSpec, model: Model, sides: Iterable[int]) -> int | None:
    counts = [wanted.wafers for side in sides if (wanted := demand(spec, model, side))]
    return min(counts, default=None)


def _longest_context(spec: WaferSpec, model: Model, sides: Iterable[int], most_wafers: int) -> int:
    """Find how many cached tokens would fit; 0 where not even one does."""
    fits, fails = 0, model.context_tokens
    while fails - fits > 1:
        middle = (fits + fails) // 2
        least = _least_wafers(spec, replace(model, context_tokens=middle), sides)
        fits, fails = (middle, fails) if least is not None and least <= most_wafers else (fits, middle)
    return fits


def _wafers(count: int) -> str:
    return "1 wafer" if count == 1 else f"{count} wafers"
