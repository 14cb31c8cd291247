from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.wafer.architecture import find_architecture, workload_of
from hardware.wafer.clock import StepClock, clock_for
from hardware.wafer.placement import Model
from hardware.wafer.schedule import Schedule, cycles
from hardware.wafer.search import fastest
from hardware.wafer.spec import load

CONTEXT_TOKENS = 1024
SMALL = workload_of("smollm2-135m", find_architecture("smollm2-135m"))


@pytest.fixture(scope="module", params=[41, 80, 121])
def schedule(request: pytest.FixtureRequest) -> Schedule:
    return fastest(load("wse3"), Model(SMALL, CONTEXT_TOKENS), side=request.param)


@given(keep=st.integers(0, 900), count=st.integers(1, 124), data=st.data())
def test_the_clock_says_what_the_schedule_adds_up(
    schedule: Schedule, keep: int, count: int, data: st.DataObject
) -> None:
    rows = data.draw(st.integers(0, count))
    expected = cycles(schedule.step(keep, count, rows))
    clock = StepClock(schedule)
    assert clock.cycles(keep, count, rows) == pytest.approx(expected, rel=1e-12)
    assert clock.cycles(keep, count, rows) == pytest.approx(expected, rel=1e-12), "remembered"


def test_more_tokens_than_there_is_room_for_take_several_batches(schedule: Schedule) -> None:
    clock, most = StepClock(schedule), schedule.most_tokens
    whole = clock.cycles(0, 2 * most, 1)
    assert whole == pytest.approx(clock.cycles(0, most, 0) + clock.cycles(most, most, 1), rel=1e-12)
    assert whole == pytest.approx(cycles(schedule.step(0, 2 * most, 1)), rel=1e-12)


def test_seconds_are_cycles_of_the_devices_clock_and_the_way_to_the_host(schedule: Schedule) -> None:
    spec, clock = schedule.spec, StepClock(schedule)
    logits_s = 49_152 * 16 / (spec.wafer_link_gbit_per_s * 1e9)
    expected = clock.cycles(7, 3, 2) / (spec.clock_ghz * 1e9) + spec.host_loop_us / 1e6 + 2 * logits_s
    assert clock.seconds(7, 3, 2).seconds == pytest.approx(expected, rel=1e-9)


def test_a_clock_is_made_from_a_model_and_a_device() -> None:
    clock = clock_for(SMALL, load("wse2"), CONTEXT_TOKENS)
    assert clock.schedule.spec.name == "wse2"
    assert clock.cycles(500, 1, 1) < clock.cycles(500, 60, 1)
    assert clock.cycles(0, 1, 0) < clock.cycles(0, 1, 1)
