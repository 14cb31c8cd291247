"""What moving to another model costs whoever is being served: how long it takes, and how long answers take meanwhile.

    PYTHONPATH=tests .venv/bin/python tests/bench/moving.py

One request follows the other, each at another place, from the wish until the other model answers; both are in the
cache. Memory is that of the engine processes together.
"""

from __future__ import annotations

import asyncio
import sys
import time

import psutil
from support.engines import complete

from engine.client import EngineClient
from engine.config import EngineConfig
from engine.models.catalog import DEFAULT, SMALL

REPEATS = 3


async def main() -> None:
    """Move there and back a few times."""
    client = EngineClient(EngineConfig(model=DEFAULT.name, device="cpu"))
    await client.start()
    await client.wait_ready()
    for _ in range(REPEATS):
        for entry in (SMALL, DEFAULT):
            await move(client, entry.name)
    await client.stop()


async def move(client: EngineClient, model: str) -> None:
    """Move, and print what that took."""
    ready, answers_s, memory_bytes = client.status.ready, [0.0], 0
    started_s = time.perf_counter()
    client.move(model, "cpu")
    while client.status.ready is ready:
        answers_s.append(await answer_s(client, len(answers_s)))
        memory_bytes = max(memory_bytes, memory())
    took_s = time.perf_counter() - started_s
    first_s = await answer_s(client, len(answers_s))
    sys.stdout.write(
        f"to {model} in {took_s:.1f} s; {len(answers_s) - 1} answers meanwhile, the longest after "
        f"{max(answers_s) * 1000:.0f} ms; the first of the other after {first_s * 1000:.0f} ms; "
        f"{memory_bytes / 1e6:.0f} MB at most\n"
    )


async def answer_s(client: EngineClient, number: int) -> float:
    """Ask for the rest of a short function that nobody has asked about."""
    started_s = time.perf_counter()
    await complete(client, f"{number % 3}.py", f"def scale_{number}(value):\n    factor = {number}\n    return ")
    return time.perf_counter() - started_s


def memory() -> int:
    """Sum up what the engine processes hold, in bytes."""
    return sum(process.memory_info().rss for process in psutil.Process().children(recursive=True))


if __name__ == "__main__":
    asyncio.run(main())
