"""Which of the costs in `operators.py` an operation of a model has.

Invariant: nothing is costed here by a formula of its own but the operator that nobody knows, and that is a bound from
above: as if every element were sent to one core and back, and that core alone computed a function such as exp of each
element that goes in or comes out and of each weight. It holds for whatever takes time in proportion to its operands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.wafer import operators
from hardware.wafer.collectives import broadcast
from hardware.wafer.cost import Cost, Cycles
from hardware.wafer.operators import Heads
from hardware.wafer.products import words
from hardware.wafer.vector import function
from hardware.wafer.workload import Attention, Elementwise, Lookup, Normalisation, Projection, Unknown

if TYPE_CHECKING:
    from hardware.wafer.operators import Batch
    from hardware.wafer.region import Region
    from hardware.wafer.workload import Operation

FUNCTIONS = {"QuickGelu", "Gelu", "FastGelu", "Sigmoid", "Swish", "Tanh"}
"""An exponential and a reciprocal for each element, as `operators.gating` has them; others are one instruction."""


def costs_of(region: Region, batch: Batch, operation: Operation, context: int) -> dict[str, Cost]:
    """Give an operation's costs by their names in a budget; `context` counts the batch's own positions, too."""
    match operation:
        case Projection(role="head", inputs=inputs, outputs=outputs):
            return {"head": operators.head(region, batch, inputs, outputs)}
        case Projection(role=role, inputs=inputs, outputs=outputs):
            return {role: operators.projection(region, batch, inputs, outputs)}
        case Attention():
            return _attention(region, batch, operation, context)
        case Normalisation(role=role, width=width, vectors=vectors, residual=residual):
            cost = operators.normalisation(region, batch, width * vectors)
            return {role: cost + operators.residual(region, batch, width) if residual else cost}
        case Lookup(role=role, width=width):
            return {role: operators.embedding(region, batch, width)}
        case Elementwise(role=role, width=width, function=name):
            if name not in FUNCTIONS:
                return {role: operators.residual(region, batch, width)}
            return {role: function(region.spec, region.share(width) * batch.held(region), region.cores, times=2)}
        case Unknown():
            return {f"{operation.operator} (bound)": _bound(region, batch, operation)}
        case _:
            raise TypeError(f"{operation} has no cost")


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
