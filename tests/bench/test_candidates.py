from __future__ import annotations

from bench.candidates import measure

from engine.config import EngineConfig


def test_a_model_that_is_sure_gives_one_candidate_however_many_are_wanted() -> None:
    report = measure(EngineConfig(device="null"), 3, "line")
    assert [cost.candidates for cost in report.costs] == [1, 3]
    assert report.costs[0].came == report.costs[1].came
    assert report.any_right == report.first_right
