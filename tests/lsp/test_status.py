from __future__ import annotations

import msgspec
import pytest

from engine.client import EngineStatus
from engine.messages import Loading, Ready, Timings
from lsp.power import Governing
from lsp.status import TELLING, WINDOW, Counts, Last, Latency, Simulated, Status

READY = EngineStatus(state="ready", ready=Ready(model="m", device="d", threads=2, context=9, step_ms=1.5, note="slow"))
POWER = Governing(policy="balanced", decodes="at keys", reason="why not")


def test_nothing_has_happened_yet() -> None:
    report = Status().report(EngineStatus(state="starting", loading=Loading(stage="load")), POWER)
    assert (report.state, report.model, report.loading) == ("starting", "", Loading(stage="load"))
    assert (report.counts, report.last, report.latency_ms) == (Counts(), None, Latency(0.0, 0.0))


def test_the_engine_is_named_and_its_note_is_the_reason_unless_it_has_one() -> None:
    report = Status().report(READY, POWER)
    assert (report.model, report.device, report.step_ms, report.reason) == ("m", "d", 1.5, "slow")
    assert Status().report(EngineStatus(state="restarting", reason="it died"), POWER).reason == "it died"
    stayed = msgspec.structs.replace(READY, reason="it did not move.")
    assert Status().report(stayed, POWER).reason == "it did not move; slow"


@pytest.mark.parametrize(("cut", "degraded"), [(TELLING // 2, False), (TELLING // 2 + 1, True)])
def test_the_reason_is_named_when_most_suggestions_are_cut_short(cut: int, degraded: bool) -> None:
    status = Status()
    for at in range(-TELLING, TELLING):
        status.completed("deadline" if at < cut else "line")
        status.completed("cancelled")
    reason = status.report(READY, POWER).reason
    assert reason.startswith("slow")
    assert ("most suggestions are cut short, since a token takes 2 ms here" in reason) is degraded


def test_what_another_engine_cut_short_or_took_long_for_is_not_held_against_this_one() -> None:
    status = Status()
    for _ in range(TELLING):
        status.completed("deadline")
        status.shown("engine", 300.0)
    assert status.report(READY, POWER).slow
    status.moved()
    report = status.report(READY, POWER)
    assert (report.slow, report.reason, report.counts.shown) == (False, "slow", TELLING)


def test_a_few_answers_that_were_cut_short_say_nothing_yet() -> None:
    status = Status()
    for _ in range(TELLING - 1):
        status.completed("deadline")
    assert status.report(READY, POWER).reason == "slow"


def test_every_request_is_counted_once() -> None:
    status = Status()
    status.shown("engine", 5.0)
    status.shown("typed-through", 1.0)
    status.shown("cache", 1.0)
    status.empty("nothing", 2.0)
    status.empty("a newer request took over", 3.0, cancelled=True)
    status.accepted()
    report = status.report(READY, POWER)
    assert report.counts == Counts(requests=5, shown=3, typed_through=1, cached=1, cancelled=1, empty=1, accepted=1)
    assert report.last == Last(outcome="empty", reason="a newer request took over", total_ms=3.0)


def test_a_report_does_not_change_afterwards() -> None:
    status = Status()
    report = status.report(READY, POWER)
    status.accepted()
    assert report.counts.accepted == 0


def test_percentiles_are_those_of_the_latest_suggestions() -> None:
    status = Status()
    for _ in range(WINDOW):
        status.shown("engine", 9_999.0)
    for latency_ms in range(WINDOW):
        status.shown("engine", float(latency_ms))
    status.empty("took long", 9_999.0)
    status.shown("typed-through", 9_999.0)
    status.shown("engine", 9_999.0, explicit=True)
    assert status.report(READY, POWER).latency_ms == Latency(0.50 * WINDOW, 0.95 * WINDOW)


@pytest.mark.parametrize(
    ("latency_ms", "step_ms", "slow"), [(99.0, 49.0, False), (101.0, 1.0, True), (1.0, 51.0, True)]
)
def test_a_machine_that_takes_long_for_its_model_is_slow(latency_ms: float, step_ms: float, slow: bool) -> None:
    status = Status()
    for _ in range(TELLING):
        assert not status.report(READY, POWER).slow
        status.shown("engine", latency_ms)
    assert READY.ready is not None
    engine = msgspec.structs.replace(READY, ready=msgspec.structs.replace(READY.ready, step_ms=step_ms))
    report = status.report(engine, POWER)
    assert report.slow is slow
    assert ("suggestions come late" in report.reason) is slow


def test_what_a_simulated_device_takes_is_told_apart() -> None:
    assert READY.ready is not None
    engine = msgspec.structs.replace(READY, ready=msgspec.structs.replace(READY.ready, simulated_step_ms=0.25))
    status = Status()
    assert status.report(engine, POWER).simulated == Simulated(step_ms=0.25, p50_ms=0, p95_ms=0)
    for number in range(100):
        status.shown("engine", 50.0, engine=Timings(queue_ms=1.0, device_ms=40.0, simulated_ms=float(number)))
    status.shown("engine", 50.0, explicit=True, engine=Timings(simulated_ms=9_999.0))
    status.shown("typed-through", 1.0)
    report = status.report(engine, POWER)
    assert report.simulated == Simulated(step_ms=0.25, p50_ms=50.0, p95_ms=95.0)
    assert report.latency_ms == Latency(50.0, 50.0)
    assert report.last == Last(outcome="shown", reason="", total_ms=1.0)
    assert status.report(READY, POWER).simulated is None


def test_the_last_request_has_what_it_waited_for_the_device_also_when_nothing_came_of_it() -> None:
    status = Status()
    status.empty("nothing", 50.0, asked=True, engine=Timings(queue_ms=1.0, device_ms=40.0, simulated_ms=2.5))
    last = status.report(READY, POWER).last
    expected = Last(outcome="empty", reason="nothing", total_ms=50.0, asked=True, device_ms=41.0, simulated_ms=2.5)
    assert last == expected
