from __future__ import annotations

from bench.context import Side, compare

from lsp.bench.record import Record
from lsp.eval.intervals import NOTHING


def pair(without_ms: float, with_ms: float) -> dict[Side, list[Record]]:
    def records(ms: float) -> list[Record]:
        stops = ["line", "deadline"] if ms > without_ms else ["line"]
        return [Record(kind="warm", outcome="shown", ms=ms + each, stop=stops[each % len(stops)]) for each in range(20)]

    return {"filtered": records(without_ms), "informed": records(with_ms)}


def test_what_context_adds_is_found_where_files_differ_more_than_that() -> None:
    found = compare([pair(base, base + 3) for base in (10.0, 40.0, 90.0, 20.0, 60.0)], 0.95)
    assert found.without_ms is not None
    assert found.with_ms == found.without_ms + 3
    assert (found.more_ms.value, found.more_ms.low, found.more_ms.high) == (3.0, 3.0, 3.0)
    assert found.requests == 100
    assert found.ended == (1.0, 0.5)


def test_overtaken_requests_are_slow_ones() -> None:
    slow = pair(10.0, 10.0)
    slow["informed"] += [Record(kind="warm", outcome="overtaken", ms=50.0)] * 5
    assert compare([slow], 0.5).more_ms.value == 3.0
    assert compare([slow], 0.95).more_ms == NOTHING  # nobody saw how slow the slowest are
