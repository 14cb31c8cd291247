"""Ways to do a collective, by name, and what each costs: one line of cores, or rows and then columns of a square.

Invariant: every way under one heading leaves the same result; the K-tree's price includes getting its instructions
going, as it was measured, while the others are the bare forms of their paper (collectives.py says which).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.wafer.collectives import (
    allreduce,
    broadcast,
    chain,
    k_tree_reduce,
    ring,
    star,
    tree,
    two_phase,
)
from hardware.wafer.cost import Cycles
from hardware.wafer.errors import UnknownWay

if TYPE_CHECKING:
    from hardware.wafer.region import Region

K_TREE = "k-tree"
COLLECTIVES = ("allreduce", "reduce", "broadcast")


def ways(collective: str, region: Region, words: int, dimensions: int = 1) -> dict[str, Cycles]:
    """Give the cycles of each way to do `collective`, one of COLLECTIVES, with `words` 32-bit words for each core.

    Over a line of `region.side` cores, or with two dimensions over all of the square: its rows, then one column or all.
    """
    match collective:
        case "broadcast":
            costs = _broadcasts(region, words, dimensions)
        case "reduce":
            costs = _twice(_reduces(region, words), dimensions)
        case _:
            costs = _twice(_allreduces(region, words), dimensions)
    return costs


def choose(costs: dict[str, Cycles], name: str | None) -> str:
    """Give the way of that name, or without one the cheapest. Raises UnknownWay."""
    if name is None:
        return min(costs, key=lambda each: costs[each])
    if name not in costs:
        raise UnknownWay(f"There is no algorithm {name!r} for this: take {', '.join(costs)}.")
    return name


def _broadcasts(region: Region, words: int, dimensions: int) -> dict[str, Cycles]:
    """Flood: in two dimensions words turn into every column on their way, so only the distance grows."""
    cost = broadcast(region.spec, region.side, words)
    further = (region.side - 1) * region.spec.hop_cycles * (dimensions - 1)
    return {"flood": Cycles(cost + further)}


def _reduces(region: Region, words: int) -> dict[str, Cycles]:
    spec, side = region.spec, region.side
    return {
        K_TREE: k_tree_reduce(spec, side, region.groups, words).total,
        "star": star(spec, side, words),
        "chain": chain(spec, side, words),
        "tree": tree(spec, side, words),
        "two-phase": two_phase(spec, side, words),
    }


def _allreduces(region: Region, words: int) -> dict[str, Cycles]:
    spec, side = region.spec, region.side
    back = broadcast(spec, side, words)
    by_reduce = {name: Cycles(cost + back) for name, cost in _reduces(region, words).items() if name != K_TREE}
    return {
        K_TREE: allreduce(spec, side, region.groups, words).total,
        **{f"{name} and broadcast": cost for name, cost in by_reduce.items()},
        "ring": ring(spec, side, words),
    }


def _twice(costs: dict[str, Cycles], dimensions: int) -> dict[str, Cycles]:
    return {name: Cycles(cost * dimensions) for name, cost in costs.items()}
