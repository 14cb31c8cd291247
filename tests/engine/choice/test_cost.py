from __future__ import annotations

import pytest
from support.cores import Clock, SlowModel, null_model

from engine.choice.cost import LINE_TOKENS, NEW_TOKENS, TOKENS_PER_STEP, Cost, measure
from engine.tokenizer import byte_tokenizer

COST = Cost(step_ms=20, chunk_tokens=16, chunk_ms=35)


def test_a_typical_request_is_read_and_written() -> None:
    assert COST.read_ms(1) == 20
    assert COST.read_ms(16) == 35
    assert COST.read_ms(NEW_TOKENS) == 27
    assert COST.request_ms == pytest.approx(27 + (LINE_TOKENS / TOKENS_PER_STEP - 1) * 20)
    assert COST.read_tokens_per_s == pytest.approx(16 / 0.035)


@pytest.mark.parametrize(
    ("budget_ms", "tokens"),
    [(26, 0), (27, TOKENS_PER_STEP), (47, 2 * TOKENS_PER_STEP), (COST.request_ms, LINE_TOKENS), (1e6, LINE_TOKENS)],
)
def test_what_a_budget_allows(budget_ms: float, tokens: float) -> None:
    assert COST.tokens_within(budget_ms) == pytest.approx(tokens)


def test_a_chunk_that_costs_no_more_than_a_token_is_read_for_as_much() -> None:
    assert Cost(step_ms=5, chunk_tokens=16, chunk_ms=4).read_ms(NEW_TOKENS) == 5


def test_the_best_of_two_measurements_counts() -> None:
    longer = Cost(step_ms=25, chunk_tokens=128, chunk_ms=200)
    assert COST.best(longer) == longer.best(COST) == Cost(step_ms=20, chunk_tokens=128, chunk_ms=200)
    assert COST.best(Cost(step_ms=30, chunk_tokens=16, chunk_ms=30)) == Cost(step_ms=20, chunk_tokens=16, chunk_ms=30)


def test_simulated_steps_cost_what_their_clock_says() -> None:
    model = SlowModel(null_model(byte_tokenizer()), Clock(), token_s=0.5)
    measured = measure(model, 1)
    assert measured.cost == Cost(step_ms=500, chunk_tokens=16, chunk_ms=8000, simulated=True)
    assert measured.simulated is not None
    assert measured.simulated.seconds == 0.5


def test_real_steps_cost_no_more_than_they_took() -> None:
    measured = measure(null_model(byte_tokenizer()), 1, 32)
    assert not measured.cost.simulated
    assert measured.cost.chunk_tokens == 32
    assert 0 < measured.cost.step_ms <= measured.step_ms
    assert measured.pace.step_s(1) > 0
