"""How long the parse check takes, in a document of so many lines.

    PYTHONPATH=tests .venv/bin/python tests/bench/syntax.py [--lines 2000] [--times 200]

The document is made of this repository's modules. At each place a line is typed anew, so that the tree has to follow
an edit, as it does at a key; then a text that leaves the file whole is checked, one that awaits its rest, and one that
breaks it, which takes longest: every ending is tried. Milliseconds on this machine's clock; what is over the budget is
given up, and counted.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lsp.syntax.check import BUDGET_S, Hole, Syntax

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
TEXTS = {"whole": "value = compute(first, second)", "awaiting": "value = compute(", "breaking": "value = compute(a))"}


def document(lines: int) -> list[str]:
    """Put modules together until there are so many lines."""
    text: list[str] = []
    for path in sorted(ROOT.glob("lsp/**/*.py")):
        text += path.read_text("utf-8").split("\n")
        if len(text) >= lines:
            break
    return text[:lines]


def measure(lines: list[str], times: int) -> dict[str, list[float]]:
    """Time the first look, the next ones, and the checks, in milliseconds each."""
    syntax, draw = Syntax("python"), random.Random(7)
    took: dict[str, list[float]] = {name: [] for name in ("first look", "next look", *TEXTS)}
    bodies = [number for number, line in enumerate(lines) if line.startswith("    return ")]
    for turn in range(times):
        number = draw.choice(bodies)
        hole = Hole("\n".join([*lines[:number], "    "]), "\n" + "\n".join(lines[number:]))
        took["next look" if turn else "first look"].append(_ms(partial(syntax.read, hole)))
        for name, text in TEXTS.items():
            took[name].append(_ms(partial(syntax.whole, hole, text)))
    return took


def _ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - started)


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--times", type=int, default=200)
    options = parser.parse_args()
    for name, took in measure(document(options.lines), options.times).items():
        slow = sum(ms > 1e3 * BUDGET_S for ms in took)
        most = sorted(took)[int(0.95 * (len(took) - 1))]
        sys.stdout.write(f"{name:10}  p50 {statistics.median(took):6.2f} ms  p95 {most:6.2f} ms  {slow} over budget\n")


if __name__ == "__main__":
    main()
