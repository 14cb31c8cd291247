from __future__ import annotations

from dataclasses import replace

import pytest

from hardware.device import SimulatedSeconds
from hardware.wafer.architecture import find_architecture, workload_of
from hardware.wafer.errors import DoesNotFit
from hardware.wafer.plan import Plan, Question, make_plan
from hardware.wafer.schedule import cycles
from hardware.wafer.spec import load

WSE3 = load("wse3")


def plan_of(name: str, question: Question | None = None) -> Plan:
    return make_plan(workload_of(name, find_architecture(name)), WSE3, question or Question())


@pytest.fixture(scope="module", params=["smollm2-135m", "qwen2.5-coder-32b"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return plan_of(request.param)


def _close(found: SimulatedSeconds, expected: SimulatedSeconds) -> bool:
    return found.seconds == pytest.approx(expected.seconds)


def test_the_budget_adds_up_to_the_token(plan: Plan) -> None:
    assert sum(cost.total for _, cost in plan.parts) == pytest.approx(plan.token_cycles)
    assert [cost.total for _, cost in plan.parts] == sorted((cost.total for _, cost in plan.parts), reverse=True)
    assert plan.single.tokens_per_s == pytest.approx(WSE3.clock_ghz * 1e9 / plan.token_cycles)


def test_a_suggestion_is_reading_and_a_step_for_each_token_and_the_way_to_the_host(plan: Plan) -> None:
    schedule, host = plan.schedule, SimulatedSeconds(WSE3.host_loop_us / 1e6)
    steps = sum(cycles(schedule.step(keep, 1, 1)) for keep in range(984, 1024))
    fresh = cycles(schedule.step(968, 16, 1))
    assert _close(plan.suggestion.warm_s, WSE3.seconds(fresh + steps) + host)
    assert _close(plan.suggestion.cold_s, WSE3.seconds(plan.prefill.cycles + steps) + host)
    logits = 8 * 2 * find_architecture(schedule.model.workload.name).vocabulary
    around = 41 * (host.seconds + logits / (WSE3.wafer_link_gbit_per_s * 1e9))
    assert plan.suggestion.warm_stepwise_s.seconds == pytest.approx(WSE3.seconds(fresh + steps).seconds + around)
    assert _close(plan.first_token_s, WSE3.seconds(plan.prefill.cycles) + host)


def test_energy_is_the_power_of_all_wafers_for_the_time_of_a_token(plan: Plan) -> None:
    assert plan.power_w == plan.schedule.demand.wafers * WSE3.power_w
    assert plan.single.energy_j == pytest.approx(plan.power_w * WSE3.seconds(plan.token_cycles).seconds)
    assert plan.pipelined.energy_j < plan.single.energy_j
    assert 0 < plan.single.utilisation < plan.pipelined.utilisation < 1


def test_the_clock_turns_cycles_into_seconds_and_changes_nothing_else_on_one_wafer() -> None:
    slow, fast = (
        make_plan(workload_of("smollm2-135m", find_architecture("smollm2-135m")), WSE3.at_clock(ghz), Question())
        for ghz in (0.75, 1.5)
    )
    assert slow.token_cycles == fast.token_cycles
    assert fast.single.tokens_per_s == pytest.approx(2 * slow.single.tokens_per_s)


def test_a_question_can_fix_the_grid_and_the_wafers() -> None:
    plan = plan_of("qwen2.5-coder-7b", Question(side=300, wafers=2))
    assert plan.schedule.region.side == 300
    assert plan.schedule.demand.wafers <= 2
    with pytest.raises(DoesNotFit, match="allow"):
        plan_of("qwen2.5-coder-32b", Question(wafers=1))


def test_a_suggestion_longer_than_the_context_is_refused() -> None:
    with pytest.raises(DoesNotFit, match="give a longer --context or fewer --tokens"):
        plan_of("smollm2-135m", replace(Question(), context_tokens=64, suggestion_tokens=64))
