"""How often a model completes a line of real code exactly, with and without taking tokens back at the cursor.

    .venv/bin/python tests/quality/lines.py [MODEL] [--lines N]

The lines are drawn from the standard library and the installed packages, always the same ones for the same versions.
The cursor stands behind a line's indentation, or inside a word of it; what the model has to find is the line's rest.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import sysconfig
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from engine.config import EngineConfig
from engine.core import Core
from engine.messages import Complete, Completed
from engine.models.prepare import prepare
from engine.progress import ProgressScreen
from engine.tokenizer import Tokenizer
from hardware.registry import open_device

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX_CHARACTERS = 1000
SUFFIX_CHARACTERS = 400
SEED = 7
PLACES = {"at the line's start": re.compile(r"(?=\S)"), "inside a word": re.compile(r"(?<=\b\w{2})(?=\w{2})")}


@dataclass(frozen=True)
class Case:
    """A place in a file, and what stands right of it on its line."""

    prefix: str
    suffix: str
    rest: str


def cases(place: re.Pattern[str], count: int) -> Iterator[Case]:
    """Draw lines with some code on them from files of some length."""
    folders = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")]
    files = sorted({*folders[0].glob("*.py"), *folders[1].glob("*/*.py")})
    draw = random.Random(SEED)
    while count:
        lines = draw.choice(files).read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        if len(lines) < 60:
            continue
        number = draw.randrange(20, len(lines) - 10)
        line = lines[number].rstrip("\n")
        columns = [match.start() for match in place.finditer(line)]
        if not 12 <= len(line.strip()) <= 100 or line.strip()[0] in "#\"'" or not columns:
            continue
        column = columns[0] if place is PLACES["at the line's start"] else draw.choice(columns)
        prefix, suffix = "".join(lines[:number]) + line[:column], "\n" + "".join(lines[number + 1 :])
        yield Case(prefix[-PREFIX_CHARACTERS:], suffix[:SUFFIX_CHARACTERS], line[column:])
        count -= 1


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
