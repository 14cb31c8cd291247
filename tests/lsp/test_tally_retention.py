from __future__ import annotations

import pytest

from lsp.tally.retention import mostly_unchanged


@pytest.mark.parametrize(
    ("was", "now", "still"),
    [
        ("return total", "return total", True),
        ("return total", "return totals", True),
        ("return total", "return sum", False),
        ("return total", "", False),
        ("abc", "abd", False),  # a third is too much
        ("abcd", "abce", True),
    ],
)
def test_less_than_a_third_of_it_may_change(was: str, now: str, still: bool) -> None:
    assert mostly_unchanged(was, now) is still
