from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest
from support.accounts import account

from engine.client import EngineStatus
from engine.messages import Timings
from lsp.errors import ServerLost
from lsp.headless import Answer
from lsp.replay.clock import SimulatedClock, WallClock
from lsp.status import Status

if TYPE_CHECKING:
    from lsp.headless import Asking
    from lsp.power import Governing
    from lsp.status import Report


class Question:
    """A request that is answered after so many turns of the loop, or never."""

    def __init__(self, ms: float, turns: int | None = 3) -> None:
        self.called_off = False
        self.growths: asyncio.Queue[Answer] = asyncio.Queue()
        self.answer = asyncio.create_task(self._answer(ms, turns))

    async def _answer(self, ms: float, turns: int | None) -> Answer:
        if turns is None:
            await asyncio.get_running_loop().create_future()
        for _ in range(turns or 0):
            await asyncio.sleep(0)
        return Answer(ms=ms, text="text", provenance=account())

    def cancel(self) -> None:
        self.called_off = True

    @property
    def asking(self) -> Asking:
        return cast("Asking", self)


class Server:
    """Says how the last request went."""

    def __init__(self) -> None:
        self.known = Status()

    def says(self, *, device_ms: float, simulated_ms: float | None) -> None:
        self.known.shown("engine", 500.0, engine=Timings(device_ms=device_ms, simulated_ms=simulated_ms))

    async def status(self) -> Report:
        return self.known.report(EngineStatus(), cast("Governing", None))


async def answered_ms(clock: SimulatedClock, ms: float, left_s: float) -> float | None:
    answer = await clock.answer(Question(ms).asking, left_s)
    assert answer is None or answer.text == "text"
    return answer.ms if answer else None


async def test_an_answer_takes_the_device_s_simulated_time_and_what_was_measured_around_it() -> None:
    server = Server()
    clock = SimulatedClock(server.status)
    server.says(device_ms=480.0, simulated_ms=4.0)
    assert await answered_ms(clock, 503.0, 1.0) == pytest.approx(27.0)
    assert clock.now_s == pytest.approx(0.027)


async def test_nobody_waits_while_the_processor_works() -> None:
    server = Server()
    server.says(device_ms=1e6, simulated_ms=4.0)
    clock = SimulatedClock(server.status)
    before_s = clock.now_s
    await clock.sleep(3600.0)
    await clock.look_on(Question(1.0).asking, 3600.0, lambda _: None)
    assert clock.now_s - before_s == 7200.0
    assert await answered_ms(clock, 1e6 + 2, 1.0) == pytest.approx(6.0)


async def test_one_that_the_next_key_overtakes_keeps_the_device_busy() -> None:
    server = Server()
    clock = SimulatedClock(server.status)
    server.says(device_ms=500.0, simulated_ms=400.0)
    assert await answered_ms(clock, 510.0, 0.1) is None
    assert clock.now_s == pytest.approx(0.1)
    server.says(device_ms=0.0, simulated_ms=None)  # typed through
    assert await answered_ms(clock, 5.0, 1.0) == pytest.approx(305.0)
    assert await answered_ms(clock, 5.0, 1.0) == pytest.approx(5.0)


async def test_a_server_that_knows_of_no_request_is_lost() -> None:
    with pytest.raises(ServerLost, match="does not know of"):
        await answered_ms(SimulatedClock(Server().status), 1.0, 1.0)


async def test_on_the_wall_what_does_not_come_in_time_is_called_off() -> None:
    clock, never, soon = WallClock(), Question(1.0, turns=None), Question(1.0)
    assert await clock.answer(never.asking, 0.001) is None
    assert never.called_off
    never.answer.cancel()
    answer = await clock.answer(soon.asking, 60.0)
    assert answer is not None
    assert answer.ms == 1.0
    assert not soon.called_off
