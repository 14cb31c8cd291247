"""What everything around a model costs: an empty request's way to the engine and back, with the null device.

    .venv/bin/python tests/bench/roundtrip.py [--requests N] [--json]

    editor   an LSP client over stdio -> server -> ring -> engine -> ring -> server -> client
    client   engine.client alone -> ring -> engine -> ring -> client

Each request asks at a place of its own, where the null device has nothing to say: no answer can come from a cache.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import string
import sys
import time
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.table import Table

from engine.client import EngineClient
from engine.config import EngineConfig
from engine.messages import Complete
from lsp.headless import start_editor

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = Path(__file__).with_name("random.py")  # need not exist
SILENCE = "the model suggests nothing here"
WARM_UP = 50
NEAR = {"prefixCharacters": 64, "suffixCharacters": 0}
"""A small context: its tokens are the model's business, and not what is measured here."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Round trips over one way, in milliseconds."""

    name: str
    requests: int
    p50_ms: float
    p95_ms: float
    best_ms: float


class Report(msgspec.Struct, frozen=True):
    """Everything measured."""

    ways: tuple[Way, ...]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = asyncio.run(measure(options.requests))
    if options.json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        show(report)
    return 0


async def measure(requests: int) -> Report:
    lines = unique_lines(requests + WARM_UP)
    return Report((await through_the_editor(lines), await through_the_client(lines)))


async def through_the_editor(lines: Sequence[str]) -> Way:
    async with start_editor(["--device", "null"], NEAR) as editor:
        await editor.ready(lambda _: None)
        document = editor.open(FILE, "\n".join(lines))
        walls_ms, cursor = [], -1
        for line in lines:
            cursor += 1 + len(line)
            started = time.perf_counter()
            await document.ask(cursor).answer
            walls_ms.append(1e3 * (time.perf_counter() - started))
        status = await editor.status()
    if status.counts.empty != len(lines) or status.last is None or status.last.reason != SILENCE:
        raise RuntimeError(f"the engine was not asked each time: {status}")
    return way("editor", walls_ms)


async def through_the_client(lines: Sequence[str]) -> Way:
    client = EngineClient(EngineConfig(device="null"))
    await client.start()
    try:
        await client.wait_ready()
        walls_ms = []
        for line in lines:
            started = time.perf_counter()
            completed = await client.complete(
                Complete(document="roundtrip", prefix=line, suffix="", shape="line", budget_ms=1000, max_tokens=16)
            )
            walls_ms.append(1e3 * (time.perf_counter() - started))
            if completed.text:
                raise RuntimeError("the null device had something to say")
    finally:
        await client.stop()
    return way("client", walls_ms)


def way(name: str, walls_ms: Sequence[float]) -> Way:
    measured = walls_ms[WARM_UP:]
    cuts = quantiles(measured, n=20)
    p50_ms, p95_ms = round(cuts[9], 3), round(cuts[18], 3)
    return Way(name=name, requests=len(measured), p50_ms=p50_ms, p95_ms=p95_ms, best_ms=round(min(measured), 3))


def unique_lines(count: int) -> list[str]:
    """Lines of random letters: nothing in them repeats."""
    letters = random.Random(0)
    return ["".join(letters.choices(string.ascii_letters, k=24)) + " = " for _ in range(count)]


def show(report: Report) -> None:
    table = Table("way", "requests", "p50 ms", "p95 ms", "best ms", box=None, header_style="bold")
    for each in report.ways:
        table.add_row(each.name, str(each.requests), f"{each.p50_ms}", f"{each.p95_ms}", f"{each.best_ms}")
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
