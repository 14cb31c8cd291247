from __future__ import annotations

import pytest

from lsp.bench.record import Outcome, Record, figures
from lsp.suggestion import StageTimes


def record(ms: float, outcome: Outcome = "shown", **also: object) -> Record:
    ring_ms = ms - 10
    engine = {"queue_ms": 1, "prefill_ms": 2, "decode_ms": 4, "steps": 2, "cached_tokens": 30}
    stages = StageTimes(total_ms=ms - 1, mirror_ms=8, plan_ms=1, ring_ms=ring_ms, present_ms=1, **engine)
    usual = {"characters": 7, "stop": "line", "tokens": 6, "stages": stages} if outcome == "shown" else {}
    return Record(kind="warm", outcome=outcome, ms=ms, **(usual | also))  # type: ignore[arg-type]  # by name


def test_no_requests_have_no_figures() -> None:
    found = figures([])
    assert (found.n, found.answered, found.p50_ms, found.shown, found.tokens_per_step) == (0, 0, None, 0.0, 0.0)


def test_overtaken_requests_count_as_slower_and_are_not_answered() -> None:
    found = figures([record(10), record(20), record(15, "overtaken"), record(30)])
    assert (found.n, found.answered, found.shown) == (4, 3, 1.0)
    assert (found.p50_ms, found.p95_ms) == (20, 30)
    assert figures([record(10), *[record(50, "overtaken")] * 3]).p95_ms is None


def test_what_was_shown_is_told_apart_by_how_it_ended() -> None:
    found = figures(
        [
            record(10),
            record(10, stop="deadline"),
            record(10, "empty", reason="the model suggests nothing here"),
            record(10, "empty", reason="it is not likely enough to be accepted"),
            record(10, "empty", reason="the model suggests nothing here"),
        ]
    )
    assert (found.shown, found.natural_end) == (0.4, 0.5)
    assert found.reasons == {"the model suggests nothing here": 2, "it is not likely enough to be accepted": 1}
    assert found.characters == (7, 7)


def test_stages_add_up_to_the_whole() -> None:
    found = figures([record(10), record(20)])
    assert sum(found.stages_ms.values()) - found.stages_ms["mirror_ms"] == pytest.approx(15)
    assert (found.stages_ms["ring_ms"], found.stages_ms["wire_ms"]) == (5, 1)
    assert (found.walls_ms, found.overtaken_ms) == ((10, 20), ())
    assert (found.tokens_per_step, found.decoded_tokens, found.reused_tokens) == (3, 6, 30)
