"""`--budget-ms`: what a suggestion may take, for every command that tells what would be in time."""

from __future__ import annotations

import argparse
import math

from engine.choice.judge import BUDGET_MS


def add_budget(parser: argparse.ArgumentParser) -> None:
    """Let a command be asked about another budget than the engine's own."""
    parser.add_argument(
        "--budget-ms",
        type=_milliseconds,
        default=BUDGET_MS,
        metavar="MS",
        help="what a suggestion may take (default: %(default)g)",
    )


def _milliseconds(text: str) -> float:
    """Read a time above 0. Raises argparse.ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number
