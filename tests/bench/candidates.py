"""What several candidates cost: how long an explicit request takes for one and for three, and how many come.

    PYTHONPATH=tests .venv/bin/python tests/bench/candidates.py [--model NAME] [--places N] [--shape line|block]
        [--threads N] [--json]

The places are the starts of words in installed packages, each read beforehand, with drafts that know nothing but it.
The core runs in this process: the way to an engine of its own costs both the same. Time is the clock's, or with one
thread the processor's, which other work on the machine disturbs least.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table
from support.places import Case, cases

from engine.config import EngineConfig
from engine.draft import Drafts
from engine.loading import open_core
from engine.messages import Complete, Completed, Forget, Warm
from engine.progress import ProgressScreen
from lsp.replay.summary import percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.core import Core
    from engine.messages import Shape

WORD = re.compile(r"(?<=[ (.])(?=\w)")
WANTED = (1, 3)
MAX_TOKENS: dict[Shape, int] = {"line": 48, "block": 160}
BUDGET_MS = 1000.0


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Requests for so many candidates: their milliseconds, steps, and how many got how many."""

    candidates: int
    p50_ms: float | None
    p95_ms: float | None
    steps: int
    came: dict[int, int]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything measured; `first_right` and `any_right` count the places where the line's real end was offered."""

    model: str
    step_ms: float
    places: int
    costs: tuple[Cost, ...]
    more_p50_ms: float | None
    more_p95_ms: float | None
    first_right: int
    any_right: int


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--places", type=int, default=30)
    parser.add_argument("--shape", choices=list(MAX_TOKENS), default="line")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(EngineConfig(model=options.model, threads=options.threads), options.places, options.shape)
    if options.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        show(report)
    return 0


def measure(config: EngineConfig, places: int, shape: Shape) -> Report:
    with ProgressScreen() as screen:
        core, ready = open_core(config, screen.report)
    core._bench.clock = time.process_time if config.threads == 1 else time.perf_counter
    drawn = list(cases(WORD, places))
    one, three = ([ask(core, case, wanted, shape) for case in drawn] for wanted in WANTED)
    more_ms = [took - alone for (took, _), (alone, _) in zip(three, one, strict=True)]
    return Report(
        model=ready.model,
        step_ms=ready.step_ms,
        places=places,
        costs=(cost(WANTED[0], one), cost(WANTED[1], three)),
        more_p50_ms=percentile(0.50, more_ms),
        more_p95_ms=percentile(0.95, more_ms),
        first_right=sum(is_right(case, [done.text]) for case, (_, done) in zip(drawn, three, strict=True)),
        any_right=sum(is_right(case, texts(done)) for case, (_, done) in zip(drawn, three, strict=True)),
    )


def ask(core: Core, case: Case, wanted: int, shape: Shape) -> tuple[float, Completed]:
    """Ask at a place that has been read and not thought about; say how many milliseconds that took."""
    core._bench.drafts = Drafts()
    core.submit(Forget("bench"))
    core.submit(Warm(document="bench", prefix=case.prefix, suffix=case.suffix))
    while core.busy:
        core.step()
    request = Complete(
        document="bench",
        prefix=case.prefix,
        suffix=case.suffix,
        shape=shape,
        budget_ms=BUDGET_MS,
        max_tokens=MAX_TOKENS[shape],
        candidates=wanted,
    )
    started_s = core._bench.clock()
    core.submit(request)
    while True:
        for event in core.step():
            if isinstance(event, Completed):
                return 1e3 * (core._bench.clock() - started_s), event


def cost(candidates: int, asked: Sequence[tuple[float, Completed]]) -> Cost:
    walls_ms = [wall_ms for wall_ms, _ in asked]
    return Cost(
        candidates=candidates,
        p50_ms=percentile(0.50, walls_ms),
        p95_ms=percentile(0.95, walls_ms),
        steps=sum(done.timings.steps for _, done in asked),
        came=dict(sorted(Counter(len(texts(done)) for _, done in asked).items())),
    )


def texts(done: Completed) -> list[str]:
    return [text for text in (done.text, *(other.text for other in done.others)) if text]


def is_right(case: Case, offered: Sequence[str]) -> bool:
    """Tell whether the line's real end is the first line of one of the texts."""
    return any(text.partition("\n")[0].strip() == case.rest.strip() for text in offered)


def show(report: Report) -> None:
    table = Table("candidates", "p50 ms", "p95 ms", "steps", "how many came", box=None, header_style="bold")
    for each in report.costs:
        came = ", ".join(f"{count} at {places} places" for count, places in each.came.items())
        table.add_row(str(each.candidates), f"{each.p50_ms}", f"{each.p95_ms}", str(each.steps), came)
    console = Console(highlight=False)
    console.print(f"{report.model}, {report.places} places; a step of one token takes {report.step_ms:.1f} ms")
    console.print(table)
    console.print(f"more for the others: p50 {report.more_p50_ms} ms, p95 {report.more_p95_ms} ms")
    console.print(f"the line's real end was the first {report.first_right} times, any {report.any_right} times")


if __name__ == "__main__":
    sys.exit(main())
