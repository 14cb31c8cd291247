"""How long the first suggestion in a file takes that the engine has not read: 2,000 lines, nothing told before.

    PYTHONPATH=tests .venv/bin/python tests/bench/cold.py [--model NAME] [--places N] [--json]

At each place a new file is opened with the beginning of a line typed and its rest left out, and a suggestion is asked
for in the same breath. Nobody overtakes the request, unlike in latency.py, where a person types on.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from lsp.headless import start_editor
from lsp.replay.summary import percentiles

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = 2_000
SEED = 3
_code = re.compile(r"[ ]*[A-Za-z_][\w.]* ?[(=]")
"""A line that calls or assigns something, up to where it says what."""


class Cold(msgspec.Struct, frozen=True, kw_only=True):
    """From the request to its answer, with text or without."""

    model: str
    n: int
    p50_ms: float | None
    p95_ms: float | None
    shown: float


def places(count: int) -> Iterator[tuple[str, int]]:
    """Give texts of 2,000 lines, and where the cursor stands in each."""
    lines = Path(str(argparse.__file__)).read_text(encoding="utf-8").splitlines(keepends=True)[:LINES]
    starts = [(number, found.end()) for number, line in enumerate(lines) if (found := _code.match(line))]
    for number, column in random.Random(SEED).sample(starts, count):
        above = "".join(lines[:number]) + lines[number][:column]
        yield above + "\n" + "".join(lines[number + 1 :]), len(above)


async def measure(model: str, count: int) -> Cold:
    """Open, ask, wait, close."""
    answers = []
    async with start_editor(["--model", model]) as editor:
        await editor.ready(lambda _: None)
        for number, (text, cursor) in enumerate(places(count)):
            document = editor.open(Path(f"/bench/cold{number}.py"), text)
            answers.append(await document.ask(cursor).answer)
            document.close()
    times = percentiles(answer.ms for answer in answers)
    return Cold(
        model=model,
        n=count,
        p50_ms=times.p50,
        p95_ms=times.p95,
        shown=round(sum(bool(answer.text) for answer in answers) / count, 2),
    )


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--places", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure(options.model, options.places))
    if options.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        Console().print(
            f"{found.model}, first request in {found.n} files of {LINES} lines: "
            f"p50 {found.p50_ms}, p95 {found.p95_ms} ms, {found.shown:.0%} with text"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
