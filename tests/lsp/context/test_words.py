from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp.context.words import Rarity, identifiers, subwords, words

SETS = st.frozensets(st.sampled_from("abcdefgh"), min_size=1)


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("HTTPServer_error", {"http", "server", "error"}),
        ("prefixCharacters2", {"prefix", "characters"}),
        ("_x", set()),
        ("self", set()),
        ("größe", {"größe"}),
        ("שלום_x", {"שלום"}),
    ],
)
def test_identifiers_are_split_by_case_and_underscore(identifier: str, expected: set[str]) -> None:
    assert subwords(identifier) == expected


def test_words_of_a_piece_are_those_of_its_identifiers() -> None:
    assert identifiers("def f(a1, 2b): # c") == {"def", "f", "a1", "c"}
    assert words("def total_price(cart): return cartTotal") == {"total", "price", "cart"}


@given(wanted=SETS, pieces=st.lists(SETS, min_size=1, max_size=6))
def test_overlap_is_between_nothing_and_all(wanted: frozenset[str], pieces: list[frozenset[str]]) -> None:
    rarity = Rarity(dict.fromkeys(wanted, 1.0), pieces)
    for piece in pieces:
        overlap = rarity.overlap(piece)
        assert 0 <= overlap <= 1 + 1e-9
        assert bool(overlap) == bool(wanted & piece)


def test_a_rare_word_tells_more_than_a_common_one() -> None:
    pieces = [frozenset({"cart", "pay"}), *[frozenset({"cart", "x"})] * 9]
    rarity = Rarity({"cart": 1.0, "pay": 1.0}, pieces)
    assert rarity.overlap(frozenset({"pay", "y"})) > rarity.overlap(frozenset({"cart", "y"}))
