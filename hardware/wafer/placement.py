"""Which units lie on which square of which wafer, and how full their cores are.

Invariant: no core holds more than its memory: code, weights, the keys and values of the context, and the rows of a
step on their way. Units lie in order on neighbouring squares; the vocabulary's ends come last, on as many squares as
they take.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from hardware.wafer.layout import Layout, cut
from hardware.wafer.unit import ceil_of, cut_up, slice_ends
from hardware.wafer.vector import ELEMENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.wafer.layout import Cell
    from hardware.wafer.spec import WaferSpec
    from hardware.wafer.unit import Piece, Pieces, Unit
    from hardware.wafer.workload import Workload

IN_FLIGHT = 2
"""How often a core keeps a position's part: while it works on the one, the next one comes in."""


@dataclass(frozen=True)
class Model:
    """A model in pieces, with room for the keys and values of `context_tokens`."""

    workload: Workload
    context_tokens: int

    @cached_property
    def pieces(self) -> Pieces:
        """What it is placed in."""
        return cut_up(self.workload)

    @property
    def weight_bytes(self) -> int:
        """What all weights take, none padded."""
        return ELEMENT_BYTES * self.workload.weights

    @property
    def cache_bytes(self) -> int:
        """What the keys and values of the context take, none padded."""
        units = [unit.cache_bytes(1, self.context_tokens) for unit in self.pieces.units]
        return sum(units[piece.unit] for piece in self.pieces.order)

    def row_bytes(self, side: int) -> int:
        """Tell what a core takes for one position on its way, besides what it holds; the next one arrives meanwhile."""
        return IN_FLIGHT * max(unit.row_bytes(side, self.context_tokens) for unit in self.pieces.units)

    def spare_bytes(self, side: int) -> int:
        """Tell what a core needs beside code, weights and cache for as little as one position."""
        return self.row_bytes(side) + max(unit.exchange_bytes(side) for unit in self.pieces.units)

    def sizes(self, side: int) -> list[int]:
        """Tell what the fullest core holds of each piece, in order."""
        units = [unit.weight_bytes(side) + unit.cache_bytes(side, self.context_tokens) for unit in self.pieces.units]
        return [units[piece.unit] for piece in self.pieces.order]


@dataclass(frozen=True, slots=True)
class Stage:
    """One square and what it holds, in bytes on its fullest core; a slice of the ends where there are no pieces."""

    cell: Cell
    pieces: tuple[Piece, ...]
    weight_bytes: int
    cache_bytes: int


@dataclass(frozen=True, slots=True)
class Placement:
    """A model on wafers: `stages` in order, of which the last `slices` hold a slice of the ends each."""

    layout: Layout
    stages: tuple[Stage, ...]
    slices: int
    spare_bytes: int

    @property
    def wafers(self) -> int:
        """How many it takes."""
        return self.layout.wafers(len(self.stages))

    @property
    def layer_stages(self) -> tuple[Stage, ...]:
        """Those that hold layers."""
        return self.stages[: len(self.stages) - self.slices]


@dataclass(frozen=True, slots=True)
class Demand:
    """How many squares of one size a model takes: for its layers, and for the ends."""

    layout: Layout
    layer_stages: int
    slices: int

    @property
    def stages(self) -> int:
        """All of them."""
        return self.layer_stages + self.slices

    @property
    def wafers(self) -> int:
        """What they take."""
        return self.layout.wafers(self.stages)


def room_bytes(spec: WaferSpec, model: Model, side: int) -> int:
    """Tell what a core has left for weights and cache."""
    return spec.sram_bytes - spec.code_bytes - model.spare_bytes(side)


def demand(spec: WaferSpec, model: Model, side: int) -> Demand | None:
    """Count the squares of `side` x `side` cores that a model takes; None where one unit is too large for a square."""
    room = room_bytes(spec, model, side)
    layer_stages = _count(model.sizes(side), room)
    slices = _slices(model.pieces.ends, side, room)
    if layer_stages is None or slices is None:
        return None
    return Demand(cut(spec, side), layer_stages, slices)


def spread(spec: WaferSpec, model: Model, wanted: Demand, squares: int) -> Demand:
    """Have the layers take more squares than they need, up to `squares` with the ends, if that empties the fullest."""
    most = max(wanted.layer_stages, min(squares - wanted.slices, len(model.pieces.order)))
    room = room_bytes(spec, model, wanted.layout.side)
    return replace(wanted, layer_stages=len(_share(model.sizes(wanted.layout.side), most, room)))


def place(spec: WaferSpec, model: Model, wanted: Demand) -> Placement:
    """Lay a model out as was counted, the layers as evenly as that many squares allow."""
    layout, side, units = wanted.layout, wanted.layout.side, model.pieces.units
    weights = [unit.weight_bytes(side) for unit in units]
    caches = [unit.cache_bytes(side, model.context_tokens) for unit in units]
    stages: list[Stage] = []
    for start, end in _share(model.sizes(side), wanted.layer_stages, room_bytes(spec, model, side)):
        pieces = model.pieces.order[start:end]
        held = sum(weights[piece.unit] for piece in pieces)
        stages.append(Stage(layout.cell(len(stages)), pieces, held, sum(caches[piece.unit] for piece in pieces)))
    slice_bytes = slice_ends(model.pieces.ends, wanted.slices).weight_bytes(side)
    stages += [Stage(layout.cell(number), (), slice_bytes, 0) for number in range(len(stages), wanted.stages)]
    return Placement(layout, tuple(stages), wanted.slices, model.spare_bytes(side))


def _count(sizes: Sequence[int], room: int) -> int | None:
    """Count the squares that units take in order, each filled as far as it goes."""
    if max(sizes) > room:
        return None
    squares, used = 1, 0
    for size in sizes:
        if used + size > room:
            squares, used = squares + 1, 0
        used += size
    return squares


def _slices(ends: Unit, side: int, room: int) -> int | None:
    """Count the squares that the ends take; None where a slice of one row of the vocabulary is too large."""
    if room <= 0:
        return None
    slices = ceil_of(ends.weight_bytes(side), room)
    most = side * side
    while slices <= most:
        if slice_ends(ends, slices).weight_bytes(side) <= room:
            return slices
        slices += 1
    return None


def _share(sizes: Sequence[int], squares: int, room: int) -> list[tuple[int, int]]:
    """Cut units in order into that many runs, the fullest of which is as empty as can be."""
    low, high = max(sizes), room
    while low < high:
        middle = (low + high) // 2
        counted = _count(sizes, middle)
        low, high = (low, middle) if counted is not None and counted <= squares else (middle + 1, high)
    runs, start, used = [], 0, 0
    for number, size in enumerate(sizes):
        if used + size > low:
            runs.append((start, number))
            start, used = number, 0
        used += size
    runs.append((start, len(sizes)))
    return runs
