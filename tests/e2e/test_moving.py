"""Another model or device while an editor is at work: documents stay open, and every question gets its one answer."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import psutil
import pytest
from support import tiny
from support.stdio import Stdio, kill_engine, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.conversation import Message

A = "file:///w/a.py"
# The null device completes a line that stands elsewhere, from its fourth character on.
PRICE = "def price(item):\n    total = item.cost * item.count\n"
TYPED, REST = "    again = it", "em.cost * item.count"
UNHURRIED = {"deadlineMs": 60_000, "coldDeadlineMs": 60_000, "eagerness": "everything"}
MOMENTS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.make_bundle(tmp_path_factory.mktemp("shelf")).root)


@asynccontextmanager
async def editing(*arguments: str) -> AsyncIterator[Stdio]:
    """Open a document in an editor that is ready to suggest something."""
    async with serving(*arguments) as server:
        await server.start(initializationOptions=UNHURRIED)
        server.open(A, PRICE + TYPED)
        yield server


def choose(server: Stdio, **settings: object) -> None:
    """Change settings, as the user of an editor does."""
    server.notify("workspace/didChangeConfiguration", {"settings": {"tandem": UNHURRIED | settings}})


async def text(server: Stdio) -> str:
    item = await server.inline(A, 2, len(TYPED))
    return "" if item is None else item["insertText"]


async def status_until(server: Stdio, **wanted: str) -> Message:
    """Ask until the status says so."""
    while True:
        status = await server.status()
        if wanted.items() <= status.items():
            return status
        await asyncio.sleep(0.02)


async def until_alone(server: Stdio) -> None:
    """Wait until the server has one engine, and none that has ended but was not buried."""
    while True:
        if len(psutil.Process(server.process.pid).children()) == 1:
            return
        await asyncio.sleep(0.02)


async def check_it_suggests(server: Stdio) -> None:
    """Something that was never said is asked of the null device, and suggested."""
    server.insert(A, 2, 0, TYPED, replaces=len(TYPED))
    assert await text(server) == REST


async def test_documents_stay_open_and_suggestions_go_on(folder: str) -> None:
    async with editing() as server:
        assert await text(server) == REST
        choose(server, model=folder, device="cpu")
        numbers = []
        while (status := await server.status())["model"] != "tiny":
            numbers.append(server.post_inline(A, 2, len(TYPED)))
            assert "result" in await server.answer(numbers[-1])
        assert (status["state"], status["device"], status["reason"]) == ("ready", "cpu", "")
        assert {len(server.answers(number)) for number in numbers} <= {1}
        assert await text(server) != REST  # what the other said is not what this one says
        choose(server, model=folder, device="null")
        await status_until(server, model="null")
        await check_it_suggests(server)
        await until_alone(server)
        states = {message["params"]["state"] for message in server.all_said("tandem/status")}
        assert states == {"starting", "ready"}


async def test_a_move_that_cannot_be_leaves_all_as_it_is_and_says_why() -> None:
    async with editing() as server:
        choose(server, device="abacus")
        said = await server.said("window/showMessage")
        assert "The engine did not move to auto on abacus: There is no device 'abacus'" in said["params"]["message"]
        status = await server.status()
        assert (status["state"], status["device"]) == ("ready", "null")
        assert status["reason"] == said["params"]["message"]
        await check_it_suggests(server)
        choose(server)
        await status_until(server, state="ready", reason="")


async def test_a_server_that_could_not_begin_begins_when_another_model_is_chosen() -> None:
    async with serving("--device", "cpu", "--model", "nowhere") as server:
        await server.initialize()
        server.notify("initialized", {})
        server.open(A, PRICE + TYPED)
        await status_until(server, state="failed")
        choose(server, device="null")
        await status_until(server, state="ready", model="null")
        await check_it_suggests(server)


async def test_settings_of_the_start_are_what_the_engine_begins_with(folder: str) -> None:
    async with serving("--model", "nowhere") as server:
        await server.start(initializationOptions={"model": folder, "device": "cpu"})
        assert (await server.status())["model"] == "tiny"
        assert not server.all_said("window/showMessage")


@pytest.mark.slow
async def test_engines_killed_in_the_middle_of_moves_cost_no_answer(folder: str) -> None:
    chance = random.Random(3)
    async with editing() as server:
        numbers = []
        for moment in range(MOMENTS):
            choose(server, model=folder, device="null" if moment % 2 else "cpu")
            for _ in range(5):
                numbers.append(server.post_inline(A, 2, len(TYPED)))
                await asyncio.sleep(chance.uniform(0, 0.2))
            kill_engine(server.process.pid)
            numbers.append(server.post_inline(A, 2, len(TYPED)))
        for number in numbers:
            assert "result" in await server.answer(number)
        assert {len(server.answers(number)) for number in numbers} == {1}
        for device, model in (("cpu", "tiny"), ("null", "null")):
            choose(server, model=folder, device=device)
            await status_until(server, state="ready", model=model)
        await check_it_suggests(server)
