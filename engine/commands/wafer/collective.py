"""`tandem wafer estimate allreduce`, `reduce` and `broadcast`: a collective, and every way there is to do it.

Invariant: `cycles` are those of the way that is named; the others stand beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from engine.commands.output import show
from engine.commands.wafer import options as shared
from engine.commands.wafer.figures import answer
from hardware.wafer import algorithms
from hardware.wafer.region import require_bytes

if TYPE_CHECKING:
    import argparse

    from engine.commands.output import Actions

WORD_BYTES = 4
BUFFERS = 2
"""A core's own words, and those of the result."""


class Collective(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `tandem wafer estimate allreduce --json` and the like: one way, and all there are."""

    spec: str
    grid: int
    group: int
    dimensions: int
    algorithm: str
    cycles: float
    microseconds: float
    clock_ghz: float
    algorithms: dict[str, float]


def add(operations: Actions) -> None:
    """Declare the collectives."""
    for name in algorithms.COLLECTIVES:
        _add(operations, name)


def _add(operations: Actions, name: str) -> None:
    parser = shared.add_operation(operations, name, f"{name} over a line of P cores, or over all P x P of them")
    parser.add_argument(
        "--elements", type=shared.count, default=1, metavar="N", help="N 32-bit words a core (default: 1)"
    )
    parser.add_argument(
        "--dimensions", type=int, choices=(1, 2), default=1, help="1: a line; 2: the square (default: %(default)s)"
    )
    parser.add_argument(
        "--algorithm", metavar="NAME", help="k-tree, star, chain, ... (default: k-tree with --group, else the cheapest)"
    )
    parser.set_defaults(command=_estimate, collective=name)


def _estimate(options: argparse.Namespace) -> int:
    region = shared.region(options)
    taken_bytes = BUFFERS * WORD_BYTES * options.elements
    require_bytes(region, "What a core adds up", taken_bytes, "choose fewer elements")
    costs = algorithms.ways(options.collective, region, options.elements, options.dimensions)
    wanted = algorithms.K_TREE if options.group and algorithms.K_TREE in costs else None
    name = algorithms.choose(costs, options.algorithm or wanted)
    found = Collective(
        spec=region.spec.name,
        grid=region.side,
        group=region.groups,
        dimensions=options.dimensions,
        algorithm=name,
        cycles=costs[name],
        microseconds=region.spec.seconds(costs[name]).seconds * 1e6,
        clock_ghz=region.spec.clock_ghz,
        algorithms=dict(costs),
    )
    if options.json:
        return answer(found)
    table = Table("algorithm", "cycles", "", box=None, header_style="bold")
    for each, cycles in costs.items():
        table.add_row(each, f"{cycles:,.0f}", "taken" if each == name else "")
    show(table)
    return 0
