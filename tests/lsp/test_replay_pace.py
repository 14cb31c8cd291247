from __future__ import annotations

from itertools import islice
from statistics import quantiles

from lsp.replay.pace import LONGEST_MS, P10_MS, P50_MS, P90_MS, gaps_ms


def test_gaps_are_as_measured() -> None:
    drawn = list(islice(gaps_ms(7), 100_000))
    tenths = quantiles(drawn, n=10)
    for found, measured in zip((tenths[0], tenths[4], tenths[8]), (P10_MS, P50_MS, P90_MS), strict=True):
        assert abs(found / measured - 1) < 0.03
    assert min(drawn) > 0
    assert max(drawn) == LONGEST_MS


def test_a_seed_repeats_itself() -> None:
    assert list(islice(gaps_ms(1), 50)) == list(islice(gaps_ms(1), 50))
    assert list(islice(gaps_ms(1), 50)) != list(islice(gaps_ms(2), 50))
