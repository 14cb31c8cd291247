from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.pace import LARGEST_CHUNK_TOKENS, SMALLEST_CHUNK_TOKENS, Pace, StepCost


def test_chunks_grow_and_shrink_with_what_a_token_costs() -> None:
    pace = Pace()
    for _ in range(5):
        pace.learn(pace.chunk_tokens, 0, pace.chunk_tokens * 0.0005)
    assert pace.chunk_tokens == 100
    pace.learn(100, 1, 0.1)
    assert pace.chunk_tokens == 50
    pace.learn(50, 0, 5.0)
    assert pace.chunk_tokens == SMALLEST_CHUNK_TOKENS
    for _ in range(20):
        pace.learn(pace.chunk_tokens, 0, 0.0)
    assert pace.chunk_tokens == LARGEST_CHUNK_TOKENS
    assert [pace.next_chunk(waiting) for waiting in (1, 512, 513, 769, 2000)] == [1, 512, 257, 385, 512]


def test_decoding_says_nothing_about_chunks() -> None:
    pace = Pace()
    pace.learn(16, 16, 5.0)
    pace.learn(17, 17, 5.0)
    pace.learn(15, 1, 5.0)
    assert (pace.chunk_tokens, pace.fill_token_s) == (SMALLEST_CHUNK_TOKENS, 0.0)


def test_the_first_step_is_believed_at_once() -> None:
    pace = Pace()
    assert pace.step_s(1) == 0.0
    pace.learn(1, 1, 0.1)
    assert pace.step_s(1) == pytest.approx(0.1)
    assert 0.1 < pace.step_s(8) < 0.2


@given(st.floats(0.001, 0.5), st.floats(0.0, 0.05), st.lists(st.integers(1, 16), min_size=20, max_size=60))
def test_a_line_is_found(first_s: float, more_s: float, sizes: list[int]) -> None:
    cost = StepCost()
    for size in [1, 8, *sizes, 1, 8]:
        cost.learn(size, first_s + more_s * (size - 1))
    slope_s = min(more_s, cost.seconds / cost.tokens)  # tokens are never dearer together than one by one
    assert cost.of(12) - cost.of(2) == pytest.approx(10 * slope_s, rel=1e-3, abs=1e-6)


@given(st.lists(st.tuples(st.integers(1, 16), st.floats(0.0, 1.0)), max_size=30), st.integers(1, 16))
def test_estimates_never_fall_with_the_number_of_tokens(steps: list[tuple[int, float]], tokens: int) -> None:
    cost = StepCost()
    for size, seconds in steps:
        cost.learn(size, seconds)
    assert 0 <= cost.of(tokens) <= cost.of(tokens + 1)
