from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.tally.distance import distance, mostly_unchanged

WORDS = st.text("abc ", max_size=12)


def plain(first: str, second: str) -> int:
    """Levenshtein's distance, by the book."""
    row = list(range(len(second) + 1))
    for count, here in enumerate(first, start=1):
        above, row[0] = row[0], count
        for place, there in enumerate(second, start=1):
            above, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, above + (here != there))
    return row[-1]


@given(WORDS, WORDS)
def test_the_distance_is_levenshteins(first: str, second: str) -> None:
    assert distance(first, second) == plain(first, second)


def test_characters_beyond_any_machine_word_count_like_others() -> None:
    assert distance("\N{BALLOON}" * 200, "\N{BALLOON}" * 150 + "x" * 50) == 50


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
