"""What the simulated wafer's clock costs, against the processor's step that it is asked for.

    .venv/bin/python tests/bench/simulation.py [--model NAME|DIR] [--device wafer|wafer:wse2] [--json]

Steps are those of an engine at work: a prompt in chunks, then single tokens and drafts of all lengths, each behind the
one before, so that the clock is asked for the first time as often as it is while somebody types. Both are counted in
processor time, the step's divided by its threads: what else this machine is doing makes no difference to the share.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console

from engine.config import EngineConfig
from engine.models.prepare import prepare
from engine.pace import LONGEST_STEP_TOKENS
from engine.progress import ProgressScreen
from hardware.registry import open_device
from hardware.wafer.device import CONTEXT_TOKENS, WaferModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hardware.device import SimulatedSeconds
    from hardware.wafer.device import StepClock

CHUNKS = (32, 64, 128)
ROUNDS = 5
TOKEN = 100


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Means of all steps after the first, which warms up; `share` is the clock's part of a step's time."""

    model: str
    device: str
    steps: int
    step_ms: float
    clock_us: float
    slowest_clock_us: float
    share: float
    one_token_ms: float
    one_token_share: float
    simulated_token_ms: float


class Stopwatch:
    """A clock, and the processor time that each question took."""

    def __init__(self, clock: StepClock) -> None:
        self._clock = clock
        self.taken_s: list[float] = []

    def seconds(self, keep: int, count: int, rows: int) -> SimulatedSeconds:
        """Ask the clock."""
        started_s = time.thread_time()
        simulated = self._clock.seconds(keep, count, rows)
        self.taken_s.append(time.thread_time() - started_s)
        return simulated


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--device", default="wafer")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options.model, options.device)
    if options.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        show(report)
    return 0


def measure(name: str, device_name: str) -> Report:
    with ProgressScreen() as screen:
        bundle = prepare(name, EngineConfig(), screen.report)
    device = open_device(device_name)
    model = device.open(bundle.spec)
    assert isinstance(model, WaferModel)
    stopwatch = Stopwatch(model._clock)
    model._clock = stopwatch
    cache = model.new_cache(CONTEXT_TOKENS)
    steps_s, counts, simulated_ms = [], [], 0.0
    for keep, count, rows in steps():
        started_s, asked_s = time.process_time(), sum(stopwatch.taken_s)
        timing = model.step(cache, keep, [TOKEN] * count, rows).timing
        asked_s = sum(stopwatch.taken_s) - asked_s
        steps_s.append((time.process_time() - started_s - asked_s) / device.spec.threads)
        counts.append(count)
        if count == 1 and timing.simulated is not None:
            simulated_ms = timing.simulated.milliseconds
    clocks_s, steps_s, counts = stopwatch.taken_s[1:], steps_s[1:], counts[1:]
    single_s = [step_s for step_s, count in zip(steps_s, counts, strict=True) if count == 1]
    single_clock_s = [clock_s for clock_s, count in zip(clocks_s, counts, strict=True) if count == 1]
    return Report(
        model=bundle.spec.name,
        device=device.spec.description,
        steps=len(steps_s),
        step_ms=round(1e3 * sum(steps_s) / len(steps_s), 2),
        clock_us=round(1e6 * sum(clocks_s) / len(clocks_s), 1),
        slowest_clock_us=round(1e6 * max(clocks_s), 1),
        share=round(sum(clocks_s) / sum(steps_s), 5),
        one_token_ms=round(1e3 * sum(single_s) / len(single_s), 2),
        one_token_share=round(sum(single_clock_s) / sum(single_s), 5),
        simulated_token_ms=round(simulated_ms, 3),
    )


def steps() -> Iterator[tuple[int, int, int]]:
    """Yield what is kept, how many tokens come, and for how many there are logits."""
    keep = 0
    for count in (1, *CHUNKS):
        yield keep, count, 0
        keep += count
    for _ in range(ROUNDS):
        for count in (1, 1, *range(1, LONGEST_STEP_TOKENS, 2)):
            yield keep, count, count
            keep += count


def show(report: Report) -> None:
    console = Console(highlight=False)
    console.print(f"{report.model} on {report.device}")
    console.print(
        f"{report.steps} steps of {report.step_ms} ms; the clock takes {report.clock_us} us for each, "
        f"{report.slowest_clock_us} at most: {report.share:.2%}"
    )
    console.print(
        f"one token: {report.one_token_ms} ms here, {report.simulated_token_ms} ms simulated; "
        f"the clock's share is {report.one_token_share:.2%}"
    )


if __name__ == "__main__":
    sys.exit(main())
