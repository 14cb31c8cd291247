"""An engine that moves: what is asked meanwhile is answered, and one that cannot stays where it is."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest
from support import faulty_engine, tiny
from support.engines import NULL, REST, complete, engines, is_alive, running

import engine.life
from engine.client import EngineClient, EngineStatus, RestartPolicy
from engine.errors import EngineDown, EngineError
from engine.messages import Completed

if TYPE_CHECKING:
    from collections.abc import Callable

MOMENTS = 25
PATIENCE_S = 120.0  # with a machine that has other things to do


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.make_bundle(tmp_path_factory.mktemp("shelf")).root)


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not check():  # noqa: ASYNC110 - of a process there is no event
            await asyncio.sleep(0.005)


async def runs(client: EngineClient, model: str) -> None:
    await until(lambda: client.status.ready is not None and client.status.ready.model == model)


def insisted(client: EngineClient, model: str, device: str) -> str:
    """Tell which model it completes with; where it stayed, since its successor was killed, have it move once more."""
    if client.status.state == "ready" and client.status.reason:
        client.move("nowhere", device)
        client.move(model, device)
    return client.status.ready.model if client.status.ready else ""


async def answered_until(client: EngineClient, over: Callable[[], bool]) -> list[Completed]:
    """Ask one request after the other, and see that each gets what the null device has to say."""
    answers: list[Completed] = []
    async with asyncio.timeout(PATIENCE_S):
        while not over():
            answers.append(await complete(client, f"{len(answers) % 3}.py"))
    return answers


async def test_it_serves_on_until_the_other_can(folder: str) -> None:
    told: list[EngineStatus] = []
    async with running(on_status=told.append) as client:
        await client.wait_ready()
        (before,) = engines()
        client.move(folder, "cpu")
        ready = client.status.ready
        answers = await answered_until(client, lambda: client.status.ready is not ready)
        assert [answer.text for answer in answers[:-1]] == [REST] * (len(answers) - 1)
        assert answers
        assert (client.status.ready, client.status.reason) != (ready, "")
        await until(lambda: not is_alive(before))
        assert len(engines()) == 1
        assert (await complete(client)).text != REST
    assert {status.state for status in told[1:-1]} == {"ready"}
    assert any(status.loading for status in told)
    assert not engines()


async def test_what_was_asked_before_is_answered_by_the_one_that_was_asked(folder: str) -> None:
    async with running() as client:
        await client.wait_ready()
        (before,) = engines()
        before.suspend()
        waiting = asyncio.create_task(complete(client))
        client.move(folder, "cpu")
        await runs(client, "tiny")
        before.resume()
        assert (await waiting).text == REST
        await until(lambda: not is_alive(before))


async def test_where_it_cannot_move_it_stays_and_says_why() -> None:
    async with running() as client:
        await client.wait_ready()
        client.move("auto", "abacus")
        await answered_until(client, lambda: client.status.reason != "")
        assert client.status.state == "ready"
        assert client.status.reason.startswith("The engine did not move to auto on abacus: There is no device 'abacus'")
        assert (await complete(client)).text == REST
        assert len(engines()) == 1
        client.move("auto", "null")  # back, which it is already
        assert client.status.reason == ""
        assert client.status.deaths == 0


async def test_what_cannot_be_the_name_of_anything_harms_nobody() -> None:
    async with running() as client:
        await client.wait_ready()
        descriptors = psutil.Process().num_fds()
        client.move("\ud800", "null")
        await answered_until(client, lambda: client.status.reason != "")
        assert "could not be started" in client.status.reason
        assert psutil.Process().num_fds() == descriptors
        assert (await complete(client)).text == REST
    unwritable = EngineClient(msgspec.structs.replace(NULL, model="\ud800"), restarts=RestartPolicy(deaths=1))
    await unwritable.start()
    with pytest.raises(EngineDown, match="could not be started"):
        await unwritable.wait_ready()
    await unwritable.stop()


async def test_what_may_take_long_is_waited_for_as_long(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.life, "LAST_ANSWERS_S", 0.0)  # none but what the budget allows
    async with running() as client:
        await client.wait_ready()
        (before,) = engines()
        before.suspend()
        waiting = asyncio.create_task(complete(client))
        client.move(folder, "cpu")
        await runs(client, "tiny")
        done, _ = await asyncio.wait((waiting,), timeout=0.2)
        assert not done
        before.resume()
        assert (await waiting).text == REST


async def test_deaths_before_a_move_are_none_of_it() -> None:
    async with running() as client:
        await client.wait_ready()
        engines()[0].kill()
        await until(lambda: client.status.deaths == 1)
        await client.wait_ready()
        client.move("auto", "abacus")
        assert client.status.deaths == 0
        await until(lambda: client.status.reason != "")
        assert client.status.deaths == 0


async def test_a_successor_that_crashes_harms_nobody() -> None:
    fault = (sys.executable, "-P", str(Path(faulty_engine.__file__)), "dies loading")
    async with running() as client:
        await client.wait_ready()
        (before,) = engines()
        client._program = fault
        client.move("any", "null")
        await answered_until(client, lambda: client.status.reason != "")
        assert "killed by signal 9" in client.status.reason
        assert engines() == [before]


async def test_without_room_for_both_one_ends_before_the_other_begins(folder: str) -> None:
    told: list[EngineStatus] = []
    crowded = (sys.executable, "-P", str(Path(faulty_engine.__file__)), "crowded")
    async with running(program=crowded, on_status=told.append) as client:
        await client.wait_ready()
        client.move(folder, "cpu")
        await runs(client, "tiny")
        assert client.status.reason == ""
        assert (await complete(client)).text != REST
        assert len(engines()) == 1
    states = [status.state for status in told]
    assert states == sorted(states, key=["starting", "ready", "stopped"].index) or "starting" in states[2:]
    assert client.status.deaths == 0


async def test_one_that_made_room_in_vain_comes_back() -> None:
    crowded = (sys.executable, "-P", str(Path(faulty_engine.__file__)), "crowded")
    async with running(program=crowded) as client:
        await client.wait_ready()
        client.move("nowhere", "cpu")
        await until(lambda: "nowhere" in client.status.reason)
        ready = await client.wait_ready()
        assert ready.model == "null"
        assert client.status.reason.startswith("The engine did not move to nowhere on cpu: There is no model 'nowhere'")
        assert (await complete(client)).text == REST


async def test_the_newest_wish_counts(folder: str) -> None:
    async with running() as client:
        await client.wait_ready()
        for _ in range(3):
            client.move("nowhere", "cpu")
            client.move(folder, "cpu")
            await asyncio.sleep(0)
        await runs(client, "tiny")
        assert client.status.reason == ""
        client.move(folder, "null")
        await runs(client, "null")
        await until(lambda: len(engines()) == 1)


async def test_an_engine_that_has_not_begun_or_cannot_begins_elsewhere(folder: str) -> None:
    client = EngineClient(NULL)
    client.move("nowhere", "cpu")
    await client.start()
    try:
        with pytest.raises(EngineDown, match="nowhere"):
            await client.wait_ready()
        client.move(folder, "cpu")
        await runs(client, "tiny")
        assert len(engines()) == 1
    finally:
        await client.stop()
    assert not engines()


async def test_one_that_is_stopped_on_the_way_begins_where_it_was_to_move_to(folder: str) -> None:
    async with running() as client:
        await client.wait_ready()
        client.move(folder, "cpu")
        await client.stop()
        assert not engines()
        await client.start()
        assert (await client.wait_ready()).model == "tiny"


@pytest.mark.slow
async def test_killed_at_any_moment_of_a_move(folder: str) -> None:
    """SIGKILL to the engine, to its successor or to both: every request ends, and in the end the wish is fulfilled."""
    chance = random.Random(5)
    async with running() as client:
        for moment in range(MOMENTS):
            await client.wait_ready()
            wanted, *place = ("null", "auto", "null") if moment % 2 else ("tiny", folder, "cpu")
            client.move(*place)
            await asyncio.sleep(chance.uniform(0, 0.8))
            asked = [asyncio.create_task(complete(client, f"{number}.py")) for number in range(10)]
            await asyncio.sleep(0)
            for process in chance.sample(found := engines(), chance.randint(0, len(found))):
                process.kill()
            results = await asyncio.gather(*asked, return_exceptions=True)
            assert all(isinstance(result, Completed | EngineError) for result in results)
            await until(lambda: insisted(client, *place) == wanted)  # noqa: B023 - it is over within the turn
        await until(lambda: len(engines()) == 1)
    assert not engines()
