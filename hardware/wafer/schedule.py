"""What a step takes: every operation in turn, on the square that holds it, and the ways between the squares.

Invariant: a token is in one place at a time, so that a step's cycles are the sum of its parts and the budget by part
adds up to the whole. Times that no clock of ours rules (the way to another wafer) are turned into cycles of the
device's clock.

A step goes from the embedding, which lies with the head at the end, to the first layer's square, from square to
square, and through the squares that share the head. The logits' largest is known where the next token's row is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from hardware.wafer import operators
from hardware.wafer.collectives import shift
from hardware.wafer.cost import NOTHING, Cost, Cycles, total
from hardware.wafer.mapping import costs_of
from hardware.wafer.operators import Batch
from hardware.wafer.placement import place, room_bytes
from hardware.wafer.products import words
from hardware.wafer.region import Region, make_region
from hardware.wafer.unit import slice_ends
from hardware.wafer.vector import ELEMENT_BYTES
from hardware.wafer.workload import Lookup

if TYPE_CHECKING:
    from hardware.wafer.placement import Demand, Model, Placement
    from hardware.wafer.spec import WaferSpec
    from hardware.wafer.unit import Unit
    from hardware.wafer.workload import Operation, Positions

Budget: TypeAlias = dict[str, Cost]
"""Costs by the part of a model, or of the way, that they are spent on; in the order of a step."""


@dataclass(frozen=True)
class Schedule:
    """A model on squares of a device, as many of one size as `demand` counted."""

    spec: WaferSpec
    model: Model
    demand: Demand

    @cached_property
    def placement(self) -> Placement:
        """What lies where. One token's way does not depend on it, so a search does without."""
        return place(self.spec, self.model, self.demand)

    @cached_property
    def region(self) -> Region:
        """One of the squares."""
        return make_region(self.spec, self.demand.layout.side)

    @cached_property
    def held_rows(self) -> int:
        """How many positions of a step the fullest core has room for at once."""
        side = self.region.side
        fullest = max(stage.weight_bytes + stage.cache_bytes for stage in self.placement.stages)
        return 1 + (room_bytes(self.spec, self.model, side) - fullest) // self.model.row_bytes(side)

    @property
    def most_tokens(self) -> int:
        """How many tokens there is room for in one batch, spread over an axis."""
        return self.held_rows * self.region.side

    @cached_property
    def width(self) -> int:
        """Elements that go from layer to layer for each position."""
        return next(each.width for each in self.model.pieces.ends.operations if isinstance(each, Lookup))

    @cached_property
    def slice(self) -> Unit:
        """The part of the vocabulary's ends that one of the last squares holds."""
        return slice_ends(self.model.pieces.ends, self.demand.slices)

    @cached_property
    def operations(self) -> dict[Positions, tuple[tuple[Operation, int], ...]]:
        """What a step does how often, for all new positions and for the wanted ones."""
        counts: Counter[Operation] = Counter()
        units = Counter(piece.unit for piece in self.model.pieces.order)
        lookups = [each for each in self.slice.operations if isinstance(each, Lookup)]
        counts.update(lookups)
        for unit, times in units.items():
            for each in self.model.pieces.units[unit].operations:
                counts[each] += times
        counts.update(each for each in self.slice.operations if not isinstance(each, Lookup))
        return {
            positions: tuple((each, times) for each, times in counts.items() if each.positions == positions)
            for positions in ("new", "wanted")
        }

    def step(self, keep: int, count: int, rows: int) -> Budget:
        """Give the budget of a step of `count` tokens behind `keep` cached ones, with logits after the last `rows`.

        Tokens go through in batches, one after another, that are as large as there is room for: spread over an axis,
        or, where that is cheaper, as few as every core can have all of.
        """
        return min((self._in_batches(keep, count, rows, most) for most in self.batch_sizes(count)), key=cycles)

    def batch_sizes(self, count: int) -> tuple[int, ...]:
        """Give the sizes of batches that so many tokens may be cut into."""
        if count == 1:
            return (1,)
        return tuple({min(count, self.most_tokens), min(count, self.held_rows)})

    def _in_batches(self, keep: int, count: int, rows: int, most: int) -> Budget:
        budget: Budget = {}
        while count:
            now = min(count, most)
            keep, count = keep + now, count - now
            _add(budget, self.batch(now, min(now, max(0, rows - count)), keep))
        return budget

    def batch(self, tokens: int, rows: int, context: int) -> Budget:
        """Give the budget of tokens that go through together, `context` positions being in the cache with their own."""
        budget = self.computing("new", tokens, context)
        _add(budget, self.moving(tokens, rows))
        if rows:
            _add(budget, self.computing("wanted", rows, context))
        return budget

    def computing(self, positions: Positions, tokens: int, context: int) -> Budget:
        """Give the budget of all that is computed for the new or the wanted positions, the cheaper way."""
        return min((self._computing(positions, way, context) for way in self.batches(tokens)), key=cycles)

    def batches(self, tokens: int) -> tuple[Batch, ...]:
        """Give the ways in which tokens can go through together: all on every core, where there is room, or spread."""
        if tokens == 1:
            return (Batch(),)
        spread = Batch(tokens, spread=True)
        return (Batch(tokens), spread) if tokens <= self.held_rows else (spread,)

    def _computing(self, positions: Positions, batch: Batch, context: int) -> Budget:
        budget: Budget = {}
        for operation, times in self.operations[positions]:
            costs = costs_of(self.region, batch, operation, context)
            _add(budget, {name: cost.repeated(times) for name, cost in costs.items()})
        return budget

    def moving(self, tokens: int, rows: int) -> Budget:
        """Give the budget of what moves between squares and wafers."""
        layers, slices = self.demand.layer_stages, self.demand.slices
        shares = words(self.spec, self.region.share(self.width) * tokens)
        entering = shift(self.spec, self.demand.layout.hops(layers, 0), shares)
        over = self._hand_over(tokens).repeated(layers - 1)
        if rows:
            over += self._hand_over(rows).repeated(slices)
        budget = {"way to the first square": Cost(communication=entering), "between squares": over}
        if (crossings := self.demand.wafers - 1) > 0:
            budget["between wafers"] = Cost(communication=self.crossing_cycles(tokens)).repeated(crossings)
        return budget

    def _hand_over(self, tokens: int) -> Cost:
        """Cost the way to the next square, as wide as it can be: a layer may be cut behind any of its matrices."""
        carried = self.width + max(unit.widest for unit in self.model.pieces.units)
        return operators.hand_over(self.region, Batch(tokens, spread=tokens > 1), carried)

    def crossing_cycles(self, tokens: int) -> Cycles:
        """Tell what the way to another wafer adds to a token, and what further tokens take on the link."""
        bits = 8 * ELEMENT_BYTES * self.width * (tokens - 1)
        waiting_us = self.spec.wafer_hop_us + bits / (self.spec.wafer_link_gbit_per_s * 1e3)
        return Cycles(waiting_us * 1e3 * self.spec.clock_ghz)


def cycles(budget: Budget) -> Cycles:
    """Add a budget up."""
    return total(*budget.values()).total


def _add(budget: Budget, more: Budget) -> None:
    for name, cost in more.items():
        budget[name] = budget.get(name, NOTHING) + cost
