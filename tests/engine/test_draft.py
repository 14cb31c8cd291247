from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from engine.draft import CAPACITY, LONGEST_DRAFT, LONGEST_RUN, NO_DRAFT, Drafts
from engine.pace import StepCost

if TYPE_CHECKING:
    from collections.abc import Callable

tokens = st.lists(st.integers(0, 5), max_size=60)


def free(_: int) -> float:
    """What a step costs where a draft costs nothing."""
    return 1.0


def dearer(more: float) -> Callable[[int], float]:
    """Let each further token of a step cost so much of the first."""
    return lambda count: 1 + more * (count - 1)


def test_what_followed_the_longest_run_comes_first_and_among_those_the_latest() -> None:
    drafts = Drafts()
    drafts.read([1, 2, 3, 9, 2, 3, 7, 7, 2, 3, 8], 0)
    assert drafts.propose([5, 5, 2, 3], 1, free).tokens == (8,)
    assert drafts.propose([1, 2, 3], 1, free).tokens == (9,)
    assert drafts.propose([1, 2, 3], 1, free).runs == (3,)
    assert drafts.propose([6, 6], 8, free) == NO_DRAFT


@given(tokens, tokens, st.integers(0, LONGEST_DRAFT))
def test_a_draft_is_made_of_what_was_read_and_fits(read: list[int], asked: list[int], room: int) -> None:
    drafts = Drafts()
    drafts.read(read, 0)
    draft = drafts.propose(asked, room, free)
    assert len(draft.tokens) == len(draft.runs) <= room
    assert set(draft.tokens) <= set(read[1:])
    assert all(1 <= run <= LONGEST_RUN for run in draft.runs)


@given(tokens, st.integers(1, 60))
def test_reading_piece_by_piece_is_reading(ids: list[int], cut: int) -> None:
    once, twice = Drafts(), Drafts()
    once.read(ids, 0)
    twice.read(ids[:cut], 0)
    twice.read(ids, len(ids[:cut]))
    for end in range(1, len(ids)):
        assert once.propose(ids[:end], LONGEST_DRAFT, free) == twice.propose(ids[:end], LONGEST_DRAFT, free)


def test_a_repeated_passage_is_drafted_whole() -> None:
    passage = list(range(100, 100 + LONGEST_DRAFT + 2))
    drafts = Drafts()
    drafts.read(passage, 0)
    assert drafts.propose(passage[:2], LONGEST_DRAFT, free).tokens == tuple(passage[2:])


def test_drafts_are_as_long_as_they_are_worth_it() -> None:
    passage = list(range(100, 130))
    drafts = Drafts()
    drafts.read(passage, 0)
    lengths = [len(drafts.propose(passage[:8], LONGEST_DRAFT, dearer(more)).tokens) for more in (0.0, 0.2, 0.5, 2.0)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] == LONGEST_DRAFT
    assert lengths[-1] == 0


def test_guesses_that_go_wrong_make_drafts_shorter_and_right_ones_longer() -> None:
    passage, cost = list(range(100, 130)), StepCost()
    drafts = Drafts()
    drafts.read(passage, 0)
    first = drafts.propose(passage[:3], LONGEST_DRAFT, cost.of)
    for _ in range(100):
        drafts.checked(drafts.propose(passage[:3], LONGEST_DRAFT, free), 0)
    worse = drafts.propose(passage[:3], LONGEST_DRAFT, cost.of)
    for _ in range(400):
        draft = drafts.propose(passage[:3], LONGEST_DRAFT, free)
        drafts.checked(draft, len(draft.tokens))
    better = drafts.propose(passage[:3], LONGEST_DRAFT, cost.of)
    assert len(worse.tokens) < len(first.tokens) < len(better.tokens)


def test_what_was_read_long_ago_is_forgotten_at_last_and_what_was_read_lately_is_not() -> None:
    drafts = Drafts()
    drafts.read([1, 2, 3], 0)
    longest = range(10, 10 + CAPACITY)
    for start in range(0, 3 * CAPACITY // LONGEST_RUN, 50):
        drafts.read([longest[(start + place) % CAPACITY] for place in range(50)], 0)
    assert drafts.propose([1, 2], 1, free) == NO_DRAFT
    assert drafts.propose([longest[(start + 40) % CAPACITY]], 1, free) != NO_DRAFT
    assert len(drafts._young) + len(drafts._old) <= 2 * (CAPACITY + 50 * LONGEST_RUN)
