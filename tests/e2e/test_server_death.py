"""Whatever becomes of the real server, nothing of it stays: no engine, no shared memory, no temporary file."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.engines import Killed, kill_server
from support.stdio import Stdio, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MOMENTS = 50
SHARED_MEMORY = Path("/dev/shm")  # Linux's; elsewhere there is no such folder
A = "file:///w/a.py"
TEXT = "def price(item):\n    total = item.cost * item.count\n    again = it"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


async def starting(_: Stdio, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0.0, 1.0))


async def at_work(server: Stdio, chance: random.Random) -> None:
    await server.start()
    server.open(A, TEXT)
    for _ in range(chance.randrange(20)):
        await server.inline(A, 2, chance.randrange(13))
    for _ in range(20):
        server.post_inline(A, 2, chance.randrange(13))
    await asyncio.sleep(chance.uniform(0.0, 0.02))


async def leaving(server: Stdio, chance: random.Random) -> None:
    await server.start()
    server.post("shutdown")
    await asyncio.sleep(chance.uniform(0.0, 0.05))


async def killed_while(doing: Callable[[Stdio, random.Random], Awaitable[None]], chance: random.Random) -> Killed:
    async with serving() as server:
        await doing(server, chance)
        return kill_server(server.process.pid)


@pytest.mark.slow
async def test_killed_at_any_moment_it_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path))
    chance = random.Random(5)
    named = names_in(SHARED_MEMORY)
    killed = [await killed_while((starting, at_work, leaving)[moment % 3], chance) for moment in range(MOMENTS)]
    assert sum(each.engines > 0 for each in killed) > MOMENTS / 3
    assert (names_in(tmp_path), names_in(SHARED_MEMORY) - named) == (set(), set())
    with capsys.disabled():
        longest_ms = max(each.outlived_s for each in killed) * 1000
        sys.stdout.write(f"\nno engine outlived its server by more than {longest_ms:.0f} ms\n")


def names_in(folder: Path) -> set[str]:
    """List a folder; one that does not exist holds nothing."""
    return {path.name for path in folder.glob("*")}
