from __future__ import annotations

from bench.cancel import measure, spread

from engine.config import EngineConfig


async def test_an_engine_is_interrupted_in_both_ways() -> None:
    report = await measure(EngineConfig(device="null"), 5)
    assert (report.idle.n, report.behind_speculation.n) == (5, 5)
    assert report.cancel_to_idle.n <= 5  # the null device may have answered before
    assert report.behind_speculation_less_a_step.n == 5


def test_nothing_measured_has_no_percentiles() -> None:
    assert spread([]).p99_ms is None
    assert spread([1.0, 2.0, 3.0]).p50_ms == 2.0
