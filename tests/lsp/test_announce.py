from __future__ import annotations

import asyncio

from msgspec.structs import replace
from support.inprocess import InProcess

from engine.client import EngineStatus
from engine.messages import Loading, Ready
from lsp.announce import HUNG, RESTARTED

PROGRESS = {"capabilities": {"window": {"workDoneProgress": True}}}
READY = EngineStatus(
    state="ready", ready=Ready(model="m", device="d", threads=1, context=1024, step_ms=1.0, note="slow")
)


def loading(done: int) -> EngineStatus:
    return EngineStatus(state="starting", loading=Loading(stage="download", done=done, total=200, unit="bytes"))


def announce(wire: InProcess, status: EngineStatus) -> None:
    wire.server.engine.status = status
    wire.server.announcer.engine_changed(status)


async def turns() -> None:
    """Let the loop do what is due."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_state_is_sent_when_it_is_new() -> None:
    wire = InProcess()
    await wire.initialize()
    for status in (loading(0), loading(1), loading(2), READY, READY):
        announce(wire, status)
    sent = [message["params"] for message in wire.all_said("tandem/status")]
    assert [(state["state"], state["loading"] and state["loading"]["done"]) for state in sent] == [
        ("starting", 0),
        ("starting", 2),  # the first that is a whole percent further
        ("ready", None),
    ]
    assert (sent[-1]["model"], sent[-1]["device"], sent[-1]["reason"]) == ("m", "d", "slow")


async def test_what_is_told_of_another_engine_has_no_figures_of_the_one_before() -> None:
    wire = InProcess()
    await wire.initialize()
    assert READY.ready is not None
    for ready in (READY.ready, replace(READY.ready, model="other")):
        wire.server.engine.status = replace(READY, ready=ready)
        wire.server._engine_changed(wire.server.engine.status)
        wire.server.session.status.shown("engine", 300.0)
    sent = [message["params"] for message in wire.all_said("tandem/status")]
    assert [(state["model"], state["latency_ms"]["p50"]) for state in sent] == [("m", 0.0), ("other", 0.0)]


async def test_a_move_is_told_with_what_came_of_it() -> None:
    wire = InProcess()
    await wire.initialize()
    assert READY.ready is not None
    moved = replace(READY.ready, model="other")
    for status in (READY, replace(READY, ready=moved), replace(READY, reason="It did not move."), READY):
        announce(wire, status)
    sent = [message["params"] for message in wire.all_said("tandem/status")]
    assert [(state["model"], state["reason"]) for state in sent] == [
        ("m", "slow"),
        ("other", "slow"),
        ("m", "It did not move; slow"),
        ("m", "slow"),
    ]
    (told,) = wire.all_said("window/showMessage")
    assert told["params"]["message"] == "It did not move."


async def test_loading_is_shown_as_progress() -> None:
    wire = InProcess()
    await wire.initialize(**PROGRESS)
    announce(wire, loading(0))
    create = await wire.said("window/workDoneProgress/create")
    announce(wire, loading(50))
    wire.reply(create, None)
    await wire.said("$/progress")
    announce(wire, loading(100))
    announce(wire, READY)
    assert {message["params"]["token"] for message in wire.all_said("$/progress")} == {create["params"]["token"]}
    assert [message["params"]["value"] for message in wire.all_said("$/progress")] == [
        {"kind": "begin", "title": "Tandem", "message": "download", "percentage": 25},
        {"kind": "report", "message": "download", "percentage": 50},
        {"kind": "end"},
    ]


async def test_an_engine_that_is_ready_before_the_progress_exists_shows_none() -> None:
    wire = InProcess()
    await wire.initialize(**PROGRESS)
    announce(wire, loading(0))
    create = await wire.said("window/workDoneProgress/create")
    announce(wire, READY)
    await turns()
    wire.reply(create, None)
    await turns()
    assert wire.all_said("$/progress") == []


async def test_an_editor_that_refuses_progress_is_left_in_peace() -> None:
    wire = InProcess()
    await wire.initialize(**PROGRESS)
    announce(wire, loading(0))
    create = await wire.said("window/workDoneProgress/create")
    wire.send(id=create["id"], error={"code": -32603, "message": "no"})
    await wire.status()
    announce(wire, loading(100))
    announce(wire, READY)
    await turns()
    assert wire.all_said("$/progress") == []


async def test_an_editor_without_progress_gets_none() -> None:
    wire = InProcess()
    await wire.initialize()
    announce(wire, loading(0))
    await wire.status()
    assert wire.all_said("window/workDoneProgress/create") == []


async def test_each_failure_is_told_once() -> None:
    wire = InProcess()
    await wire.initialize()
    for deaths in range(1, 4):
        announce(wire, EngineStatus(state="restarting", reason=f"it died of {deaths}", deaths=deaths))
        announce(wire, READY)
    announce(wire, EngineStatus(state="failed", reason="It died too often.", deaths=4))
    assert [message["params"] for message in wire.all_said("window/showMessage")] == [
        {"type": 2, "message": RESTARTED},
        {"type": 1, "message": "Tandem cannot suggest anything: It died too often."},
    ]


async def test_of_an_engine_that_hung_it_is_not_said_that_it_ended() -> None:
    wire = InProcess()
    await wire.initialize()
    announce(wire, EngineStatus(state="restarting", reason="it did not answer", deaths=1, hung=True))
    assert [message["params"] for message in wire.all_said("window/showMessage")] == [{"type": 2, "message": HUNG}]
