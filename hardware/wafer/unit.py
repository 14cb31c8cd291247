"""The pieces that a model is placed in: a matrix with what surrounds it, or a slice of the vocabulary's ends.

Invariant: every operation of a model is in exactly one piece, and pieces stand in the order in which a token passes
them. A piece lies in one region; a core of the region holds a tile of each of its matrices, padded to the largest.
Operations of a unit are named by their role, so that like pieces of several layers are one unit, sized and timed once.

Weights and cached keys and values are fp16, whatever the precision of the graph that they were read from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hardware.wafer.vector import ELEMENT_BYTES
from hardware.wafer.workload import Attention, Lookup, Normalisation, Projection, Unknown

if TYPE_CHECKING:
    from hardware.wafer.workload import Operation, Workload

CACHED = 2
"""What is kept of a position: its key and its value."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Operations that share a region, whichever layer they belong to."""

    operations: tuple[Operation, ...]

    def weight_bytes(self, side: int) -> int:
        """Tell what the fullest core of a region of side x side cores holds of the weights, in bytes."""
        return ELEMENT_BYTES * sum(_tile(each, side) for each in self.operations)

    def cache_bytes(self, side: int, context_tokens: int) -> int:
        """Tell what the fullest core holds of the keys and values of that many tokens, in bytes."""
        widths = [each.kv_width for each in self.operations if isinstance(each, Attention)]
        return CACHED * ELEMENT_BYTES * sum(ceil_of(context_tokens, side) * ceil_of(width, side) for width in widths)

    def exchange_bytes(self, side: int) -> int:
        """Tell what the largest tile of weights takes once more, since in a product of many rows tiles travel."""
        largest = (
            ceil_of(each.inputs, side) * ceil_of(max(each.widths), side)
            for each in self.operations
            if isinstance(each, Projection)
        )
        return ELEMENT_BYTES * max(largest, default=0)

    @property
    def widest(self) -> int:
        """Elements of a position that may have to be handed on: the widest result."""
        return max((each.outputs for each in self.operations if isinstance(each, Projection)), default=0)

    def row_bytes(self, side: int, context_tokens: int) -> int:
        """Tell what a core keeps of a position on its way: its part of what goes in, comes out, and is scored."""
        return ELEMENT_BYTES * max(_row(each, side, context_tokens) for each in self.operations)


@dataclass(frozen=True, slots=True)
class Piece:
    """A unit in its place: the layer's number, and the unit's among the model's."""

    layer: int
    unit: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """A model cut up: the different `units`, the layers' pieces in order, and the ends.

    The ends are one unit, since embedding and head may share their weights: where a step begins, it ends.
    """

    units: tuple[Unit, ...]
    order: tuple[Piece, ...]
    ends: Unit


def ceil_of(whole: int, parts: int) -> int:
    """Divide, rounding up."""
    return -(-whole // parts)


def cut_up(workload: Workload) -> Pieces:
    """Cut a model's layers before each matrix, or before the norm in front of it; what is in no layer is the ends."""
    pieces: list[tuple[int, list[Operation]]] = []
    for each in workload.operations:
        if (layer := each.layer) is None:
            continue
        held = pieces[-1][1] if pieces and pieces[-1][0] == layer else None
        opens = isinstance(each, Projection) or (isinstance(each, Normalisation) and each.residual)
        if held is None or (opens and any(isinstance(other, Projection) for other in held)):
            pieces.append((layer, []))
        pieces[-1][1].append(replace(each, name=each.role))
    numbers: dict[Unit, int] = {}
    order = [Piece(layer, numbers.setdefault(Unit(tuple(piece)), len(numbers))) for layer, piece in pieces]
    return Pieces(tuple(numbers), tuple(order), Unit(tuple(each for each in workload.operations if each.layer is None)))


def slice_ends(ends: Unit, slices: int) -> Unit:
    """Give one of so many slices of the vocabulary: what one of the regions holds that share it."""
    return Unit(tuple(_slice(each, slices) for each in ends.operations))


def _slice(operation: Operation, slices: int) -> Operation:
    match operation:
        case Lookup(vocabulary=vocabulary):
            return replace(operation, vocabulary=ceil_of(vocabulary, slices))
        case Projection(outputs=outputs):
            return replace(operation, outputs=ceil_of(outputs, slices))
        case _:
            return operation


def _tile(operation: Operation, side: int) -> int:
    """Count the weights of an operation on its fullest core."""
    match operation:
        case Projection(inputs=inputs, widths=widths):
            return ceil_of(inputs, side) * sum(ceil_of(width, side) for width in widths)
        case Lookup(vocabulary=vocabulary, width=width, tied=False):
            return ceil_of(vocabulary, side) * ceil_of(width, side)
        case _:
            return ceil_of(operation.weights, side)


def _row(operation: Operation, side: int, context_tokens: int) -> int:
    """Count the elements of one position that a core has a part in: operands and results."""
    match operation:
        case Projection(inputs=inputs, widths=widths):
            return ceil_of(inputs, side) + sum(ceil_of(width, side) for width in widths)
        case Attention(heads=heads, kv_heads=kv_heads, head_dim=head_dim):
            scores = ceil_of(kv_heads, side) * ceil_of(heads, kv_heads) * ceil_of(context_tokens, side)
            return scores + 2 * ceil_of(heads * head_dim, side)
        case Unknown(inputs=inputs, outputs=outputs):
            return ceil_of(inputs, side) + ceil_of(outputs, side)
        case _:
            return 0
