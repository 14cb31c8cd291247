from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.scripted import completed

from engine.messages import Timings
from lsp.suggestion import Heard, stage_times

ENGINE = Timings(queue_ms=10, prefill_ms=20, decode_ms=30, steps=4)


def test_the_stages_of_a_request_add_up_to_its_time() -> None:
    heard = Heard(replace(completed("1"), timings=ENGINE), asked_s=1.005, heard_s=1.085)
    times = stage_times(heard, 1.0, 1.087, mirror_ms=0.1)
    assert (times.plan_ms, times.ring_ms, times.present_ms) == pytest.approx((5, 20, 2))
    inside_ms = times.plan_ms + times.queue_ms + times.prefill_ms + times.decode_ms + times.ring_ms + times.present_ms
    assert inside_ms == pytest.approx(times.total_ms) == pytest.approx(87)
    assert (times.mirror_ms, times.steps) == (0.1, 4)


def test_who_joins_work_under_way_has_not_waited_for_its_beginning() -> None:
    heard = Heard(replace(completed("1"), timings=ENGINE), asked_s=1.0, heard_s=1.07)
    times = stage_times(heard, 1.05, 1.071, mirror_ms=0.1)
    assert (times.plan_ms, times.ring_ms) == (0, 0)
    assert times.total_ms == pytest.approx(21)


def test_without_the_engine_there_is_only_a_whole() -> None:
    times = stage_times(None, 1.0, 1.002, mirror_ms=0.1)
    assert times.total_ms == pytest.approx(2)
    assert (times.mirror_ms, times.present_ms) == (0.1, 0)
