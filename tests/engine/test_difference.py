from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.difference import Sight

PREFIX = "def swap(pair, left, right):\n    "
SIGHT = Sight(PREFIX, "\n\n\nprint(swap)\n")
# Few signs, so that texts which are alike in some way come often.
texts = st.text(alphabet="ab =.('\" \n", max_size=12)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pair = left", "pair = right"),
        ("return left", "yield left"),
        ("self.left = left", "self.right = right"),
        ("[x for x in left]", "[x for x in right]"),
        ("path.exists()", "path.is_file()"),
        ("raise KeyError", "raise ValueError"),
        ("left + 1", "left + 2"),
        ("value)", "values)"),
        ("a = b + a", "c = b + b"),  # nothing stands for b
    ],
)
def test_a_choice(one: str, other: str) -> None:
    assert SIGHT.differ(one, other)
    assert SIGHT.differ(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("left + right", "left+right"),
        ("left +\n        right", "left + right"),
        ("get('left')", 'get("left")'),
        ("left", "left + right"),
        ("value", "values"),
        ("", "left"),
        ("[x for x in left]", "[item for item in left]"),
        ("for key, at in left:\n        key + at", "for name, place in left:\n        name + place"),
        ("[each.size for each in left]", "[pair.size for pair in left]"),  # one name in sight is no better than none
    ],
)
def test_no_choice(one: str, other: str) -> None:
    assert not SIGHT.differ(one, other)
    assert not SIGHT.differ(other, one)


def test_what_is_named_for_the_next_lines_alone_may_have_any_name() -> None:
    caught = Sight("try:\n    swap()\nexcept KeyError as ", "\n")
    assert not caught.differ("e:", "error:")
    assert caught.differ("e:", "(e):")
    assert Sight("open(e, error)\n" + caught.prefix, "").differ("e:", "error:")
    assert Sight("", "").differ("def load():", "def save():")


def test_a_word_that_was_begun_is_seen_whole() -> None:
    assert not Sight("total = [ite", "").differ("m for item in rows]", "ms for items in rows]")
    assert Sight("item = items\ntotal = [ite", "").differ("m for item in rows]", "ms for items in rows]")


@given(texts, texts)
def test_it_is_the_same_from_either_side(one: str, other: str) -> None:
    assert SIGHT.differ(one, other) == SIGHT.differ(other, one)


@given(texts, texts)
def test_what_one_says_beyond_the_other_is_no_choice(one: str, more: str) -> None:
    assert not SIGHT.differ(one, one + more)
