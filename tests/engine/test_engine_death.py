"""Whatever becomes of the engine, every question is answered, there is a new engine, and nothing of the old one."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from support import faulty_engine
from support.engines import REST, complete, engines, is_alive, running

import engine.child
import engine.life
from engine.client import EngineClient, EngineStatus, RestartPolicy
from engine.config import EngineConfig
from engine.errors import EngineDown, EngineError, EngineLost
from engine.messages import Completed

if TYPE_CHECKING:
    from collections.abc import Sequence

MOMENTS = 50


def faulty(fault: str) -> Sequence[str]:
    return (sys.executable, "-P", str(Path(faulty_engine.__file__)), fault)


async def complete_after_all(client: EngineClient) -> str:
    """Complete, however often the engine has to be started for it."""
    while True:
        await client.wait_ready()
        try:
            return (await complete(client)).text
        except (EngineLost, EngineDown):
            continue


def shared_memory() -> set[Path]:
    """Look for what has a name in Linux's shared memory; elsewhere there is no such folder."""
    return set(Path("/dev/shm").glob("*"))


async def failed_for_good(client: EngineClient) -> EngineStatus:
    with pytest.raises(EngineDown) as told:
        await client.wait_ready()
    assert str(told.value) == client.status.reason
    assert client.status.state == "failed"
    with pytest.raises(EngineDown):
        await complete(client)
    return client.status


async def test_a_killed_engine_is_started_again() -> None:
    told: list[EngineStatus] = []
    async with running(on_status=told.append) as client:
        await client.wait_ready()
        (process,) = engines()
        process.suspend()
        waiting = asyncio.create_task(complete(client))
        await asyncio.sleep(0)
        process.kill()
        with pytest.raises(EngineLost, match=r"signal 9 .* out of memory"):
            await waiting
        assert await complete_after_all(client) == REST
        assert engines() != [process]
    assert [status.state for status in told] == ["starting", "ready", "restarting", "ready", "stopped"]
    assert (told[2].deaths, told[3].reason) == (1, "")


async def test_an_engine_that_hangs_is_killed_and_started_again() -> None:
    async with running(hang_s=0.5) as client:
        await client.wait_ready()
        (process,) = engines()
        process.suspend()
        with pytest.raises(EngineLost, match=r"did not answer for 0\.5 s"):
            await complete(client)
        assert not is_alive(process)
        assert await complete_after_all(client) == REST


async def test_an_engine_that_hangs_is_found_though_the_request_was_called_off() -> None:
    died = asyncio.Event()
    async with running(hang_s=0.5, on_status=lambda status: died.set() if status.deaths else None) as client:
        await client.wait_ready()
        (process,) = engines()
        process.suspend()
        called_off = asyncio.create_task(complete(client))
        await asyncio.sleep(0)
        called_off.cancel()
        await died.wait()
        assert client.status.hung
        assert await complete_after_all(client) == REST


async def test_an_engine_that_hangs_while_nothing_is_asked_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.life, "SILENCE_S", 0.0)
    died = asyncio.Event()
    async with running(hang_s=0.5, on_status=lambda status: died.set() if status.deaths else None) as client:
        await client.wait_ready()
        (process,) = engines()
        process.suspend()
        await died.wait()
        assert not is_alive(process)
        assert await complete_after_all(client) == REST


async def test_an_engine_that_is_well_is_left_alone() -> None:
    async with running(hang_s=1.0) as client:
        await client.wait_ready()
        (process,) = engines()
        for _ in range(30):
            await complete(client)
            await asyncio.sleep(0.1)
        assert engines() == [process]


@pytest.mark.parametrize(
    ("fault", "says"),
    [("scribbles", "damage"), ("babbles", "cannot be read"), ("crashes", "MemoryError: nothing left")],
)
async def test_a_faulty_engine_is_found_out(fault: str, says: str) -> None:
    async with running(program=faulty(fault)) as client:
        await client.wait_ready()
        with pytest.raises(EngineLost, match=says):
            await complete(client)
        await client.wait_ready()
        assert client.status.deaths == 1


async def test_answers_to_nobody_are_passed_over() -> None:
    async with running(program=faulty("answers another")) as client:
        await client.wait_ready()
        assert (await complete(client)).text == REST


async def test_what_libraries_print_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "engine")
    async with running(program=faulty("prints")) as client:
        await client.wait_ready()
        assert (await complete(client)).text == REST
    assert {"noise", "more noise", "noise of a child"} <= set(caplog.messages)


async def test_an_engine_that_cannot_live_stays_down() -> None:
    dies = (sys.executable, "-c", "import sys; sys.exit('no room for me')")
    async with running(program=dies, restarts=RestartPolicy(deaths=3, first_pause_s=0.01)) as client:
        status = await failed_for_good(client)
    assert status.reason == "The engine ended (exit code 1): no room for me"
    assert status.deaths == 3


async def test_a_program_that_cannot_be_started_is_a_death_too() -> None:
    async with running(program=("/nowhere/python",), restarts=RestartPolicy(deaths=2, first_pause_s=0.01)) as client:
        status = await failed_for_good(client)
    assert "could not be started" in status.reason


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (EngineConfig(device="abacus"), "abacus"),
        (EngineConfig(device="cpu", model="m" * 300), "mmm cannot be used (File name too long)"),
    ],
)
async def test_a_configuration_that_cannot_work_is_not_tried_twice(config: EngineConfig, says: str) -> None:
    client = EngineClient(config)
    await client.start()
    status = await failed_for_good(client)
    assert says in status.reason
    assert status.deaths == 0
    await client.stop()


async def is_gone(process: psutil.Process) -> bool:
    """Tell whether a process that was killed is dead, which may take the system a moment."""
    await asyncio.to_thread(psutil.wait_procs, [process], timeout=10)
    return not is_alive(process)


async def test_programs_that_it_started_die_with_it() -> None:
    async with running(program=faulty("starts a program")) as client:
        await client.wait_ready()
        (process,) = (child for child in engines() if child.ppid() == os.getpid())
        (program,) = process.children()
        process.kill()
        await complete_after_all(client)
        assert await is_gone(program)
        (program,) = engines()[0].children()
    assert await is_gone(program)


async def test_an_engine_that_does_not_leave_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.child, "GRACE_S", 0.1)
    async with running(program=faulty("never leaves")) as client:
        await client.wait_ready()
    assert not engines()


@pytest.mark.slow
async def test_killed_at_any_moment() -> None:
    """SIGKILL while it starts, while it idles and, mostly, with requests in flight."""
    chance = random.Random(2)
    named, descriptors = shared_memory(), psutil.Process().num_fds()
    async with running() as client:
        answered = lost = 0
        for moment in range(MOMENTS):
            if moment % 5:  # else it is still starting
                await client.wait_ready()
            asked = [asyncio.create_task(complete(client, f"{number}.py")) for number in range(30)]
            await asyncio.sleep(chance.uniform(0, 0.02))
            for process in engines():
                process.send_signal(signal.SIGKILL)
            results = await asyncio.gather(*asked, return_exceptions=True)
            assert all(isinstance(result, Completed | EngineError) for result in results)
            answered += sum(isinstance(result, Completed) for result in results)
            lost += sum(isinstance(result, EngineLost) for result in results)
            assert await complete_after_all(client) == REST
    assert answered
    assert lost
    assert not engines()
    assert shared_memory() == named
    assert psutil.Process().num_fds() == descriptors


@pytest.mark.parametrize(
    ("deaths_s", "pause_s"),
    [
        ([0], 0.1),
        ([0, 1], 0.2),
        ([0, 1, 2], 0.4),
        ([0, 1, 2, 3], 0.8),
        ([0, 1, 2, 3, 59.9], None),
        ([0, 1, 2, 3, 60], 0.8),
        ([0, 61, 122, 183, 244, 305], 0.1),
    ],
)
def test_pauses_grow_with_recent_deaths(deaths_s: Sequence[float], pause_s: float | None) -> None:
    assert RestartPolicy().pause_s(deaths_s) == pause_s


def test_a_pause_has_a_longest() -> None:
    assert RestartPolicy(deaths=100).pause_s([0] * 50) == 5.0
