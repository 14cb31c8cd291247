from __future__ import annotations

import asyncio
import gc
import itertools
from typing import TYPE_CHECKING, ClassVar

import psutil
import pytest
from support.engines import NULL, PREFIX, REST, complete, engines, running

import engine.child
import engine.client
from engine.client import EngineClient, EngineStatus
from engine.errors import EngineDown, EngineError, EngineLost, MessageTooLarge
from engine.life import Life
from engine.messages import Complete, Completed, Warm
from engine.segment import SIZE_BYTES

if TYPE_CHECKING:
    from engine.messages import Event


class EventLog(Life):
    """A life that keeps what it hears."""

    events: ClassVar[list[Event]] = []

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        super()._hear(event)

    @property
    def called_off(self) -> set[int]:
        """The requests that the engine says were called off."""
        return {event.id for event in self.events if isinstance(event, Completed) and event.stop == "cancelled"}


async def test_it_completes() -> None:
    async with running() as client:
        ready = await client.wait_ready()
        assert (ready.device, ready.model) == ("null", "null")
        assert client.status.state == "ready"
        answer = await complete(client)
        assert (answer.text, answer.stop) == (REST, "line")


async def test_many_at_once_each_get_their_own_answer() -> None:
    async with running() as client:
        await client.wait_ready()
        prefixes = {f"{number}.py": f"name{number} = value{number}\nname{number} = va" for number in range(200)}
        answers = await asyncio.gather(*(complete(client, document, text) for document, text in prefixes.items()))
        assert [answer.text for answer in answers] == [f"lue{number}" for number in range(200)]


async def test_warming_is_felt_and_forgetting_does_no_harm() -> None:
    async with running() as client:
        await client.wait_ready()
        for attempt in itertools.count():
            client.warm(Warm(document=f"{attempt}.py", prefix=PREFIX, suffix="\n"))
            await asyncio.sleep(0.001 * 2**attempt)  # a completion that comes too soon takes the warming's place
            warmed = await complete(client, f"{attempt}.py")
            if warmed.timings.prefilled_tokens == 0:
                break
        client.forget("0.py")
        assert (await complete(client, "0.py")).text == REST


async def test_the_status_is_told_at_every_change() -> None:
    told: list[EngineStatus] = []
    async with running(on_status=told.append) as client:
        await client.wait_ready()
        await client.stop()
    assert [status.state for status in told] == ["starting", "ready", "stopped"]


async def test_stopping_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    tasks, descriptors = asyncio.all_tasks(), psutil.Process().num_fds()
    async with running() as client:
        await client.wait_ready()
        await complete(client)
        assert len(engines()) == 1
    assert not engines()
    assert asyncio.all_tasks() == tasks
    assert psutil.Process().num_fds() == descriptors
    del client
    gc.collect()  # whatever was not closed complains now
    assert not caplog.records


async def test_it_can_be_started_again() -> None:
    async with running() as client:
        await client.wait_ready()
        await client.stop()
        with pytest.raises(EngineDown, match="stopped"):
            await complete(client)
        await client.start()
        await client.wait_ready()
        assert (await complete(client)).text == REST


@pytest.mark.parametrize("pause_s", [0, 0.001, 0.01, 0.05, 0.2])
async def test_stopping_while_it_starts_leaves_nothing(pause_s: float) -> None:
    async with running() as client:
        await asyncio.sleep(pause_s)
    assert client.status.state == "stopped"
    assert not engines()


async def test_before_it_is_ready_it_says_so() -> None:
    with pytest.raises(EngineDown, match="not started"):
        await EngineClient(NULL).wait_ready()
    async with running() as client:
        with pytest.raises(EngineDown, match="starting"):
            await complete(client)


async def test_what_waits_when_it_is_stopped_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.child, "GRACE_S", 0.1)  # for the suspended one
    async with running() as client:
        await client.wait_ready()
        engines()[0].suspend()
        waiting = asyncio.create_task(complete(client))
        await asyncio.sleep(0)
        await client.stop()
        with pytest.raises(EngineLost, match="stopped"):
            await waiting
    assert not engines()


async def test_what_is_asked_while_it_is_being_stopped_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.child, "GRACE_S", 0.1)  # for the suspended one
    async with running() as client:
        await client.wait_ready()
        life = client._life
        assert life is not None
        engines()[0].suspend()
        stopping = asyncio.create_task(client.stop())
        await asyncio.sleep(0)
        with pytest.raises(EngineDown, match="stopped"):
            await complete(client)
        while life._child is not None:  # noqa: ASYNC110 - of a life there is no event
            await asyncio.sleep(0)
        with pytest.raises(EngineDown, match="ended"):
            await life.complete(Complete(document="a", prefix="", suffix="", shape="line", budget_ms=1, max_tokens=1))
        client.move("nowhere", "null")
        assert not stopping.done()
        await stopping
        assert client.status.state == "stopped"
        assert not engines()


async def test_it_can_be_started_while_it_is_being_stopped() -> None:
    async with running() as client:
        await client.wait_ready()
        stopping = asyncio.create_task(client.stop())
        await asyncio.sleep(0)
        await client.start()
        await stopping
        await client.wait_ready()
        assert (await complete(client)).text == REST


async def test_a_message_that_cannot_fit_is_refused_and_nothing_else_suffers() -> None:
    async with running() as client:
        await client.wait_ready()
        huge = "x" * SIZE_BYTES
        with pytest.raises(MessageTooLarge, match="send less text"):
            await complete(client, prefix=huge)
        client.warm(Warm(document="a.py", prefix=huge, suffix=""))
        assert (await complete(client)).text == REST


async def test_a_full_ring_loses_nothing_and_least_of_all_a_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.client, "Life", EventLog)
    client = EngineClient(NULL)
    await client.start()
    await client.wait_ready()
    life = client._life
    assert isinstance(life, EventLog)
    (process,) = engines()
    process.suspend()
    tail = PREFIX.rjust(100_000)
    waiting = [asyncio.create_task(complete(client, f"{number}.py", tail)) for number in range(40)]
    await asyncio.sleep(0)
    ids = list(life._pending)
    for task in waiting[::2]:
        task.cancel()
    await asyncio.sleep(0)
    process.resume()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::2])
    assert [answer.text for answer in answers[1::2] if isinstance(answer, Completed)] == [REST] * 20
    # What was called off was still in the queue, so the engine cannot have finished it before it heard.
    await complete(client)
    assert life.called_off <= set(ids[::2])
    assert ids[-2] in life.called_off
    await client.stop()


async def test_too_many_waiting_are_refused() -> None:
    async with running() as client:
        await client.wait_ready()
        (process,) = engines()
        process.suspend()
        tail = PREFIX.rjust(SIZE_BYTES // 4 - 1_000)
        large = [asyncio.create_task(complete(client, f"{number}.py", tail)) for number in range(2)]
        small = [
            asyncio.create_task(complete(client, f"s{number}.py"))
            for number in range(engine.child.BACKLOG_MESSAGES + 20)
        ]
        await asyncio.sleep(0)
        refused = [task for task in small if task.done()]
        for task in refused:
            with pytest.raises(EngineError, match="far behind"):
                task.result()
        process.resume()
        answers = await asyncio.gather(*large, *(task for task in small if task not in refused))
        assert {answer.text for answer in answers} == {REST}
        assert 0 < len(refused) < len(small)
