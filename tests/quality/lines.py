"""How often a model completes a line of real code exactly, with and without taking tokens back at the cursor.

    PYTHONPATH=tests .venv/bin/python tests/quality/lines.py [MODEL] [--lines N]

The lines are drawn from the standard library and the installed packages, always the same ones for the same versions.
The cursor stands behind a line's indentation, or inside a word of it; what the model has to find is the line's rest.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from unittest.mock import patch

from support.places import PLACES, Case, cases

from engine.config import EngineConfig
from engine.core import Core
from engine.messages import Complete, Completed
from engine.models.prepare import prepare
from engine.progress import ProgressScreen
from engine.tokenizer import Tokenizer
from hardware.registry import open_device


def complete(core: Core, case: Case) -> Completed:
    """Ask for the rest of the line, without a deadline."""
    core.submit(
        Complete(
            id=0,
            document="",
            prefix=case.prefix,
            suffix=case.suffix,
            shape="line",
            budget_ms=1e9,
            max_tokens=64,
        )
    )
    events = []
    while core.busy:
        events += core.step()
    (done,) = events
    if not isinstance(done, Completed):
        raise TypeError(f"The engine gave no completion: {done}")
    return done


def exact_matches(model: str, place: str, lines: int, *, healing: bool) -> tuple[float, float]:
    """Measure the share of lines completed exactly, and device steps of decoding for each."""
    with ProgressScreen() as screen:
        bundle = prepare(model, EngineConfig(), screen.report)
    opened = open_device("cpu").open(bundle.spec)
    with nullcontext() if healing else patch("engine.prompt.tokens_to_take_back", return_value=0):
        core = Core(opened, Tokenizer.load(bundle.tokenizer_path), bundle.prompt, context_tokens=1024, caches=1)
        hits = steps = 0
        for case in cases(PLACES[place], lines):
            done = complete(core, case)
            hits += done.text.strip() == case.rest.strip()
            steps += done.timings.steps
    opened.close()
    return hits / lines, steps / lines


def main() -> None:
    """Print a line for each place, with and without."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("model", nargs="?", default="smollm2-135m", help="a model's name or a bundle's folder")
    parser.add_argument("--lines", type=int, default=100, help="lines for each place (default: %(default)s)")
    options = parser.parse_args()
    for place in PLACES:
        for healing in (True, False):
            share, steps = exact_matches(options.model, place, options.lines, healing=healing)
            taken = "tokens taken back" if healing else "prompt as it is"
            sys.stdout.write(f"{options.model}, {place}, {taken}: {share:.1%} exact, {steps:.1f} steps\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
