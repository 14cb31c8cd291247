"""`tandem wafer estimate`: the cycles of one operation, or of a decoder's layers, on a square of cores.

Invariant: shapes are taken as they are given; what a device or a grid cannot have is refused with the numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from engine.commands.output import answer, say, show
from engine.commands.wafer import options as shared
from hardware.wafer import algorithms
from hardware.wafer.cost import Cost, total
from hardware.wafer.decoder import layer_bytes, layer_costs, make_layer, require_room
from hardware.wafer.operators import Batch
from hardware.wafer.products import Tile, gemm, gemv

if TYPE_CHECKING:
    import argparse

    from engine.commands.output import Actions
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


class OperatorCycles(msgspec.Struct, frozen=True, kw_only=True):
    """One operator of a layer."""

    name: str
    cycles: float
    compute_cycles: float
    communication_cycles: float
    overhead_cycles: float


class Decode(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `tandem wafer estimate decode --json`: one stream, layers only."""

    spec: str
    grid: int
    group: int
    tokens: int
    cycles_per_layer: float
    cycles_per_token: float
    tokens_per_second: float
    joules_per_token: float
    clock_ghz: float
    utilisation: float
    layer_bytes_per_core: int
    operators: tuple[OperatorCycles, ...]


def add(actions: Actions) -> None:
    """Declare `estimate` and its operations."""
    about = "The cycles of one operation, or of a decoder's layers, on a square of cores."
    parser = actions.add_parser("estimate", help="cycles of one operation", description=about)
    operations = parser.add_subparsers(required=True, metavar="OP")
    _add_gemv(operations)
    _add_gemm(operations)
    for name in algorithms.COLLECTIVES:
        _add_collective(operations, name)
    _add_decode(operations)


def _operation(operations: Actions, name: str, about: str) -> argparse.ArgumentParser:
    parser = operations.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
    shared.add_grid(parser)
    shared.add_device(parser)
    return parser


def _add_gemv(operations: Actions) -> None:
    parser = _operation(operations, "gemv", "a vector times a matrix, summed up along every column of cores (MeshGEMV)")
    parser.add_argument(
        "--elements",
        type=shared.count,
        default=1,
        metavar="N",
        help="N x N 16-bit elements of the matrix a core (default: 1)",
    )
    parser.set_defaults(command=_gemv)


def _add_gemm(operations: Actions) -> None:
    parser = _operation(
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


def _add_collective(operations: Actions, name: str) -> None:
    parser = _operation(operations, name, f"{name} over a line of P cores, or over all P x P of them")
    parser.add_argument(
        "--elements", type=shared.count, default=1, metavar="N", help="N 32-bit words a core (default: 1)"
    )
    parser.add_argument(
        "--dimensions", type=int, choices=(1, 2), default=1, help="1: a line; 2: the square (default: %(default)s)"
    )
    parser.add_argument(
        "--algorithm", metavar="NAME", help="k-tree, star, chain, ... (default: k-tree with --group, else the cheapest)"
    )
    parser.set_defaults(command=_collective, collective=name)


def _add_decode(operations: Actions) -> None:
    parser = _operation(operations, "decode", "a token through a decoder's layers, without embedding and head")
    for name, about in (
        ("layers", "layers"),
        ("dim", "width of a layer"),
        ("ffn", "hidden width of its feed-forward part"),
        ("heads", "query heads"),
        ("kv-heads", "key and value heads"),
        ("head-dim", "elements of one head"),
        ("context", "positions in the cache, the token's own included"),
    ):
        parser.add_argument(f"--{name}", type=shared.count, required=True, metavar="N", help=about)
    parser.add_argument(
        "--tokens", type=shared.count, default=1, metavar="T", help="tokens that go through together (default: 1)"
    )
    parser.set_defaults(command=_decode)


def _gemv(options: argparse.Namespace) -> int:
    region = shared.region(options)
    return _tell(options, region, gemv(region, options.elements, options.elements))


def _gemm(options: argparse.Namespace) -> int:
    region = shared.region(options)
    return _tell(options, region, gemm(region, Tile(*options.tile)))


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


def _collective(options: argparse.Namespace) -> int:
    region = shared.region(options)
    costs = algorithms.ways(options.collective, region, options.elements, options.dimensions)
    wanted = algorithms.K_TREE if options.group and algorithms.K_TREE in costs else None
    name = algorithms.choose(costs, options.algorithm or wanted)
    collective = Collective(
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
        return answer(collective)
    table = Table("algorithm", "cycles", "", box=None, header_style="bold")
    for each, cycles in costs.items():
        table.add_row(each, f"{cycles:,.0f}", "taken" if each == name else "")
    show(table)
    return 0


def _decode(options: argparse.Namespace) -> int:
    region = shared.region(options)
    layer = make_layer(options.dim, options.ffn, options.heads, options.kv_heads, options.head_dim)
    require_room(region, layer, options.context)
    costs = layer_costs(region, layer, Batch(options.tokens), options.context)
    whole = total(*costs.values())
    seconds = region.spec.seconds(whole.total * options.layers).seconds
    decode = Decode(
        spec=region.spec.name,
        grid=region.side,
        group=region.groups,
        tokens=options.tokens,
        cycles_per_layer=whole.total,
        cycles_per_token=whole.total * options.layers / options.tokens,
        tokens_per_second=options.tokens / seconds,
        joules_per_token=region.spec.power_w * seconds / options.tokens,
        clock_ghz=region.spec.clock_ghz,
        utilisation=whole.busy / (whole.total * region.cores),
        layer_bytes_per_core=layer_bytes(region, layer, options.context),
        operators=tuple(_operator(name, cost) for name, cost in costs.items()),
    )
    return answer(decode) if options.json else _show(decode)


def _operator(name: str, cost: Cost) -> OperatorCycles:
    return OperatorCycles(
        name=name,
        cycles=cost.total,
        compute_cycles=cost.compute,
        communication_cycles=cost.communication,
        overhead_cycles=cost.overhead,
    )


def _show(decode: Decode) -> int:
    table = Table(box=None, header_style="bold")
    table.add_column("operator")
    for heading in ("cycles", "arithmetic", "waiting for words", "getting going"):
        table.add_column(heading, justify="right")
    for each in decode.operators:
        parts = (each.cycles, each.compute_cycles, each.communication_cycles, each.overhead_cycles)
        table.add_row(each.name, *(f"{cycles:,.0f}" for cycles in parts))
    show(table)
    say(
        f"{decode.cycles_per_layer:,.0f} cycles a layer, {decode.cycles_per_token:,.0f} a token: "
        f"{decode.tokens_per_second:,.1f} tokens/s at {decode.clock_ghz:g} GHz, {decode.joules_per_token:.3g} J "
        "a token with all of the wafer under power for one stream"
    )
    return 0
