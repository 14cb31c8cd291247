"""`tandem wafer estimate decode`: a token, or a few, through a decoder's layers.

Invariant: what is counted is what the published figures count: the layers, without embedding, head and hand-over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from engine.commands.output import say, show
from engine.commands.wafer import options as shared
from engine.commands.wafer.figures import answer
from hardware.wafer.cost import Cost, total
from hardware.wafer.decoder import layer_bytes, layer_costs, make_layer, require_room
from hardware.wafer.operators import Batch

if TYPE_CHECKING:
    import argparse

    from engine.commands.output import Actions


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


def add(operations: Actions) -> None:
    """Declare `decode`."""
    parser = shared.add_operation(
        operations, "decode", "a token through a decoder's layers, without embedding and head"
    )
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
    parser.set_defaults(command=_estimate)


def _estimate(options: argparse.Namespace) -> int:
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
