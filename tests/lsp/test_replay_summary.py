from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.accounts import account

from lsp.headless import Answer
from lsp.replay.summary import Percentiles, Simulated, Tally, percentiles, summarise
from lsp.suggestion import StageTimes

if TYPE_CHECKING:
    from lsp.replay.summary import Summary


def answer(ms: float, text: str, source: str = "engine", stop: str = "line") -> Answer:
    provenance = account(
        tokens=5,
        stop=stop,
        source="typed-through" if source == "typed-through" else "engine",
        timings=StageTimes(total_ms=ms, steps=2),
    )
    return Answer(ms=ms, text=text, provenance=provenance)


def sum_up(tally: Tally) -> Summary:
    return summarise(tally, name="n", model="m", device="d", pace="max", seed=0, seconds=2.0, cpu_s=0.5)


@given(st.lists(st.floats(0, 1e4), min_size=1))
def test_percentiles_are_values_that_occurred(values: list[float]) -> None:
    found = percentiles(values)
    rounded = {round(value, 2) for value in values}
    assert found.p50 in rounded
    assert found.p95 in rounded
    assert sum(value <= (found.p50 or 0.0) + 0.01 for value in values) >= len(values) / 2
    assert sum(value <= (found.p95 or 0.0) + 0.01 for value in values) >= len(values) * 0.95


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], Percentiles(None, None)), ([7.0], Percentiles(7.0, 7.0)), (range(1, 101), Percentiles(50, 95))],
)
def test_percentiles_are_nearest_rank(values: list[float], expected: Percentiles) -> None:
    assert percentiles(values) == expected


def test_leaving_out_the_overtaken_would_make_the_rest_look_fast() -> None:
    fast, slow = [10.0] * 60, [50.0] * 40
    assert percentiles(fast) == Percentiles(10, 10)
    assert percentiles(fast, slow) == Percentiles(10, None)
    assert percentiles([*fast, 80.0], slow) == Percentiles(10, 80)
    assert percentiles([], slow) == Percentiles(None, None)


def test_the_product_limit_of_a_worked_example() -> None:
    # at risk 5, 4, 2, 1: 4/5 go on after 1, 3/5 after 2, 3/10 after 4, none after 5
    assert percentiles([1, 2, 4, 5], [3]) == Percentiles(4, 5)


@given(st.lists(st.floats(0, 1e4), min_size=1), st.lists(st.floats(0, 1e4)))
def test_an_overtaken_request_never_makes_a_percentile_smaller(ended: list[float], overtaken: list[float]) -> None:
    with_them, without = percentiles(ended, overtaken), percentiles([*ended, *overtaken])
    assert with_them.p50 is None or with_them.p50 >= (without.p50 or 0.0)
    assert with_them.p95 is None or with_them.p95 >= (without.p95 or 0.0)


def test_a_replay_is_summed_up() -> None:
    tally = Tally()
    for _ in range(6):
        tally.press(1)
    tally.accept(14)
    tally.requests = 5
    tally.overtake(25)
    tally.answer(answer(10, "engine's"))
    tally.answer(answer(30, "cut short", stop="deadline"))
    tally.answer(answer(1, "rest", source="typed-through"))
    tally.answer(answer(20, ""))
    summary = sum_up(tally)
    assert (summary.keys, summary.characters, summary.accepted_characters) == (7, 20, 14)
    assert summary.keystrokes_saved == 0.7
    assert (summary.requests, summary.answered, summary.cancelled) == (5, 4, 1)
    assert (summary.shown, summary.empty, summary.typed_through, summary.shown_share) == (3, 1, 1, 0.75)
    assert summary.latency_ms == Percentiles(p50=20.0, p95=30.0)
    assert (summary.tokens, summary.steps) == (10, 4)
    assert (summary.stops, summary.natural_end) == ({"line": 1, "deadline": 1}, 0.5)
    assert summary.cpu_ms_per_key == round(500 / 7, 2)


def test_a_replay_in_which_nothing_happened_has_no_shares() -> None:
    summary = sum_up(Tally())
    assert (summary.keystrokes_saved, summary.shown_share, summary.cpu_ms_per_key) == (0.0, 0.0, 0.0)
    assert summary.latency_ms == Percentiles(None, None)


def test_simulated_figures_have_places_of_their_own() -> None:
    tally = Tally()
    tally.press(1)
    tally.requests = 2
    for ms in (10.0, 30.0):
        provenance = account(source="engine", timings=StageTimes(total_ms=ms, steps=2, simulated_ms=ms / 10))
        tally.answer(Answer(ms=ms, text="text", provenance=provenance))
    beside_the_wall = sum_up(tally)
    assert beside_the_wall.latency_ms == Percentiles(10.0, 30.0)
    assert beside_the_wall.simulated == Simulated(device_ms=Percentiles(1.0, 3.0))
    known = {"name": "n", "model": "m", "device": "d", "seed": 0, "seconds": 2.0, "cpu_s": 0.5}
    by_it = summarise(tally, pace="simulated", simulated_s=0.25, **known)  # type: ignore[arg-type]  # as they are
    assert by_it.latency_ms == Percentiles(None, None)
    simulated = Simulated(device_ms=Percentiles(1.0, 3.0), latency_ms=Percentiles(10.0, 30.0), seconds=0.25)
    assert (by_it.seconds, by_it.simulated) == (2.0, simulated)


def test_a_replay_on_a_real_device_has_none() -> None:
    tally = Tally()
    tally.answer(answer(10, "engine's"))
    assert sum_up(tally).simulated is None
