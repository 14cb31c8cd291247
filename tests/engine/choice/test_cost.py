from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from support.cores import Clock, SlowModel, null_model

from engine.choice.cost import LINE_TOKENS, NEW_TOKENS, TOKENS_PER_STEP, Cost, measure
from engine.tokenizer import byte_tokenizer
from hardware.device import Step, Timing, WallSeconds
from hardware.null import NullDevice, NullModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hardware.device import Cache

ASLEEP_S = 0.005


class Elsewhere(NullModel):
    """A model on a device that has the processor wait."""

    def step(self, cache: Cache, keep: int, tokens: Sequence[int], rows: int) -> Step:
        started_s = time.perf_counter()
        time.sleep(ASLEEP_S)
        step = super().step(cache, keep, tokens, rows)
        return replace(step, timing=Timing(WallSeconds(time.perf_counter() - started_s)))


SPEC = NullDevice.spec
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
    measured = measure(model, SPEC)
    assert measured.cost == Cost(step_ms=500, chunk_tokens=16, chunk_ms=8000, simulated=True)
    assert measured.simulated is not None
    assert measured.simulated.seconds == 0.5


def test_real_steps_cost_no_more_than_they_took() -> None:
    measured = measure(null_model(byte_tokenizer()), SPEC, 32)
    assert not measured.cost.simulated
    assert measured.cost.chunk_tokens == 32
    assert 0 < measured.cost.step_ms <= measured.step_ms
    assert measured.pace.step_s(1) > 0


def test_where_the_processor_only_waits_a_step_costs_what_it_took() -> None:
    card = replace(SPEC, processor=False)
    measured = measure(Elsewhere(null_model(byte_tokenizer()).spec), card)
    assert measured.cost.step_ms == measured.step_ms >= ASLEEP_S * 1000
    assert measured.cost.chunk_ms >= ASLEEP_S * 1000


def test_no_step_costs_nothing_however_coarse_the_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "process_time", lambda: 0.0)
    monkeypatch.setattr(time, "perf_counter", lambda: 0.0)
    cost = measure(null_model(byte_tokenizer()), SPEC).cost
    assert cost.step_ms > 0
    assert cost.tokens_within(100) == LINE_TOKENS
    assert cost.read_tokens_per_s > 0


def test_a_note_that_says_that_it_costs_nothing_is_none() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"step_ms": 0.0, "chunk_tokens": 16, "chunk_ms": 1.0}', type=Cost)
