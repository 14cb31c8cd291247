from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.debounce import OVERDUE, Debounce


class Clock:
    def __init__(self) -> None:
        self.now_ms = 0.0

    def __call__(self) -> float:
        return self.now_ms / 1000


def typing(clock: Clock, *, interval_ms: float, cost_ms: float) -> Debounce:
    debounce = Debounce(clock)
    for _ in range(20):
        clock.now_ms += interval_ms
        debounce.changed()
        debounce.measured(cost_ms)
    return debounce


def test_nothing_known_means_no_waiting() -> None:
    debounce = Debounce(Clock())
    assert debounce.wait_ms(150) == 0
    debounce.changed()
    assert debounce.wait_ms(150) == 0


def test_an_answer_that_beats_the_next_key_starts_at_once() -> None:
    assert typing(Clock(), interval_ms=120, cost_ms=100).wait_ms(150) == 0


def test_an_answer_that_does_not_waits_until_the_next_key_is_overdue() -> None:
    clock = Clock()
    debounce = typing(clock, interval_ms=80, cost_ms=300)
    assert debounce.wait_ms(150) == pytest.approx(80 * OVERDUE)
    clock.now_ms += 50
    assert debounce.wait_ms(150) == pytest.approx(80 * OVERDUE - 50)
    clock.now_ms += 500
    assert debounce.wait_ms(150) == 0


def test_a_pause_says_nothing_about_the_pace() -> None:
    clock = Clock()
    debounce = typing(clock, interval_ms=80, cost_ms=300)
    clock.now_ms += 60_000
    debounce.changed()
    assert debounce.wait_ms(150) == pytest.approx(80 * OVERDUE)


@given(
    events=st.lists(st.tuples(st.floats(0, 5000), st.sampled_from(["changed", "measured"]), st.floats(0, 5000))),
    limit_ms=st.floats(0, 1000),
)
def test_the_wait_lies_between_nothing_and_the_limit(events: list[tuple[float, str, float]], limit_ms: float) -> None:
    clock = Clock()
    debounce = Debounce(clock)
    for passed_ms, event, cost_ms in events:
        clock.now_ms += passed_ms
        if event == "changed":
            debounce.changed()
        else:
            debounce.measured(cost_ms)
        assert 0 <= debounce.wait_ms(limit_ms) <= limit_ms
