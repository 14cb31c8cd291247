"""`tandem wafer estimate`: the cycles of one operation, or of a decoder's layers, on a square of cores.

Invariant: shapes are taken as they are given; what a device or a grid cannot have is refused with the numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine.commands.output import say
from engine.commands.wafer import collective, decode
from engine.commands.wafer import options as shared
from engine.commands.wafer.figures import answer
from hardware.wafer.products import Tile, gemm, gemv, gemv_bytes
from hardware.wafer.region import require_bytes

if TYPE_CHECKING:
    import argparse

    from engine.commands.output import Actions
    from hardware.wafer.cost import Cost
    from hardware.wafer.region import Region


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `tandem wafer estimate gemv --json` and `... gemm --json`."""

    spec: str
    grid: int
    group: int
    cycles: float
    microseconds: float
    clock_ghz: float
    compute_cycles: float
    communication_cycles: float
    overhead_cycles: float
    utilisation: float


def add(actions: Actions) -> None:
    """Declare `estimate` and its operations."""
    about = "The cycles of one operation, or of a decoder's layers, on a square of cores."
    parser = actions.add_parser("estimate", help="cycles of one operation", description=about)
    operations = parser.add_subparsers(required=True, metavar="OP")
    _add_gemv(operations)
    _add_gemm(operations)
    collective.add(operations)
    decode.add(operations)


def _add_gemv(operations: Actions) -> None:
    parser = shared.add_operation(
        operations, "gemv", "a vector times a matrix, summed up along every column of cores (MeshGEMV)"
    )
    parser.add_argument(
        "--elements",
        type=shared.count,
        default=1,
        metavar="N",
        help="N x N 16-bit elements of the matrix a core (default: 1)",
    )
    parser.set_defaults(command=_gemv)


def _add_gemm(operations: Actions) -> None:
    parser = shared.add_operation(
        operations, "gemm", "a matrix times a matrix in P steps with tiles from two hops away (MeshGEMM)"
    )
    parser.add_argument(
        "--tile",
        type=shared.tile,
        required=True,
        metavar="Mt,Kt,Nt",
        help="a core has Mt x Kt elements of the left matrix and Kt x Nt of the right one",
    )
    parser.set_defaults(command=_gemm)


def _gemv(options: argparse.Namespace) -> int:
    region = shared.region(options)
    require_bytes(region, "The tile", gemv_bytes(options.elements, options.elements), "choose fewer elements")
    return _tell(options, region, gemv(region, options.elements, options.elements))


def _gemm(options: argparse.Namespace) -> int:
    region, tile = shared.region(options), Tile(*options.tile)
    require_bytes(region, "The tile", tile.nbytes, "choose a smaller one")
    return _tell(options, region, gemm(region, tile))


def _tell(options: argparse.Namespace, region: Region, cost: Cost) -> int:
    estimate = Estimate(
        spec=region.spec.name,
        grid=region.side,
        group=region.groups,
        cycles=cost.total,
        microseconds=region.spec.seconds(cost.total).seconds * 1e6,
        clock_ghz=region.spec.clock_ghz,
        compute_cycles=cost.compute,
        communication_cycles=cost.communication,
        overhead_cycles=cost.overhead,
        utilisation=cost.busy / (cost.total * region.cores),
    )
    if options.json:
        return answer(estimate)
    say(f"{estimate.cycles:,.0f} cycles, {estimate.microseconds:.3g} us at {estimate.clock_ghz:g} GHz")
    say(
        f"arithmetic {estimate.compute_cycles:,.0f}, waiting for words {estimate.communication_cycles:,.0f}, "
        f"getting going {estimate.overhead_cycles:,.0f}; cores are busy {estimate.utilisation:.1%} of the time"
    )
    return 0
