"""Clients of a real engine on the null device, the processes behind them, and a place where it has something to say."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

import psutil

from engine.child import PROGRAM
from engine.client import EngineClient, EngineStatus, RestartPolicy
from engine.config import EngineConfig
from engine.messages import Complete

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from engine.messages import Completed

NULL = EngineConfig(device="null")
PREFIX = "total = price * count\nprint(total)\ntotal = pri"
REST = "ce * count"
PATIENCE_S = 30.0  # with a machine that has other things to do
TIRELESS = RestartPolicy(deaths=1_000, longest_pause_s=0.1)


@asynccontextmanager
async def running(
    *,
    restarts: RestartPolicy = TIRELESS,
    hang_s: float = 60.0,
    program: Sequence[str] = PROGRAM,
    on_status: Callable[[EngineStatus], None] = lambda _: None,
) -> AsyncIterator[EngineClient]:
    """Give a started client; stop it in the end."""
    client = EngineClient(NULL, restarts=restarts, hang_s=hang_s, program=program, on_status=on_status)
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def complete(client: EngineClient, document: str = "a.py", prefix: str = PREFIX) -> Completed:
    """Ask for the rest of the line."""
    return await client.complete(
        Complete(document=document, prefix=prefix, suffix="\n", shape="line", budget_ms=60_000, max_tokens=64)
    )


def engines() -> list[psutil.Process]:
    """Give the engine processes that this process has started, and theirs; it has started others, too."""
    own = [child for child in psutil.Process().children() if _is_engine(child)]
    return [process for engine in own for process in (engine, *_children(engine)) if is_alive(process)]


def is_alive(process: psutil.Process) -> bool:
    """Tell whether it runs; what is dead but not yet reaped does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Killed(NamedTuple):
    """What a server ran beside itself when it was killed, and how long that lived on."""

    engines: int
    outlived_s: float


def kill_server(pid: int) -> Killed:
    """SIGKILL a server and wait for what it ran beside itself to be gone."""
    server = psutil.Process(pid)
    server.suspend()  # lest it starts another one just now
    children = server.children(recursive=True)
    server.kill()
    killed_s = time.monotonic()
    while any(map(is_alive, children)):
        assert time.monotonic() < killed_s + PATIENCE_S, children
        time.sleep(0.001)
    return Killed(len(children), time.monotonic() - killed_s)


def _is_engine(process: psutil.Process) -> bool:
    try:
        return any("engine" in word for word in process.cmdline())
    except psutil.NoSuchProcess:  # a dead one, not yet reaped, too
        return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
