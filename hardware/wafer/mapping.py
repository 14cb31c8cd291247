"""Which of the costs in `operators.py` an operation of a model has.

Invariant: nothing is costed here by a formula of its own but the operator that nobody knows, and that is a bound from
above: as if every element were sent to one core and back, and that core alone computed a function such as exp of each
element that goes in or comes out and of each weight. It holds for whatever takes time in proportion to its operands of
the step; what it may read of a cache is not counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.wafer import operators
from hardware.wafer.collectives import broadcast
from hardware.wafer.cost import NOTHING, Cost, Cycles
from hardware.wafer.operators import Heads
from hardware.wafer.products import words
from hardware.wafer.vector import function
from hardware.wafer.workload import Attention, Elementwise, Lookup, Normalisation, Projection, Unknown

if TYPE_CHECKING:
    from hardware.wafer.operators import Batch
    from hardware.wafer.region import Region
    from hardware.wafer.workload import Operation

FUNCTIONS = {"QuickGelu", "Gelu", "FastGelu", "Sigmoid", "Swish", "Tanh"}
"""An exponential and a reciprocal for each element; with the product behind it, that is `operators.gating`."""


def costs_of(region: Region, batch: Batch, operation: Operation, context: int) -> dict[str, Cost]:
    """Give an operation's costs by their names in a budget; `context` counts the batch's own positions, too."""
    if isinstance(operation, Attention):
        return _attention(region, batch, operation, context)
    if isinstance(operation, Unknown):
        return {f"{operation.operator} (bound)": _bound(region, batch, operation)}
    return {operation.role: _cost(region, batch, operation)}


def _cost(region: Region, batch: Batch, operation: Operation) -> Cost:
    match operation:
        case Projection(role="head", inputs=inputs, outputs=outputs):
            cost = operators.head(region, batch, inputs, outputs)
        case Projection(inputs=inputs, widths=widths):
            cost = operators.projection(region, batch, inputs, *widths)
        case Lookup(width=width):
            cost = operators.embedding(region, batch, width)
        case Normalisation(width=width, vectors=vectors, residual=residual):
            cost = operators.normalisation(region, batch, width * vectors, vectors)
            cost += operators.residual(region, batch, width) if residual else NOTHING
        case Elementwise(width=width, function=name) if name in FUNCTIONS:
            cost = function(region.spec, region.share(width) * batch.held(region), region.cores, times=2)
        case Elementwise(width=width):
            cost = operators.residual(region, batch, width)
        case _:
            raise TypeError(f"{operation} has no cost")
    return cost


def _attention(region: Region, batch: Batch, attention: Attention, context: int) -> dict[str, Cost]:
    heads = Heads(query=attention.heads, key_value=attention.kv_heads, size=attention.head_dim)
    queries = attention.heads * attention.head_dim
    rotating = {"rotary": operators.rotary(region, batch, queries, attention.kv_width)} if attention.rotary else {}
    return rotating | {
        "score": operators.score(region, batch, heads, context),
        "softmax": operators.softmax(region, batch, heads, context),
        "mix": operators.mix(region, batch, heads, context),
    }


def _bound(region: Region, batch: Batch, unknown: Unknown) -> Cost:
    spec, tokens = region.spec, batch.tokens
    there, back = (words(spec, tokens * elements) for elements in (unknown.inputs, unknown.outputs))
    moving = 2 * (broadcast(spec, region.side, there) + broadcast(spec, region.side, back))
    elements = tokens * (unknown.inputs + unknown.outputs + unknown.held)
    return function(spec, elements, 1) + Cost(communication=Cycles(moving))
