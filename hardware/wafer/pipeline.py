"""What squares do at the same time: a prompt's chunks behind each other, and many streams of tokens at once.

Invariant: a square works on one thing at a time, and on what comes before in the order in which it comes. So a chunk
leaves a square no sooner than it came in and the one before it left, and the slowest square sets the pace.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.wafer.cost import Cycles
from hardware.wafer.mapping import costs_of
from hardware.wafer.operators import ONE
from hardware.wafer.placement import room_bytes
from hardware.wafer.schedule import cycles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hardware.wafer.operators import Batch
    from hardware.wafer.schedule import Schedule
    from hardware.wafer.workload import Operation

CHUNK_HALVINGS = 5
"""How often a prompt is halved in search of the best chunk: 32 of them keep most squares busy most of the time."""


@dataclass(frozen=True, slots=True)
class Prefill:
    """Reading a prompt in chunks of `chunk_tokens`, up to the first token that follows it."""

    tokens: int
    chunk_tokens: int
    cycles: Cycles


@dataclass(frozen=True, slots=True)
class Filled:
    """As many streams as a placement has room and squares for, one token of each under way.

    `copies` of the model share the wafers, on squares of `side` x `side` cores. `tokens_per_s` is of all streams.
    """

    side: int
    copies: int
    streams: int
    tokens_per_s: float


def prefill(schedule: Schedule, tokens: int) -> Prefill:
    """Find the chunks in which a prompt is read the fastest: small ones fill more squares, large ones are cheaper."""
    sizes = {min(-(-tokens // 2**halvings), schedule.most_tokens) for halvings in range(CHUNK_HALVINGS + 1)}
    ways = (Prefill(tokens, each, _prefill_cycles(schedule, tokens, each)) for each in sorted(sizes))
    return min(ways, key=lambda way: way.cycles)


def filled(schedule: Schedule, wafers: int) -> Filled:
    """Tell what so many wafers give that are never idle, every stream at its full context."""
    model, placement, spec = schedule.model, schedule.placement, schedule.spec
    room = room_bytes(spec, model, schedule.region.side)
    streams = min((room - each.weight_bytes) // each.cache_bytes for each in placement.layer_stages if each.cache_bytes)
    streams = min(streams, len(placement.stages))
    latency = cycles(schedule.step(model.context_tokens - 1, 1, 1))
    moving = schedule.moving(1, 1)["between squares"].total / len(placement.stages)
    layers = _stage_cycles(schedule, ONE, model.context_tokens, wanted=True)
    ends = _sum(schedule, schedule.slice.operations, ONE, model.context_tokens)
    rate = min(1 / (max(*layers, ends) + moving), streams / latency)
    copies = wafers * placement.layout.cells // len(placement.stages)
    return Filled(schedule.region.side, copies, copies * streams, copies * rate * spec.clock_ghz * 1e9)


def _prefill_cycles(schedule: Schedule, tokens: int, chunk_tokens: int) -> Cycles:
    stages, crossing = schedule.placement.layer_stages, schedule.crossing_cycles(chunk_tokens)
    ways = schedule.moving(chunk_tokens, 0)
    entering, over = ways["way to the first square"].total, ways["between squares"].total / max(1, len(stages) - 1)
    free = [0.0] * len(stages)
    for start in range(0, tokens, chunk_tokens):
        now, end = min(chunk_tokens, tokens - start), min(tokens, start + chunk_tokens)
        at: float = entering
        for number, taken in enumerate(_best_stage_cycles(schedule, now, end)):
            if number and stages[number].cell.wafer != stages[number - 1].cell.wafer:
                at += crossing
            at = free[number] = max(at, free[number]) + taken + over
    return Cycles(free[-1] + cycles(schedule.computing("wanted", 1, tokens)))


def _best_stage_cycles(schedule: Schedule, tokens: int, context: int) -> list[float]:
    ways = (_stage_cycles(schedule, batch, context) for batch in schedule.batches(tokens))
    return min(ways, key=sum)


def _stage_cycles(schedule: Schedule, batch: Batch, context: int, *, wanted: bool = False) -> list[float]:
    """Tell how long each of the layers' squares takes; what only wanted logits need counts if they are `wanted`."""
    units = [
        _sum(schedule, [each for each in unit.operations if wanted or each.positions == "new"], batch, context)
        for unit in schedule.model.pieces.units
    ]
    return [sum(units[piece.unit] for piece in stage.pieces) for stage in schedule.placement.layer_stages]


def _sum(schedule: Schedule, operations: Iterable[Operation], batch: Batch, context: int) -> float:
    """Add up what operations take on one square."""
    region = schedule.region
    return sum(cost.total for each in operations for cost in costs_of(region, batch, each, context).values())
