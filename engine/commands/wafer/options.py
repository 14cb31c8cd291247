"""Options that several of `tandem wafer`'s commands share.

Invariant: numbers are whole and above zero where the help says so; anything else is called wrongly (exit code 2).
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hardware.wafer.region import make_region
from hardware.wafer.spec import load, names

if TYPE_CHECKING:
    from engine.commands.output import Actions
    from hardware.wafer.region import Region
    from hardware.wafer.spec import WaferSpec

DEFAULT_SPEC = "wse3"


def add_device(parser: argparse.ArgumentParser) -> None:
    """Let a command choose the device and its clock."""
    known = ", ".join(names())
    parser.add_argument(
        "--spec", default=DEFAULT_SPEC, help=f"{known}, or a TOML file of your own (default: %(default)s)"
    )
    parser.add_argument("--clock-ghz", type=float, metavar="F", help="another clock than the device's")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def add_grid(parser: argparse.ArgumentParser) -> None:
    """Let a command choose a square of cores."""
    parser.add_argument("--grid", type=count, required=True, metavar="P", help="P x P cores")
    parser.add_argument(
        "--group",
        type=count,
        metavar="G",
        help="groups of a line's K-tree (default: the largest divisor of P up to its square root)",
    )


def add_operation(operations: Actions, name: str, about: str) -> argparse.ArgumentParser:
    """Declare an operation of `estimate` on cores of a device."""
    parser = operations.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
    add_grid(parser)
    add_device(parser)
    return parser


def device(options: argparse.Namespace) -> WaferSpec:
    """Load the device that was chosen. Raises SpecError."""
    spec = load(options.spec)
    return spec if options.clock_ghz is None else spec.at_clock(options.clock_ghz)


def region(options: argparse.Namespace) -> Region:
    """Take the cores that were chosen. Raises SpecError and DoesNotFit."""
    return make_region(device(options), options.grid, options.group)


def count(text: str) -> int:
    """Read a whole number above 0. Raises argparse.ArgumentTypeError."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number


def tile(text: str) -> tuple[int, int, int]:
    """Read Mt,Kt,Nt. Raises argparse.ArgumentTypeError."""
    parts = text.split(",")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"{text!r} is not Mt,Kt,Nt: three whole numbers with commas between them")
    rows, inner, columns = (count(part) for part in parts)
    return rows, inner, columns
