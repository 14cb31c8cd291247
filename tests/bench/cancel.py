"""How soon the engine is free: after a request was called off, and for a request that finds it at work ahead of need.

    PYTHONPATH=tests .venv/bin/python tests/bench/cancel.py [--model NAME] [--device NAME] [--times N] [--json]

    cancel to idle        a long request is called off after 5 to 400 ms; from then until another document's is answered
    behind speculation    the same request comes while another document is warmed; its time in the engine's queue

The other document's answer is known to the engine beforehand, so it takes no step of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import inspect
import random
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

from engine.client import EngineClient
from engine.config import EngineConfig
from engine.messages import Complete, Warm
from lsp.replay.summary import percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.messages import Completed

TEXT = inspect.getsource(textwrap)
PREFIX_CHARACTERS, SUFFIX_CHARACTERS = 600, 200
SOONEST_S, LATEST_S = 0.005, 0.400
PATIENCE_MS = 60_000.0
BLOCK_TOKENS = 160
KNOWN = Complete(
    document="known",
    prefix="def first(items):\n    return ",
    suffix="",
    shape="line",
    budget_ms=PATIENCE_MS,
    max_tokens=8,
)


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds of one kind."""

    n: int
    p50_ms: float | None
    p99_ms: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything measured; `idle` is the known request's round trip where nothing is in its way."""

    model: str
    device: str
    step_ms: float
    idle: Spread
    cancel_to_idle: Spread
    behind_speculation: Spread
    behind_speculation_less_a_step: Spread


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="qwen2.5-coder-0.5b")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = asyncio.run(measure(EngineConfig(model=options.model, device=options.device), options.times))
    if options.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        show(report)
    return 0


async def measure(config: EngineConfig, times: int) -> Report:
    """Interrupt an engine so many times in both ways. Raises EngineDown, EngineError."""
    client, chance = EngineClient(config), random.Random(1)
    await client.start()
    try:
        ready = await client.wait_ready()
        await client.complete(KNOWN)
        idle = [(await _known(client))[0] for _ in range(times)]
        cancelled = [ms for ms in [await _cancel(client, chance) for _ in range(times)] if ms is not None]
        queued = [await _overtake(client, chance) for _ in range(times)]
    finally:
        await client.stop()
    return Report(
        model=ready.model,
        device=ready.device,
        step_ms=ready.step_ms,
        idle=spread(idle),
        cancel_to_idle=spread(cancelled),
        behind_speculation=spread(queued),
        behind_speculation_less_a_step=spread([max(ms - ready.step_ms, 0.0) for ms in queued]),
    )


async def _cancel(client: EngineClient, chance: random.Random) -> float | None:
    """Call a request off and wait until the engine is free; None where it was answered before."""
    prefix, suffix = _place(chance)
    wish = Complete(
        document="long", prefix=prefix, suffix=suffix, shape="block", budget_ms=PATIENCE_MS, max_tokens=BLOCK_TOKENS
    )
    task = asyncio.create_task(client.complete(wish))
    await asyncio.wait([task], timeout=chance.uniform(SOONEST_S, LATEST_S))
    if task.done():
        return None
    started = time.perf_counter()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await _known(client)
    return 1e3 * (time.perf_counter() - started)


async def _overtake(client: EngineClient, chance: random.Random) -> float:
    """Come while the engine prepares another document; say how long it took to turn round."""
    prefix, suffix = _place(chance)
    client.warm(Warm(document="long", prefix=prefix, suffix=suffix, shape="block", max_tokens=BLOCK_TOKENS))
    await asyncio.sleep(chance.uniform(SOONEST_S, LATEST_S))
    _, completed = await _known(client)
    return completed.timings.queue_ms


async def _known(client: EngineClient) -> tuple[float, Completed]:
    started = time.perf_counter()
    completed = await client.complete(KNOWN)
    if completed.timings.prefilled_tokens:
        raise RuntimeError("the engine had forgotten what it knew")
    return 1e3 * (time.perf_counter() - started), completed


def _place(chance: random.Random) -> tuple[str, str]:
    """Take a place that the engine has not seen, so that there is a prompt to read, too."""
    cursor = chance.randrange(PREFIX_CHARACTERS, len(TEXT) - SUFFIX_CHARACTERS)
    return TEXT[cursor - PREFIX_CHARACTERS : cursor], TEXT[cursor : cursor + SUFFIX_CHARACTERS]


def spread(walls_ms: Sequence[float]) -> Spread:
    return Spread(n=len(walls_ms), p50_ms=percentile(0.50, walls_ms), p99_ms=percentile(0.99, walls_ms))


def show(report: Report) -> None:
    table = Table("", "n", "p50 ms", "p99 ms", box=None, header_style="bold")
    rows = {
        "round trip, idle": report.idle,
        "cancel to idle": report.cancel_to_idle,
        "queueing behind speculative work": report.behind_speculation,
        "... less one step": report.behind_speculation_less_a_step,
    }
    for name, each in rows.items():
        table.add_row(name, str(each.n), f"{each.p50_ms}", f"{each.p99_ms}")
    console = Console(highlight=False)
    console.print(f"{report.model} on {report.device}, a step of one token takes {report.step_ms:.1f} ms")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
